//! Threads as the browser lists them.

use std::collections::{HashMap, HashSet};

use entity::{Scope, Timestamp, messages, thread_reads, threads};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::threads::{ChangeThreadRequest, ThreadRow};
use types::views::{ProjectThreads, Sidebar};

use super::{changed, find, to_wire};
use crate::access::Principal;
use crate::page::{PageRequest, cursor_after, cut};
use crate::views::names_of_others;
use crate::{Core, Error, projects, realm};

/// Rows on a page of the browser's list.
const PAGE: u64 = 200;
/// Pinned threads are not paged; more than this nobody finds anything in.
const MOST_PINNED: u64 = 1_000;

/// Rows on a page of a project's threads.
const PROJECT_PAGE: u64 = 50;

/// A page of the threads of a realm that are not archived, newest activity first: the caller's own outside teams, or what
/// they see of a team's. With the first page come the pinned ones, and the newest projects.
pub async fn sidebar(
    core: &Core,
    who: &Principal,
    team_id: Option<&str>,
    cursor: Option<String>,
) -> Result<Sidebar, Error> {
    use threads::Column;
    let at = core.feed.position();
    let scope = realm::to_list(core, who, team_id).await?;
    let live = || threads::Entity::visible_to(&scope).filter(Column::ArchivedAt.is_null());
    let projects = match cursor {
        None => Some(projects::newest(core, who, team_id).await?),
        Some(_) => None,
    };
    let pinned = match cursor {
        None => {
            newest_first(live().filter(Column::PinnedAt.is_not_null()))
                .limit(MOST_PINNED)
                .all(core.db.read())
                .await?
        }
        Some(_) => Vec::new(),
    };
    let list = list_of("sidebar", &scope);
    let unpinned = live().filter(Column::PinnedAt.is_null());
    let (threads, next_cursor) = page(core, unpinned, list, cursor, PAGE).await?;
    Ok(Sidebar {
        pinned: rows(core, who, pinned).await?,
        threads: rows(core, who, threads).await?,
        next_cursor,
        projects,
        at,
    })
}

/// A page of the archived threads of a realm, newest activity first.
pub async fn archived(
    core: &Core,
    who: &Principal,
    team_id: Option<&str>,
    cursor: Option<String>,
) -> Result<Sidebar, Error> {
    let at = core.feed.position();
    let scope = realm::to_list(core, who, team_id).await?;
    let list = list_of("archived", &scope);
    let archived = threads::Entity::visible_to(&scope).filter(threads::Column::ArchivedAt.is_not_null());
    let (threads, next_cursor) = page(core, archived, list, cursor, PAGE).await?;
    Ok(Sidebar {
        pinned: Vec::new(),
        threads: rows(core, who, threads).await?,
        next_cursor,
        projects: None,
        at,
    })
}

/// A page of the threads in a project that the caller sees and that are not archived, newest activity first.
pub async fn in_project(
    core: &Core,
    who: &Principal,
    project_id: &str,
    cursor: Option<String>,
) -> Result<ProjectThreads, Error> {
    use threads::Column;
    let scope = projects::scope_of(core, who, project_id).await?;
    let there = threads::Entity::visible_to(&scope)
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::ArchivedAt.is_null());
    let list = list_of(project_id, &scope);
    let (threads, next_cursor) = page(core, there, list, cursor, PROJECT_PAGE).await?;
    Ok(ProjectThreads {
        threads: rows(core, who, threads).await?,
        next_cursor,
    })
}

/// The newest threads of a realm, pinned and not.
pub async fn newest(core: &Core, who: &Principal, team_id: Option<&str>, limit: u64) -> Result<Vec<ThreadRow>, Error> {
    let scope = realm::to_list(core, who, team_id).await?;
    let live = threads::Entity::visible_to(&scope).filter(threads::Column::ArchivedAt.is_null());
    let threads = newest_first(live).limit(limit).all(core.db.read()).await?;
    rows(core, who, threads).await
}

/// One thread the caller may see, as a list shows it.
pub async fn row(core: &Core, who: &Principal, id: &str) -> Result<ThreadRow, Error> {
    let thread = find(core.db.read(), who, id).await?;
    row_of(core, who, thread).await
}

/// Changes a thread, and gives it as a list shows it.
pub async fn change_row(
    core: &Core,
    who: &Principal,
    id: &str,
    input: ChangeThreadRequest,
) -> Result<ThreadRow, Error> {
    let thread = changed(core, who, id, input).await?;
    row_of(core, who, thread).await
}

/// A thread as a list shows it.
pub(crate) async fn row_of(core: &Core, who: &Principal, thread: threads::Model) -> Result<ThreadRow, Error> {
    let mut rows = rows(core, who, vec![thread]).await?;
    rows.pop().ok_or(Error::NotFound(super::WHAT))
}

/// A list's name in its cursors: they are good in it alone.
fn list_of(list: &str, scope: &Scope) -> String {
    format!("{list}:{}:{}", scope.user_id(), scope.team_id().unwrap_or_default())
}

fn newest_first(rows: Select<threads::Entity>) -> Select<threads::Entity> {
    rows.order_by_desc(threads::Column::LastMessageAt)
        .order_by_desc(threads::Column::Id)
}

async fn page(
    core: &Core,
    mut rows: Select<threads::Entity>,
    list: String,
    cursor: Option<String>,
    most: u64,
) -> Result<(Vec<threads::Model>, Option<String>), Error> {
    use threads::Column;
    let page = PageRequest { limit: None, cursor };
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::LastMessageAt, Column::Id));
    }
    let mut rows = newest_first(rows).limit(most + 1).all(core.db.read()).await?;
    let next_cursor = match (cut(&mut rows, most), rows.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.last_message_at, &last.id)?),
        _ => None,
    };
    Ok((rows, next_cursor))
}

async fn rows(core: &Core, who: &Principal, threads: Vec<threads::Model>) -> Result<Vec<ThreadRow>, Error> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = threads.iter().map(|thread| thread.id.as_str()).collect();
    let answering = answering(core, &ids).await?;
    let read = read(core, &who.user_id, &ids).await?;
    let authors = names_of_others(core, who, threads.iter().map(|thread| thread.user_id.as_str())).await?;
    let projects = projects::names(core, who, &threads).await?;
    let row = |thread: threads::Model| ThreadRow {
        answering: answering.contains(&thread.id),
        unread: read.get(&thread.id).is_none_or(|read| *read < thread.last_message_at),
        by_program: thread.api_key_id.is_some(),
        author: authors.get(&thread.user_id).cloned(),
        project: thread.project_id.as_ref().and_then(|id| projects.get(id)).cloned(),
        thread: to_wire(thread),
    };
    Ok(threads.into_iter().map(row).collect())
}

/// In which of them an answer is being written.
async fn answering(core: &Core, ids: &[&str]) -> Result<HashSet<String>, DbErr> {
    use messages::Column;
    let running: Vec<String> = messages::Entity::find()
        .select_only()
        .column(Column::ThreadId)
        .filter(Column::ThreadId.is_in(ids.iter().copied()))
        .filter(Column::LeaseUntil.is_not_null())
        .into_tuple()
        .all(core.db.read())
        .await?;
    Ok(running.into_iter().collect())
}

/// How far a user has read each of them.
async fn read(core: &Core, user_id: &str, ids: &[&str]) -> Result<HashMap<String, Timestamp>, DbErr> {
    use thread_reads::Column;
    let read: Vec<(String, Timestamp)> = thread_reads::Entity::find()
        .select_only()
        .columns([Column::ThreadId, Column::ReadAt])
        .filter(Column::UserId.eq(user_id))
        .filter(Column::ThreadId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(core.db.read())
        .await?;
    Ok(read.into_iter().collect())
}
