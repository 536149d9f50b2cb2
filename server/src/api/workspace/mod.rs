//! The workspace dialect, under `/api/v1`: the names and shapes of `AnythingLLM`'s developer API, for programs written for it.

mod chat;
mod frames;
mod threads;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::threads::Session;
use domain::workspaces::{self, Found, Order};
use domain::{Error, access::Principal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::ErrorCode;
use types::workspaces::{FoundWorkspace, History, WorkspaceAnswer, WorkspaceList, WorkspaceRequest};

use crate::AppState;
use crate::api::body::Lenient;
use crate::api::openapi::{Api, Given, Operation, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::auth::{ClientOf, KeyCaller};

const MOST_HISTORY: u64 = 1_000;
const USUAL_HISTORY: u64 = 100;

/// Its routes.
pub fn routes(api: Api) -> Api {
    let api = api
        .tag(
            "Workspaces",
            "The names and shapes of AnythingLLM's developer API, for programs that were written for it. For API keys only. \
             A workspace is a project that the key may see, and a conversation in it is a thread of the key's user: the one \
             of a `sessionId`, the one of none, or one made for itself. They are in the browser like all others.",
        )
        .get("/api/ping", ping, operation("ping", "See whether the server is there"))
        .get("/api/v1/auth", auth, operation("checkKey", "See whether a key is good"))
        .get("/api/v1/workspaces", list, operation("listWorkspaces", "List the workspaces"))
        .post(
            "/api/v1/workspace/new",
            create,
            settles(operation("createWorkspace", "Make a workspace"))
                .about("Made with a team's key it is the whole team's."),
        )
        .get(
            "/api/v1/workspace/{slug}",
            read,
            operation("readWorkspace", "Read a workspace").about("An array with the workspace; empty when there is none."),
        )
        .post(
            "/api/v1/workspace/{slug}/update",
            change,
            settles(operation("changeWorkspace", "Change a workspace")),
        )
        .delete(
            "/api/v1/workspace/{slug}",
            remove,
            operation("deleteWorkspace", "Delete a workspace")
                .about("The conversations in it stay, outside any project.")
                .gives(Given::nothing(200, "Deleted.").or_text("text/plain", "OK"))
                .refuses(&[ErrorCode::Forbidden, ErrorCode::InvalidRequest]),
        )
        .get(
            "/api/v1/workspace/{slug}/chats",
            chats,
            operation("listWorkspaceChats", "Read what was said in a workspace")
                .about("The caller's own conversation of a session, or of none; what was reset is not in it.")
                .refuses(&[ErrorCode::InvalidRequest]),
        );
    threads::routes(chat::routes(api))
}

fn settles(operation: Operation) -> Operation {
    operation
        .gives(Given::json::<WorkspaceAnswer>(200, "The workspace."))
        .gives(Given::json::<WorkspaceAnswer>(
            400,
            "Why it could not be done, in `message`.",
        ))
        .sample(json!({ "name": "Lisbon", "openAiTemp": 0.7, "openAiPrompt": "Answer briefly." }))
        .refuses(&[ErrorCode::Forbidden, ErrorCode::Conflict])
}

/// `{online}`
#[derive(Debug, Serialize, JsonSchema)]
pub struct Online {
    online: bool,
}

/// GET /api/ping
pub async fn ping() -> Answer<Online> {
    Answer(Online { online: true })
}

/// `{authenticated}`
#[derive(Debug, Serialize, JsonSchema)]
pub struct Authenticated {
    authenticated: bool,
}

/// GET /api/v1/auth
pub async fn auth(KeyCaller(_): KeyCaller) -> Answer<Authenticated> {
    Answer(Authenticated { authenticated: true })
}

/// GET /api/v1/workspaces
pub async fn list(State(state): State<AppState>, KeyCaller(who): KeyCaller) -> Result<Answer<WorkspaceList>, Problem> {
    Ok(Answer(WorkspaceList {
        workspaces: workspaces::list(&state.core, &who).await?,
    }))
}

/// GET /api/v1/workspace/{slug}
pub async fn read(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
) -> Result<Answer<FoundWorkspace>, Problem> {
    let workspace = match workspaces::read(&state.core, &who, &slug).await {
        Ok(workspace) => vec![workspace],
        Err(Error::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(Answer(FoundWorkspace { workspace }))
}

/// POST /api/v1/workspace/new
pub async fn create(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    extensions: Extensions,
    Lenient(body): Lenient<WorkspaceRequest>,
) -> Result<Response, Problem> {
    let client = extensions.client(&state);
    let made = workspaces::create(&state.core, &who, body.value, &client).await;
    settled(made)
}

/// POST /api/v1/workspace/{slug}/update
pub async fn change(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    Lenient(body): Lenient<WorkspaceRequest>,
) -> Result<Response, Problem> {
    match workspaces::change(&state.core, &who, &slug, body.value).await {
        Err(Error::NotFound(_)) => Err(not_valid(&slug)),
        changed => settled(changed),
    }
}

/// What is wrong with a request stands in `message`, where programs look for it.
fn settled(outcome: Result<types::workspaces::Workspace, Error>) -> Result<Response, Problem> {
    match outcome {
        Ok(workspace) => Ok(Answer(WorkspaceAnswer {
            workspace: Some(workspace),
            message: None,
        })
        .into_response()),
        Err(Error::Invalid(problems)) => {
            let sentences: Vec<String> = problems
                .into_iter()
                .map(|problem| format!("{}: {}", problem.field, problem.message))
                .collect();
            let answer = WorkspaceAnswer {
                workspace: None,
                message: Some(sentences.join("; ")),
            };
            Ok((StatusCode::BAD_REQUEST, Answer(answer)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// DELETE /api/v1/workspace/{slug}
pub async fn remove(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    extensions: Extensions,
) -> Result<Response, Problem> {
    let client = extensions.client(&state);
    match workspaces::delete(&state.core, &who, &slug, &client).await {
        Err(Error::NotFound(_)) => Err(not_valid(&slug)),
        outcome => outcome.map(|()| "OK".into_response()).map_err(Problem::from),
    }
}

fn not_valid(slug: &str) -> Problem {
    Problem::invalid("slug", format!("Workspace {slug} is not a valid workspace."))
}

/// The workspace of a slug, or the refusal that says there is none.
async fn found(state: &AppState, who: &Principal, slug: &str) -> Result<Found, Problem> {
    match workspaces::find(&state.core, who, slug).await {
        Err(Error::NotFound(_)) => Err(not_valid(slug)),
        found => Ok(found?),
    }
}

/// `?apiSessionId&limit&orderBy`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryParams {
    /// The session; the conversation without one when absent.
    api_session_id: Option<String>,
    /// How many exchanges, 100 when absent.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1_000))]
    limit: Option<String>,
    /// `asc` for the oldest first, which is the default, or `desc`.
    #[schemars(regex(pattern = "^(asc|desc)$"))]
    order_by: Option<String>,
}

impl HistoryParams {
    fn read(&self) -> Result<(u64, Order), Problem> {
        let limit = match &self.limit {
            None => Some(USUAL_HISTORY),
            Some(text) => text.parse().ok().filter(|limit| (1..=MOST_HISTORY).contains(limit)),
        };
        let order = match self.order_by.as_deref() {
            None | Some("asc") => Some(Order::Ascending),
            Some("desc") => Some(Order::Descending),
            Some(_) => None,
        };
        let limit = limit.ok_or_else(|| Problem::invalid("limit", "The limit must be between 1 and 1000"))?;
        let order = order.ok_or_else(|| Problem::invalid("orderBy", "The order is asc or desc"))?;
        Ok((limit, order))
    }
}

/// GET /api/v1/workspace/{slug}/chats
pub async fn chats(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    Params(params): Params<HistoryParams>,
) -> Result<Answer<History>, Problem> {
    let (limit, order) = params.read()?;
    let workspace = found(&state, &who, &slug).await?;
    let session = params.api_session_id.as_deref().unwrap_or_default();
    let session = Session {
        project_id: workspace.id().to_owned(),
        key: session.to_owned(),
    };
    let history = match workspaces::conversation(&state.core, &who, &session).await? {
        Some(thread) => workspaces::history(&state.core, &who, &thread, limit, order).await?,
        None => Vec::new(),
    };
    Ok(Answer(History { history }))
}
