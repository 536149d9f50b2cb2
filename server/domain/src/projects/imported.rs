//! Projects out of a file.

use entity::{Scope, Timestamp, projects};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;
use types::projects::{ProjectColor, Sharing};

use super::{context, insert, name, require_room, slug};
use crate::access::Principal;
use crate::db::lock_user;
use crate::error::Problems;
use crate::{Core, Error, text};

const LONGEST_REFUSAL: usize = 2_000;
const LONGEST_MODEL: usize = 200;

/// A project as an archive has it. What is not there is as for a new one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Imported {
    name: String,
    slug: Option<String>,
    color: Option<String>,
    #[serde(default)]
    context: String,
    sharing: Option<String>,
    model: Option<String>,
    temperature: Option<f64>,
    history: Option<i32>,
    top_n: Option<i32>,
    similarity: Option<f64>,
    chat_mode: Option<String>,
    refusal: Option<String>,
    archived_at: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// Makes a project under the first of these ids, unless one of them is a project of the caller's in this scope already;
/// whether it is new.
pub(crate) async fn import(
    core: &Core,
    who: &Principal,
    scope: &Scope,
    ids: &[&str],
    project: Imported,
) -> Result<bool, Error> {
    let mut problems = Problems::default();
    let named = problems.note(name(&project.name)).unwrap_or_default();
    problems.note(context("context", &project.context));
    if let Some(refusal) = &project.refusal {
        problems.note(text::no_nul("refusal", refusal));
        problems.note(text::at_most("refusal", refusal, LONGEST_REFUSAL));
    }
    let number =
        |value: Option<i32>, most: i32, usual: i32| value.filter(|value| (0..=most).contains(value)).unwrap_or(usual);
    problems.finish()?;
    let now = core.clock.now();
    let past = |at: Option<String>| at.and_then(|at| at.parse::<Timestamp>().ok()).map(|at| at.min(now));
    let created_at = past(project.created_at).unwrap_or(now);
    let shared = scope.team_id().is_some() && project.sharing.as_deref() == Some(Sharing::Team.as_str());
    let color = project
        .color
        .as_deref()
        .and_then(ProjectColor::named)
        .unwrap_or_default();
    let tx = core.db.begin().await?;
    lock_user(&tx, &who.user_id).await?;
    let there = projects::Entity::visible_to(scope)
        .filter(projects::Column::UserId.eq(&who.user_id))
        .filter(projects::Column::Id.is_in(ids.iter().copied()))
        .count(&tx)
        .await?;
    let Some(id) = ids.first().filter(|_| there == 0) else {
        return Ok(false);
    };
    require_room(&tx, &who.user_id).await?;
    let row = projects::Model {
        id: (*id).to_owned(),
        user_id: who.user_id.clone(),
        team_id: scope.team_id().map(str::to_owned),
        slug: slug::of(project.slug.as_deref().unwrap_or(&named), "project"),
        name: named,
        color: Some(color.as_str().to_owned()),
        context: project.context,
        sharing: if shared { Sharing::Team } else { Sharing::Private }
            .as_str()
            .to_owned(),
        model: project
            .model
            .and_then(|model| text::name("", &model, LONGEST_MODEL).ok()),
        temperature: project.temperature.filter(|value| (0.0..=2.0).contains(value)),
        history: number(project.history, 10_000, 20),
        top_n: number(project.top_n, 1_000, 4),
        similarity: project
            .similarity
            .filter(|value| (0.0..=1.0).contains(value))
            .unwrap_or(0.25),
        chat_mode: project
            .chat_mode
            .filter(|mode| matches!(mode.as_str(), "chat" | "query" | "automatic"))
            .unwrap_or_else(|| "chat".to_owned()),
        refusal: project.refusal,
        archived_at: past(project.archived_at),
        created_at,
        updated_at: past(project.updated_at).unwrap_or(created_at),
    };
    insert(&tx, scope, row).await?;
    tx.commit().await?;
    Ok(true)
}
