//! Templates out of a file.

use entity::{Scope, Timestamp, templates};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;

use super::{name, prompt, require_room};
use crate::access::Principal;
use crate::db::lock_user;
use crate::error::Problems;
use crate::{Core, Error};

/// A template as an archive has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Imported {
    name: String,
    prompt: String,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// Makes a template under the first of these ids, unless one of them is a template of the caller's in this scope already;
/// whether it is new.
pub(crate) async fn import(
    core: &Core,
    who: &Principal,
    scope: &Scope,
    ids: &[&str],
    template: Imported,
) -> Result<bool, Error> {
    let mut problems = Problems::default();
    let name = problems.note(name(&template.name)).unwrap_or_default();
    problems.note(prompt(&template.prompt));
    problems.finish()?;
    let now = core.clock.now();
    let past = |at: Option<String>| at.and_then(|at| at.parse::<Timestamp>().ok()).map(|at| at.min(now));
    let created_at = past(template.created_at).unwrap_or(now);
    let tx = core.db.begin().await?;
    lock_user(&tx, &who.user_id).await?;
    let there = templates::Entity::visible_to(scope)
        .filter(templates::Column::UserId.eq(&who.user_id))
        .filter(templates::Column::Id.is_in(ids.iter().copied()))
        .count(&tx)
        .await?;
    let Some(id) = ids.first().filter(|_| there == 0) else {
        return Ok(false);
    };
    require_room(&tx, &who.user_id).await?;
    let row = templates::ActiveModel {
        id: Set((*id).to_owned()),
        user_id: Set(who.user_id.clone()),
        team_id: Set(scope.team_id().map(str::to_owned)),
        name: Set(name),
        prompt: Set(template.prompt),
        created_at: Set(created_at),
        updated_at: Set(past(template.updated_at).unwrap_or(created_at)),
    };
    row.insert(&tx).await?;
    tx.commit().await?;
    Ok(true)
}
