//! Projects as the browser lists and opens them.

use std::collections::HashMap;

use entity::{Scope, Timestamp, projects, threads};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use types::projects::{ProjectColor, Sharing};
use types::views::{OpenProject, ProjectRow, ProjectRows};

use super::{VIEWERS, find, thread_counts, to_wire};
use crate::access::{Principal, TeamAct, may};
use crate::page::{PageRequest, cursor_after, cut};
use crate::views::names_of_others;
use crate::{Core, Error, realm, threads as thread_rules};

/// Projects beside the browser's list of threads; there is a page with all of them.
const BESIDE: u64 = 6;

/// What of a project its row shows.
type Shown = (
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    Timestamp,
);

/// A page of the projects of a realm, newest first.
pub async fn rows(
    core: &Core,
    who: &Principal,
    team_id: Option<&str>,
    page: &PageRequest,
) -> Result<ProjectRows, Error> {
    use projects::Column;
    let limit = page.limit()?;
    let scope = realm::to_list(core, who, team_id).await?;
    let list = format!(
        "project rows:{}:{}",
        scope.user_id(),
        scope.team_id().unwrap_or_default()
    );
    // Without the instructions, which may be long.
    let mut rows = projects::Entity::visible_to(&scope).select_only().columns([
        Column::Id,
        Column::Name,
        Column::Color,
        Column::Sharing,
        Column::TeamId,
        Column::Model,
        Column::CreatedAt,
    ]);
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows: Vec<Shown> = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .into_tuple()
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some((id, .., at))) => Some(cursor_after(&list, *at, id)?),
        _ => None,
    };
    let ids: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
    let mut counts = thread_counts(core.db.read(), &scope, &ids).await?;
    let row = |(id, name, color, sharing, team_id, model, _): Shown| ProjectRow {
        thread_count: counts.remove(&id).unwrap_or(0),
        color: color.as_deref().and_then(ProjectColor::named).unwrap_or_default(),
        sharing: if sharing == Sharing::Team.as_str() {
            Sharing::Team
        } else {
            Sharing::Private
        },
        id,
        name,
        team_id,
        model,
    };
    Ok(ProjectRows {
        projects: rows.into_iter().map(row).collect(),
        next_cursor,
    })
}

/// The newest projects of a realm, as they stand beside the list of its threads; a cursor says that there are more.
pub async fn newest(core: &Core, who: &Principal, team_id: Option<&str>) -> Result<ProjectRows, Error> {
    let page = PageRequest {
        limit: Some(BESIDE),
        cursor: None,
    };
    rows(core, who, team_id, &page).await
}

/// One project the caller may see, as a list shows it.
pub async fn row(core: &Core, who: &Principal, id: &str) -> Result<ProjectRow, Error> {
    let project = super::read(core, who, id).await?;
    Ok(ProjectRow {
        id: project.id,
        name: project.name,
        color: project.color,
        sharing: project.sharing,
        team_id: project.team_id,
        model: project.model,
        thread_count: project.thread_count,
    })
}

/// A project the caller may see, with the first page of its threads and what may be done with it.
pub async fn open(core: &Core, who: &Principal, id: &str) -> Result<OpenProject, Error> {
    let project = find(core.db.read(), who, id).await?;
    let role = realm::role_in(core.db.read(), who, project.team_id.as_deref()).await?;
    let writable = realm::require_writer(role, VIEWERS).is_ok();
    let mine = project.user_id == who.user_id;
    let authors = names_of_others(core, who, [project.user_id.as_str()].into_iter()).await?;
    let scope = realm::of_row(who, project.team_id.as_deref());
    let count = thread_counts(core.db.read(), &scope, &[&project.id]).await?;
    let threads = thread_rules::in_project(core, who, id, None).await?;
    Ok(OpenProject {
        author: authors.into_values().next(),
        writable,
        deletable: writable && (mine || role.is_some_and(|role| may(role, TeamAct::Change))),
        threads,
        project: to_wire(project, count.values().next().copied().unwrap_or(0)),
    })
}

/// The scope of the threads in a project the caller may see.
pub(crate) async fn scope_of(core: &Core, who: &Principal, id: &str) -> Result<Scope, Error> {
    let project = find(core.db.read(), who, id).await?;
    Ok(realm::of_row(who, project.team_id.as_deref()))
}

/// The names of the projects in which these threads lie, as far as the caller may see them.
pub(crate) async fn names(
    core: &Core,
    who: &Principal,
    threads: &[threads::Model],
) -> Result<HashMap<String, String>, DbErr> {
    use projects::Column;
    let mut ids: Vec<&str> = threads
        .iter()
        .filter_map(|thread| thread.project_id.as_deref())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<(String, String)> = projects::Entity::visible_to(&who.scope)
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(Column::Id.is_in(ids))
        .into_tuple()
        .all(core.db.read())
        .await?;
    Ok(names.into_iter().collect())
}
