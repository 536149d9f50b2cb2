//! Threads: listed, made, read, changed, deleted.

mod away;
mod reads;
mod rows;
mod sessions;

use entity::threads::{self, Visibility};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, SqlErr,
};
use types::threads as wire;
use types::{FieldError, Patch};

use crate::access::Principal;
use crate::clock::{is_id, new_id};
use crate::error::Problems;
use crate::feed::{Kind, changes, counted};
use crate::idempotency::Claim;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error, epochs, projects, realm, text};

pub(crate) use away::forget_deleted;
pub use away::{archive_all, delete_all, put_away, restore};
pub use reads::mark_read;
pub(crate) use reads::note_read;
pub(crate) use rows::row_of;
pub use rows::{archived, change_row, in_project, newest, row, sidebar};
pub use sessions::Session;
pub(crate) use sessions::{of as session, of_session};

/// Title of a thread that was given none.
pub const DEFAULT_TITLE: &str = "New Chat";
const LONGEST_TITLE: usize = 200;
const WHAT: &str = "Thread";
const VIEWERS: &str = "Viewers can read this team's threads but not write to them";

/// Which threads are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of a team; a key's own team takes its place.
    pub team_id: Option<String>,
    /// Only those of a project.
    pub project_id: Option<String>,
    /// The archived ones instead of the others.
    pub archived: bool,
}

/// Threads, newest activity first.
pub async fn list(
    core: &Core,
    who: &Principal,
    filter: &Filter,
    page: &PageRequest,
) -> Result<wire::ThreadList, Error> {
    use threads::Column;
    let limit = page.limit()?;
    let scope = realm::to_list(core, who, filter.team_id.as_deref()).await?;
    let list = format!(
        "threads:{}:{}:{}:{}",
        scope.user_id(),
        scope.team_id().unwrap_or_default(),
        filter.project_id.as_deref().unwrap_or_default(),
        filter.archived
    );
    let mut rows = threads::Entity::visible_to(&scope);
    rows = if filter.archived {
        rows.filter(Column::ArchivedAt.is_not_null())
    } else {
        rows.filter(Column::ArchivedAt.is_null())
    };
    if let Some(project_id) = &filter.project_id {
        if !is_id(project_id) {
            return Err(Error::NotFound("Project"));
        }
        rows = rows.filter(Column::ProjectId.eq(project_id));
    }
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::LastMessageAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::LastMessageAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.last_message_at, &last.id)?),
        _ => None,
    };
    Ok(wire::ThreadList {
        threads: rows.into_iter().map(to_wire).collect(),
        next_cursor,
    })
}

/// The thread as callers see it.
pub(crate) fn to_wire(thread: threads::Model) -> wire::Thread {
    wire::Thread {
        id: thread.id,
        title: thread.title,
        project_id: thread.project_id,
        team_id: thread.team_id,
        visibility: match thread.visibility {
            Visibility::Private => wire::Visibility::Private,
            Visibility::Shared => wire::Visibility::Shared,
        },
        model: thread.model,
        pinned: thread.pinned_at.is_some(),
        archived: thread.archived_at.is_some(),
        message_count: thread.message_count,
        last_message_preview: thread.last_message_preview,
        created_at: thread.created_at.to_string(),
        updated_at: thread.last_message_at.to_string(),
    }
}

fn visibility_from_wire(visibility: wire::Visibility) -> Visibility {
    match visibility {
        wire::Visibility::Private => Visibility::Private,
        wire::Visibility::Shared => Visibility::Shared,
    }
}

fn title(text: &str) -> Result<String, FieldError> {
    text::name("title", text, LONGEST_TITLE)
}

pub(crate) fn model(core: &Core, id: &str) -> Result<(), FieldError> {
    if core.models.get(id).is_some() {
        return Ok(());
    }
    Err(FieldError::new(
        "model",
        "There is no model with this id on this server",
    ))
}

/// A thread to be made.
#[derive(Debug, Default)]
pub(crate) struct New {
    pub(crate) title: String,
    pub(crate) team_id: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) visibility: Option<wire::Visibility>,
    /// The session it is the conversation of, in the workspace dialect.
    pub(crate) session_key: Option<String>,
}

/// Makes a thread.
pub async fn create(
    core: &Core,
    who: &Principal,
    input: wire::CreateThreadRequest,
    claim: Option<&Claim>,
) -> Result<wire::ThreadAnswer, Error> {
    let mut problems = Problems::default();
    let title = match input.title.as_deref().map(str::trim) {
        None | Some("") => Some(DEFAULT_TITLE.to_owned()),
        Some(text) => problems.note(title(text)),
    };
    if let Some(id) = &input.model {
        problems.note(model(core, id));
    }
    problems.finish()?;
    let new = New {
        title: title.unwrap_or_default(),
        team_id: input.team_id,
        project_id: input.project_id,
        model: input.model,
        visibility: input.visibility,
        session_key: None,
    };
    let tx = core.db.begin().await?;
    let row = insert(core, &tx, who, new).await?;
    let answer = wire::ThreadAnswer {
        thread: to_wire(row.clone()),
    };
    if let Some(claim) = claim {
        let body = serde_json::to_string(&answer).map_err(|error| Error::Internal(error.to_string()))?;
        claim.answer(&tx, 201, Some(body)).await?;
    }
    tx.commit().await?;
    core.feed.publish_all(changes(&row, counted(&row, Kind::Thread)));
    Ok(answer)
}

/// Writes a new thread where the caller may write.
pub(crate) async fn insert(
    core: &Core,
    tx: &impl ConnectionTrait,
    who: &Principal,
    new: New,
) -> Result<threads::Model, Error> {
    let scope = realm::to_write(tx, who, new.team_id.as_deref(), VIEWERS).await?;
    if let Some(project_id) = &new.project_id {
        let shared = new.visibility == Some(wire::Visibility::Shared);
        projects::require(tx, &scope, project_id, shared).await?;
    }
    if scope.team_id().is_none() && new.visibility == Some(wire::Visibility::Shared) {
        return Err(Error::invalid(
            "visibility",
            "A personal thread cannot be shared; it needs a team",
        ));
    }
    let now = core.clock.now();
    let row = threads::ActiveModel {
        id: Set(new_id()),
        user_id: Set(who.user_id.clone()),
        team_id: Set(scope.team_id().map(str::to_owned)),
        project_id: Set(new.project_id),
        title: Set(new.title),
        model: Set(new.model),
        visibility: Set(new.visibility.map_or(Visibility::Private, visibility_from_wire)),
        session_key: Set(new.session_key),
        parent_thread_id: Set(None),
        pinned_at: Set(None),
        archived_at: Set(None),
        last_message_at: Set(now),
        last_message_preview: Set(None),
        message_count: Set(0),
        created_at: Set(now),
        deleted_at: Set(None),
        api_key_id: Set(who.api_key_id().map(str::to_owned)),
    };
    row.insert(tx).await.map_err(without_project)
}

/// Why a thread could not be written: of what it refers to, a project may have been deleted in this very moment.
fn without_project(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(text)) if text.contains("project") => Error::NotFound("Project"),
        _ => Error::Database(error),
    }
}

/// A thread the caller may see.
pub(crate) async fn find(db: &impl ConnectionTrait, who: &Principal, id: &str) -> Result<threads::Model, Error> {
    find_locked(db, who, id, None).await
}

async fn find_locked(
    db: &impl ConnectionTrait,
    who: &Principal,
    id: &str,
    lock: Option<LockType>,
) -> Result<threads::Model, Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let mut rows = threads::Entity::visible_to(&who.scope).filter(threads::Column::Id.eq(id));
    if let Some(lock) = lock {
        rows = rows.lock(lock);
    }
    rows.one(db).await?.ok_or(Error::NotFound(WHAT))
}

/// A thread the caller may write to: their own, or one their team shares and their role may write to.
pub(crate) async fn find_to_write(
    db: &impl ConnectionTrait,
    who: &Principal,
    id: &str,
) -> Result<threads::Model, Error> {
    let thread = find(db, who, id).await?;
    require_role(db, who, &thread).await?;
    Ok(thread)
}

/// The same with the row's lock: who changes what is in a thread does it one after the other.
pub(crate) async fn lock_to_write(
    tx: &impl ConnectionTrait,
    who: &Principal,
    id: &str,
) -> Result<threads::Model, Error> {
    let thread = find_locked(tx, who, id, Some(LockType::NoKeyUpdate)).await?;
    require_role(tx, who, &thread).await?;
    Ok(thread)
}

/// Refuses who may see a thread but not write to it.
pub(crate) async fn require_role(
    db: &impl ConnectionTrait,
    who: &Principal,
    thread: &threads::Model,
) -> Result<(), Error> {
    let role = realm::role_in(db, who, thread.team_id.as_deref()).await?;
    realm::require_writer(role, VIEWERS)
}

/// A thread without its messages.
pub async fn get(core: &Core, who: &Principal, id: &str) -> Result<wire::Thread, Error> {
    find(core.db.read(), who, id).await.map(to_wire)
}

/// A thread with its newest messages.
pub async fn read(core: &Core, who: &Principal, id: &str) -> Result<wire::ThreadWithMessages, Error> {
    let thread = find(core.db.read(), who, id).await?;
    let page = crate::messages::page_of(core, &thread.id, &PageRequest::default()).await?;
    Ok(wire::ThreadWithMessages {
        thread: to_wire(thread),
        messages: page.messages,
        messages_cursor: page.next_cursor,
    })
}

/// Changes what is in the request; the rest stays. Whoever sees a thread sees its project too: a shared thread lies in a
/// project that its team shares or in none, and one that is shared while it lies in a private project leaves it.
pub async fn change(
    core: &Core,
    who: &Principal,
    id: &str,
    input: wire::ChangeThreadRequest,
) -> Result<wire::Thread, Error> {
    changed(core, who, id, input).await.map(to_wire)
}

async fn changed(
    core: &Core,
    who: &Principal,
    id: &str,
    input: wire::ChangeThreadRequest,
) -> Result<threads::Model, Error> {
    let mut problems = Problems::default();
    let title = match &input.title {
        Some(text) => problems.note(title(text)),
        None => None,
    };
    if let Patch::Value(id) = &input.model {
        problems.note(model(core, id));
    }
    problems.finish()?;
    let tx = core.db.begin().await?;
    // Taking a thread back ends the streams of those it was shared with.
    let raised = match input.visibility {
        Some(wire::Visibility::Private) => Some(epochs::raise(&tx).await?),
        _ => None,
    };
    let thread = lock_to_write(&tx, who, id).await?;
    let own = thread.user_id == who.user_id;
    if input.visibility == Some(wire::Visibility::Shared) && thread.team_id.is_none() {
        return Err(Error::invalid(
            "visibility",
            "A personal thread cannot be shared; it needs a team",
        ));
    }
    if input.visibility.is_some() && !own {
        return Err(Error::Forbidden(
            "Only the person who started a thread can share it or take it back",
        ));
    }
    let shared = input
        .visibility
        .map_or(thread.visibility, visibility_from_wire)
        .eq(&Visibility::Shared);
    let mut project_id = input.project_id.into_change();
    if let Some(Some(project_id)) = &project_id {
        let scope = realm::of_row(who, thread.team_id.as_deref());
        projects::require(&tx, &scope, project_id, shared).await?;
    } else if let (None, Some(there), true) = (&project_id, &thread.project_id, shared && input.visibility.is_some())
        && !projects::lock_shared(&tx, there).await?
    {
        project_id = Some(None);
    }
    let now = core.clock.now();
    let before = thread.clone();
    let mut row = thread.into_active_model();
    if let Some(title) = title {
        row.title = Set(title);
    }
    if let Some(visibility) = input.visibility {
        row.visibility = Set(visibility_from_wire(visibility));
    }
    if let Some(pinned) = input.pinned {
        row.pinned_at = Set(pinned.then_some(now));
    }
    if let Some(archived) = input.archived {
        row.archived_at = Set(archived.then_some(now));
    }
    if let Some(project_id) = project_id {
        if project_id != before.project_id {
            // It was the conversation of a session in the project it leaves.
            row.session_key = Set(None);
        }
        row.project_id = Set(project_id);
    }
    if let Some(model) = input.model.into_change() {
        row.model = Set(model);
    }
    let thread = if row.is_changed() {
        row.update(&tx).await.map_err(|error| match error {
            DbErr::RecordNotUpdated => Error::NotFound(WHAT),
            other => without_project(other),
        })?
    } else {
        find(&tx, who, id).await?
    };
    tx.commit().await?;
    if let Some(raised) = raised {
        core.epochs.publish(raised, &[]);
    }
    // Those it is no longer shared with are told too.
    let audience = match before.visibility {
        Visibility::Shared => &before,
        Visibility::Private => &thread,
    };
    core.feed.publish_all(changes(audience, [Kind::Thread]));
    let counts = |thread: &threads::Model| {
        (
            thread.project_id.clone(),
            thread.archived_at.is_some(),
            thread.visibility,
        )
    };
    if counts(&before) != counts(&thread) && (before.project_id.is_some() || thread.project_id.is_some()) {
        core.feed.publish_all(changes(audience, [Kind::Projects]));
    }
    Ok(thread)
}

/// Deletes a thread with all its messages. Only the person who started it may, or their key.
pub async fn delete(core: &Core, who: &Principal, id: &str) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let thread = find_to_write(&tx, who, id).await?;
    if thread.user_id != who.user_id {
        return Err(Error::Forbidden("Only the person who started a thread can delete it"));
    }
    threads::Entity::delete_by_id(&thread.id).exec(&tx).await?;
    tx.commit().await?;
    core.chat.abandon_thread(&thread.id);
    core.feed
        .publish_all(changes(&thread, counted(&thread, Kind::ThreadGone)));
    Ok(())
}
