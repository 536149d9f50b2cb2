//! Projects: threads gathered under a name. A project's instructions are in the prompts of its threads, and its model
//! answers where neither request nor thread names another.

mod imported;
mod rows;
pub(crate) mod slug;

use std::collections::{HashMap, HashSet};

use entity::threads::Visibility;
use entity::{Scope, projects, threads};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use types::projects::{self as wire, ProjectColor, Sharing};
use types::workspaces::ChatMode;
use types::{FieldError, Patch};

use crate::access::{Principal, TeamAct, may};
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::db::lock_user;
use crate::error::Problems;
use crate::feed::{Change, Kind};
use crate::idempotency::Claim;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error, documents, realm, text, threads as thread_rules};

pub(crate) use imported::import;
pub(crate) use rows::{names, scope_of};
pub use rows::{newest, open, row, rows};

const LONGEST_NAME: usize = 100;
const LONGEST_CONTEXT: usize = 8_000;
/// Projects that one person can have made.
const MOST: u64 = 500;
/// How often another slug is tried when others take the same ones at the same time.
const TRIES: usize = 100;
/// Changed threads that are told of one by one.
const TOLD_ONE_BY_ONE: usize = 100;
/// What the workspace dialect makes new ones by.
const RESERVED_SLUG: &str = "new";
const WHAT: &str = "Project";
pub(crate) const VIEWERS: &str = "Viewers can read this team's projects but not change them";

/// Projects, newest first.
pub async fn list(
    core: &Core,
    who: &Principal,
    team_id: Option<&str>,
    page: &PageRequest,
) -> Result<wire::ProjectList, Error> {
    use projects::Column;
    let limit = page.limit()?;
    let scope = realm::to_list(core, who, team_id).await?;
    let list = format!("projects:{}:{}", scope.user_id(), scope.team_id().unwrap_or_default());
    let mut rows = projects::Entity::visible_to(&scope);
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.created_at, &last.id)?),
        _ => None,
    };
    let ids: Vec<&str> = rows.iter().map(|project| project.id.as_str()).collect();
    let mut counts = thread_counts(core.db.read(), &scope, &ids).await?;
    let with_count = |project: projects::Model| {
        let count = counts.remove(&project.id).unwrap_or(0);
        to_wire(project, count)
    };
    Ok(wire::ProjectList {
        projects: rows.into_iter().map(with_count).collect(),
        next_cursor,
    })
}

/// How many threads that can be seen in a scope lie in each of these projects. What there are none in is not named.
async fn thread_counts(db: &impl ConnectionTrait, scope: &Scope, ids: &[&str]) -> Result<HashMap<String, i64>, DbErr> {
    use threads::Column;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let counts: Vec<(String, i64)> = threads::Entity::visible_to(scope)
        .select_only()
        .column(Column::ProjectId)
        .column_as(Column::Id.count(), "threads")
        .filter(Column::ProjectId.is_in(ids.iter().copied()))
        .filter(Column::ArchivedAt.is_null())
        .group_by(Column::ProjectId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

pub(crate) fn to_wire(project: projects::Model, thread_count: i64) -> wire::Project {
    let color = project.color.as_deref().and_then(ProjectColor::named);
    wire::Project {
        color: color.unwrap_or_default(),
        sharing: sharing_of(&project),
        id: project.id,
        name: project.name,
        slug: project.slug,
        context: project.context,
        team_id: project.team_id,
        model: project.model,
        thread_count,
        created_at: project.created_at.to_string(),
        updated_at: project.updated_at.to_string(),
    }
}

fn sharing_of(project: &projects::Model) -> Sharing {
    if project.sharing == Sharing::Team.as_str() {
        Sharing::Team
    } else {
        Sharing::Private
    }
}

async fn with_count(
    db: &impl ConnectionTrait,
    who: &Principal,
    project: projects::Model,
) -> Result<wire::Project, Error> {
    let mut counts = thread_counts(db, &who.scope, &[&project.id]).await?;
    let count = counts.remove(&project.id).unwrap_or(0);
    Ok(to_wire(project, count))
}

pub(crate) fn name(text: &str) -> Result<String, FieldError> {
    text::name("name", text, LONGEST_NAME)
}

fn color(name: &str) -> Result<ProjectColor, FieldError> {
    ProjectColor::named(name).ok_or_else(|| {
        let names = ProjectColor::ALL.map(ProjectColor::as_str).join(", ");
        FieldError::new("color", format!("The colour is one of {names}"))
    })
}

/// Instructions, in the field of this name.
pub(crate) fn context(field: &str, text: &str) -> Result<(), FieldError> {
    text::no_nul(field, text)?;
    text::at_most(field, text, LONGEST_CONTEXT)
}

fn only_in_a_team() -> Error {
    Error::invalid("sharing", "A personal project cannot be shared; it needs a team")
}

/// A project to be made.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) color: ProjectColor,
    pub(crate) context: String,
    pub(crate) sharing: Sharing,
    pub(crate) team_id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) settings: Settings,
}

/// How the chats in a project are answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// Sampling temperature; none leaves it to the model.
    pub(crate) temperature: Option<f64>,
    /// Exchanges of the conversation in a prompt, at most.
    pub(crate) history: i32,
    /// Passages of documents in a prompt, at most.
    pub(crate) top_n: i32,
    /// Least score of a passage, from 0 to 1.
    pub(crate) similarity: f64,
    /// What a message is answered from that doesn't say so itself.
    pub(crate) mode: ChatMode,
    /// What is said when nothing is found; none is the usual sentence.
    pub(crate) refusal: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            temperature: None,
            history: 20,
            top_n: 4,
            similarity: 0.25,
            mode: ChatMode::Chat,
            refusal: None,
        }
    }
}

/// Makes a project.
pub async fn create(
    core: &Core,
    who: &Principal,
    input: wire::CreateProjectRequest,
    claim: Option<&Claim>,
    client: &Client,
) -> Result<wire::ProjectAnswer, Error> {
    let mut problems = Problems::default();
    let name = problems.note(name(&input.name)).unwrap_or_default();
    let color = input.color.as_deref().and_then(|name| problems.note(color(name)));
    if let Some(text) = &input.context {
        problems.note(context("context", text));
    }
    if let Some(id) = &input.model {
        problems.note(thread_rules::model(core, id));
    }
    problems.finish()?;
    let tx = core.db.begin().await?;
    let new = New {
        name,
        color: color.unwrap_or_default(),
        context: input.context.unwrap_or_default(),
        sharing: input.sharing.unwrap_or(Sharing::Private),
        team_id: input.team_id,
        model: input.model,
        settings: Settings::default(),
    };
    let row = make(core, &tx, who, new, client).await?;
    let answer = wire::ProjectAnswer {
        project: to_wire(row, 0),
    };
    if let Some(claim) = claim {
        let body = serde_json::to_string(&answer).map_err(|error| Error::Internal(error.to_string()))?;
        claim.answer(&tx, 201, Some(body)).await?;
    }
    tx.commit().await?;
    core.feed.publish(told_of(&answer.project, &who.user_id));
    Ok(answer)
}

/// Writes a new project where the caller may write, and records it.
pub(crate) async fn make(
    core: &Core,
    tx: &DatabaseTransaction,
    who: &Principal,
    new: New,
    client: &Client,
) -> Result<projects::Model, Error> {
    let scope = realm::to_write(tx, who, new.team_id.as_deref(), VIEWERS).await?;
    if new.sharing == Sharing::Team && scope.team_id().is_none() {
        return Err(only_in_a_team());
    }
    lock_user(tx, &who.user_id).await?;
    require_room(tx, &who.user_id).await?;
    let now = core.clock.now();
    let row = projects::Model {
        id: new_id(),
        user_id: who.user_id.clone(),
        team_id: scope.team_id().map(str::to_owned),
        slug: slug::of(&new.name, "project"),
        name: new.name,
        color: Some(new.color.as_str().to_owned()),
        context: new.context,
        sharing: new.sharing.as_str().to_owned(),
        model: new.model,
        temperature: new.settings.temperature,
        history: new.settings.history,
        top_n: new.settings.top_n,
        similarity: new.settings.similarity,
        chat_mode: new.settings.mode.as_str().to_owned(),
        refusal: new.settings.refusal,
        archived_at: None,
        created_at: now,
        updated_at: now,
    };
    let row = insert(tx, &scope, row).await?;
    let detail = json!({ "name": row.name, "teamId": row.team_id, "sharing": row.sharing });
    audit::record(
        tx,
        Action::ProjectCreated,
        Some(&who.user_id),
        &row.id,
        Some(detail),
        client,
    )
    .await?;
    Ok(row)
}

/// News of a project, for whoever sees it.
pub(crate) fn told_of(project: &wire::Project, user_id: &str) -> Change {
    Change {
        user_id: user_id.to_owned(),
        team_id: project.team_id.clone().filter(|_| project.sharing == Sharing::Team),
        thread_id: String::new(),
        kind: Kind::Projects,
    }
}

async fn require_room(tx: &impl ConnectionTrait, user_id: &str) -> Result<(), Error> {
    let made = projects::Entity::find()
        .filter(projects::Column::UserId.eq(user_id))
        .count(tx)
        .await?;
    if made < MOST {
        Ok(())
    } else {
        Err(Error::Conflict(
            "You have made 500 projects, which is the limit. Delete one that you no longer need.",
        ))
    }
}

/// Writes a project under the first form of its slug that is free. Whoever comes to the same one at the same time waits
/// in the index for the other's commit, and then takes the next.
async fn insert(tx: &impl ConnectionTrait, scope: &Scope, project: projects::Model) -> Result<projects::Model, Error> {
    for _ in 0..TRIES {
        let taken = taken(tx, scope, &project.slug).await?;
        let row = projects::Model {
            slug: slug::free(&project.slug, |slug| slug == RESERVED_SLUG || taken.contains(slug)),
            ..project.clone()
        };
        let written = projects::Entity::insert(row.clone().into_active_model().reset_all())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        if written > 0 {
            return Ok(row);
        }
    }
    Err(Error::Busy)
}

/// The slugs of an owner or a team that are this one, or this one with something behind it; also those of projects that
/// the caller does not see.
async fn taken(tx: &impl ConnectionTrait, scope: &Scope, slug: &str) -> Result<HashSet<String>, DbErr> {
    use projects::Column;
    let realm = match scope.team_id() {
        Some(team_id) => Condition::all().add(Column::TeamId.eq(team_id)),
        None => Condition::all()
            .add(Column::UserId.eq(scope.user_id()))
            .add(Column::TeamId.is_null()),
    };
    let slugs: Vec<String> = projects::Entity::find()
        .select_only()
        .column(Column::Slug)
        .filter(realm)
        // A slug has no characters that mean something here.
        .filter(Column::Slug.like(format!("{slug}%")))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(slugs.into_iter().collect())
}

pub(crate) async fn find(db: &impl ConnectionTrait, who: &Principal, id: &str) -> Result<projects::Model, Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = projects::Entity::visible_to(&who.scope)
        .filter(projects::Column::Id.eq(id))
        .one(db)
        .await?;
    found.ok_or(Error::NotFound(WHAT))
}

/// A project the caller may see and change.
pub(crate) async fn require_writable(
    db: &impl ConnectionTrait,
    who: &Principal,
    id: &str,
) -> Result<projects::Model, Error> {
    let project = find(db, who, id).await?;
    let role = realm::role_in(db, who, project.team_id.as_deref()).await?;
    realm::require_writer(role, VIEWERS)?;
    Ok(project)
}

/// A project the caller may see.
pub async fn read(core: &Core, who: &Principal, id: &str) -> Result<wire::Project, Error> {
    let project = find(core.db.read(), who, id).await?;
    with_count(core.db.read(), who, project).await
}

/// Changes what is in the request; the rest stays, the slug always. Whoever may write in its team changes a project; only
/// the person who made it shares it or takes it back. What others see of its threads leaves it when it is taken back, and
/// so do the threads of others.
pub async fn change(
    core: &Core,
    who: &Principal,
    id: &str,
    input: wire::ChangeProjectRequest,
    client: &Client,
) -> Result<wire::Project, Error> {
    let mut problems = Problems::default();
    let name = input.name.as_deref().and_then(|text| problems.note(name(text)));
    let color = match &input.color {
        Patch::Absent => None,
        Patch::Null => Some(ProjectColor::default()),
        Patch::Value(name) => problems.note(color(name)),
    };
    if let Patch::Value(text) = &input.context {
        problems.note(context("context", text));
    }
    if let Patch::Value(id) = &input.model {
        problems.note(thread_rules::model(core, id));
    }
    problems.finish()?;
    let tx = core.db.begin().await?;
    let project = require_writable(&tx, who, id).await?;
    if input.sharing == Some(Sharing::Team) && project.team_id.is_none() {
        return Err(only_in_a_team());
    }
    let sharing = input.sharing.filter(|sharing| *sharing != sharing_of(&project));
    if sharing.is_some() && project.user_id != who.user_id {
        return Err(Error::Forbidden(
            "Only the person who made a project can share it or take it back",
        ));
    }
    let taken_back = sharing == Some(Sharing::Private);
    if taken_back {
        // Threads before their project, as everywhere.
        _ = beyond_owner(&tx, &project).await?;
    }
    let mut row = project.clone().into_active_model();
    if let Some(name) = name {
        row.name = Set(name);
    }
    if let Some(color) = color {
        row.color = Set(Some(color.as_str().to_owned()));
    }
    if let Some(context) = input.context.into_change() {
        row.context = Set(context.unwrap_or_default());
    }
    if let Some(sharing) = sharing {
        row.sharing = Set(sharing.as_str().to_owned());
    }
    if let Some(model) = input.model.into_change() {
        row.model = Set(model);
    }
    let project = if row.is_changed() {
        row.updated_at = Set(core.clock.now());
        row.update(&tx).await.map_err(|error| match error {
            DbErr::RecordNotUpdated => Error::NotFound(WHAT),
            other => Error::Database(other),
        })?
    } else {
        project
    };
    if let Some(sharing) = sharing {
        let detail = json!({ "teamId": project.team_id, "sharing": sharing });
        audit::record(
            &tx,
            Action::ProjectShared,
            Some(&who.user_id),
            &project.id,
            Some(detail),
            client,
        )
        .await?;
    }
    // Nobody brings another one from here on: who moves a thread holds its project.
    let left = if taken_back {
        let left = beyond_owner(&tx, &project).await?;
        take_out(&tx, &project).await?;
        left
    } else {
        Vec::new()
    };
    let owner = project.user_id.clone();
    let answer = with_count(&tx, who, project).await?;
    tx.commit().await?;
    let mut news = told_of(&answer, &owner);
    if taken_back {
        news.team_id.clone_from(&answer.team_id);
    }
    core.feed.publish_all(told(left, answer.team_id.as_deref()));
    core.feed.publish(news);
    Ok(answer)
}

/// The threads in a project that somebody besides its owner sees.
fn of_others(project: &projects::Model) -> Condition {
    use threads::Column;
    Condition::all().add(Column::ProjectId.eq(&project.id)).add(
        Condition::any()
            .add(Column::UserId.ne(&project.user_id))
            .add(Column::Visibility.eq(Visibility::Shared)),
    )
}

/// Locks them, and says which they are and who sees them; deleted ones too, which may come back.
async fn beyond_owner(
    tx: &impl ConnectionTrait,
    project: &projects::Model,
) -> Result<Vec<(String, String, Visibility)>, DbErr> {
    use threads::Column;
    threads::Entity::find()
        .select_only()
        .columns([Column::Id, Column::UserId, Column::Visibility])
        .filter(of_others(project))
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(tx)
        .await
}

async fn take_out(tx: &impl ConnectionTrait, project: &projects::Model) -> Result<(), DbErr> {
    threads::Entity::update_many()
        .col_expr(threads::Column::ProjectId, Expr::value(Option::<String>::None))
        .filter(of_others(project))
        .exec(tx)
        .await
        .map(drop)
}

/// Deletes a project; its threads stay, outside any project. Who made it may, and who manages its team.
pub async fn delete(core: &Core, who: &Principal, id: &str, client: &Client) -> Result<(), Error> {
    use threads::Column;
    let tx = core.db.begin().await?;
    let project = find(&tx, who, id).await?;
    let role = realm::role_in(&tx, who, project.team_id.as_deref()).await?;
    realm::require_writer(role, VIEWERS)?;
    if project.user_id != who.user_id && !role.is_some_and(|role| may(role, TeamAct::Change)) {
        return Err(Error::Forbidden(
            "Only the person who made a project, and the owners and administrators of its team, can delete it",
        ));
    }
    // Threads before their project: whoever moves one has its lock, and then asks for the project.
    let threads: Vec<(String, String, Visibility)> = threads::Entity::find()
        .select_only()
        .columns([Column::Id, Column::UserId, Column::Visibility])
        .filter(Column::ProjectId.eq(&project.id))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(&tx)
        .await?;
    documents::forget_project(&tx, &project.id).await?;
    let deleted = projects::Entity::delete_by_id(&project.id).exec(&tx).await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    let detail = json!({ "name": project.name, "teamId": project.team_id });
    audit::record(
        &tx,
        Action::ProjectDeleted,
        Some(&who.user_id),
        &project.id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    let news = told_of(&to_wire(project.clone(), 0), &project.user_id);
    core.feed.publish_all(told(threads, project.team_id.as_deref()));
    core.feed.publish(news);
    Ok(())
}

/// News of threads that left their project, for whoever may see them: of each thread, or for each person that there are
/// many.
fn told(threads: Vec<(String, String, Visibility)>, team_id: Option<&str>) -> Vec<Change> {
    let many = threads.len() > TOLD_ONE_BY_ONE;
    let mut audiences = HashSet::new();
    let mut news = Vec::new();
    for (thread_id, user_id, visibility) in threads {
        let team_id = match visibility {
            Visibility::Shared => team_id,
            Visibility::Private => None,
        };
        if many && !audiences.insert((user_id.clone(), team_id)) {
            continue;
        }
        news.push(Change {
            user_id,
            team_id: team_id.map(str::to_owned),
            thread_id: if many { String::new() } else { thread_id },
            kind: if many { Kind::Threads } else { Kind::Thread },
        });
    }
    news
}

/// The project a thread lies in, if the caller, who sees the thread, may see the project too.
pub(crate) async fn of_thread(
    db: &impl ConnectionTrait,
    who: &Principal,
    thread: &threads::Model,
) -> Result<Option<projects::Model>, DbErr> {
    let Some(project_id) = &thread.project_id else {
        return Ok(None);
    };
    projects::Entity::visible_to(&realm::of_row(who, thread.team_id.as_deref()))
        .filter(projects::Column::Id.eq(project_id))
        .one(db)
        .await
}

/// Refuses a project that threads of this scope can't lie in: whoever sees a thread sees its project. As long as the
/// transaction lasts the project stays as it is.
pub(crate) async fn require(tx: &impl ConnectionTrait, scope: &Scope, id: &str, shared: bool) -> Result<(), Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = projects::Entity::visible_to(scope)
        .filter(projects::Column::Id.eq(id))
        .lock(LockType::Share)
        .one(tx)
        .await?;
    let project = found.ok_or(Error::NotFound(WHAT))?;
    if shared && sharing_of(&project) == Sharing::Private {
        return Err(Error::invalid(
            "projectId",
            "A chat that the team sees can only lie in a project that the team sees",
        ));
    }
    Ok(())
}

/// Whether a team shares the project of one of its threads; it stays so as long as the transaction lasts.
pub(crate) async fn lock_shared(tx: &impl ConnectionTrait, id: &str) -> Result<bool, DbErr> {
    let project = projects::Entity::find_by_id(id).lock(LockType::Share).one(tx).await?;
    Ok(project.is_some_and(|project| sharing_of(&project) == Sharing::Team))
}
