//! Projects as the workspace dialect knows them: found by their slug, with the settings of their chats.
//!
//! A workspace is a project that the caller's key may see. A conversation in it is a thread of the caller's own: that of a
//! session they name, of no name, or one made for itself.

mod attachments;
mod history;
mod settings;
mod threads;

use std::collections::HashMap;

use entity::{Timestamp, projects, threads as thread_rows};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use types::projects::{ProjectColor, Sharing};
use types::workspaces::{ChatMode, Workspace, WorkspaceDocument, WorkspaceRequest, WorkspaceThread};

use crate::access::Principal;
use crate::accounts::Client;
use crate::projects::{self as project_rules, New, VIEWERS};
use crate::{Core, Error, realm};

pub use attachments::with_attachments;
pub use history::{Order, conversation, exchange, history};
pub use settings::DEFAULT_REFUSAL;
pub use threads::{change_thread, create_thread, delete_thread, find_thread};

const WHAT: &str = "Workspace";
/// Workspaces that a list shows; there is no next page in that API.
const MOST_LISTED: u64 = 500;
/// Threads that a list shows in all of them together.
const MOST_THREADS: u64 = 1_000;

/// A workspace that was found by its slug.
#[derive(Debug, Clone)]
pub struct Found {
    pub(crate) project: projects::Model,
}

impl Found {
    /// The project's id.
    pub fn id(&self) -> &str {
        &self.project.id
    }

    /// What it is called by in paths.
    pub fn slug(&self) -> &str {
        &self.project.slug
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.project.created_at
    }

    /// The model its threads are answered by, unless they chose another.
    pub fn model(&self) -> Option<&str> {
        self.project.model.as_deref()
    }

    /// What a message is answered from that doesn't say so itself.
    pub fn mode(&self) -> ChatMode {
        ChatMode::named(&self.project.chat_mode).unwrap_or_default()
    }
}

/// The workspace of a slug, if the caller may see it.
pub async fn find(core: &Core, who: &Principal, slug: &str) -> Result<Found, Error> {
    let project = find_row(core.db.read(), who, slug).await?;
    Ok(Found { project })
}

async fn find_row(db: &impl ConnectionTrait, who: &Principal, slug: &str) -> Result<projects::Model, Error> {
    // The scope of a key: slugs are unique in it. A person sees several, and is asked for none.
    let found = projects::Entity::visible_to(&who.scope)
        .filter(projects::Column::Slug.eq(slug))
        .filter(projects::Column::ArchivedAt.is_null())
        .order_by_asc(projects::Column::Id)
        .one(db)
        .await?;
    found.ok_or(Error::NotFound(WHAT))
}

/// The workspaces the caller may see, newest first, as the API shows them.
pub async fn list(core: &Core, who: &Principal) -> Result<Vec<Workspace>, Error> {
    let found = all(core, who).await?;
    with_threads(core, who, found.into_iter().map(|found| found.project).collect()).await
}

/// The workspaces the caller may see, newest first.
pub async fn all(core: &Core, who: &Principal) -> Result<Vec<Found>, Error> {
    use projects::Column;
    let rows = projects::Entity::visible_to(&who.scope)
        .filter(Column::ArchivedAt.is_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(MOST_LISTED)
        .all(core.db.read())
        .await?;
    Ok(rows.into_iter().map(|project| Found { project }).collect())
}

/// The workspace of a slug as the API shows it.
pub async fn read(core: &Core, who: &Principal, slug: &str) -> Result<Workspace, Error> {
    let found = find(core, who, slug).await?;
    shown(core, who, found.project).await
}

async fn shown(core: &Core, who: &Principal, project: projects::Model) -> Result<Workspace, Error> {
    let shown = with_threads(core, who, vec![project]).await?;
    shown.into_iter().next().ok_or(Error::NotFound(WHAT))
}

async fn with_threads(core: &Core, who: &Principal, projects: Vec<projects::Model>) -> Result<Vec<Workspace>, Error> {
    let mut threads = threads_of(core, who, &projects).await?;
    Ok(projects
        .into_iter()
        .map(|project| {
            let threads = threads.remove(&project.id).unwrap_or_default();
            to_wire(core, project, threads, Vec::new())
        })
        .collect())
}

/// The caller's own threads in each of these projects; the conversations of sessions are none.
async fn threads_of(
    core: &Core,
    who: &Principal,
    projects: &[projects::Model],
) -> Result<HashMap<String, Vec<WorkspaceThread>>, DbErr> {
    use thread_rows::Column;
    let rows = thread_rows::Entity::visible_to(&who.scope)
        .filter(Column::ProjectId.is_in(projects.iter().map(|project| project.id.as_str())))
        .filter(Column::UserId.eq(&who.user_id))
        .filter(Column::SessionKey.is_null())
        .filter(Column::ArchivedAt.is_null())
        .order_by_desc(Column::LastMessageAt)
        .limit(MOST_THREADS)
        .all(core.db.read())
        .await?;
    let mut of: HashMap<String, Vec<WorkspaceThread>> = HashMap::new();
    for thread in rows {
        if let Some(project_id) = thread.project_id.clone() {
            let thread = threads::to_wire(&project_id, thread);
            of.entry(project_id).or_default().push(thread);
        }
    }
    Ok(of)
}

fn to_wire(
    core: &Core,
    project: projects::Model,
    threads: Vec<WorkspaceThread>,
    documents: Vec<WorkspaceDocument>,
) -> Workspace {
    let model = project.model.as_deref().and_then(|id| core.models.get(id));
    Workspace {
        chat_mode: ChatMode::named(&project.chat_mode).unwrap_or_default(),
        chat_provider: model.map(|model| model.info().provider.to_owned()),
        id: project.id,
        name: project.name,
        slug: project.slug,
        created_at: project.created_at.to_string(),
        last_updated_at: project.updated_at.to_string(),
        open_ai_temp: project.temperature,
        open_ai_history: project.history,
        open_ai_prompt: Some(project.context).filter(|text| !text.is_empty()),
        similarity_threshold: project.similarity,
        top_n: project.top_n,
        chat_model: project.model,
        query_refusal_response: project.refusal,
        documents,
        threads,
    }
}

/// Makes a workspace. One that is made with a team's key is the whole team's.
pub async fn create(
    core: &Core,
    who: &Principal,
    input: WorkspaceRequest,
    client: &Client,
) -> Result<Workspace, Error> {
    let name = input.name.clone().unwrap_or_default();
    let changes = settings::read(core, input, Some(name))?;
    let team_id = who.scope.team_id().map(str::to_owned);
    let mut new = New {
        name: changes.name.clone().unwrap_or_default(),
        color: ProjectColor::default(),
        context: String::new(),
        sharing: if team_id.is_some() {
            Sharing::Team
        } else {
            Sharing::Private
        },
        team_id,
        model: None,
        settings: project_rules::Settings::default(),
    };
    changes.fill(&mut new);
    let tx = core.db.begin().await?;
    let row = project_rules::make(core, &tx, who, new, client).await?;
    tx.commit().await?;
    tell(core, &row);
    shown(core, who, row).await
}

/// Changes what is in the request. Whoever may write in its team may.
pub async fn change(core: &Core, who: &Principal, slug: &str, input: WorkspaceRequest) -> Result<Workspace, Error> {
    let name = input.name.clone();
    let changes = settings::read(core, input, name)?;
    let tx = core.db.begin().await?;
    let project = find_row(&tx, who, slug).await?;
    let role = realm::role_in(&tx, who, project.team_id.as_deref()).await?;
    realm::require_writer(role, VIEWERS)?;
    let mut row = project.clone().into_active_model();
    changes.write(&mut row);
    let project = if row.is_changed() {
        row.updated_at = Set(core.clock.now());
        row.update(&tx).await.map_err(|error| match error {
            DbErr::RecordNotUpdated => Error::NotFound(WHAT),
            other => Error::Database(other),
        })?
    } else {
        project
    };
    tx.commit().await?;
    tell(core, &project);
    shown(core, who, project).await
}

/// Deletes a workspace; the conversations in it stay, outside any project.
pub async fn delete(core: &Core, who: &Principal, slug: &str, client: &Client) -> Result<(), Error> {
    let found = find(core, who, slug).await?;
    project_rules::delete(core, who, found.id(), client).await
}

fn tell(core: &Core, project: &projects::Model) {
    let wire = project_rules::to_wire(project.clone(), 0);
    core.feed.publish(project_rules::told_of(&wire, &project.user_id));
}
