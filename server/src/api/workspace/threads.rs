//! Threads in a workspace.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::workspaces::{self, Found};
use domain::{Error, access::Principal};
use serde_json::json;
use types::ErrorCode;
use types::workspaces::{History, WorkspaceThread, WorkspaceThreadAnswer, WorkspaceThreadRequest};

use super::{HistoryParams, found};
use crate::AppState;
use crate::api::body::Lenient;
use crate::api::openapi::{Api, Given, Operation, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::auth::KeyCaller;

pub(super) fn routes(api: Api) -> Api {
    api.post(
        "/api/v1/workspace/{slug}/thread/new",
        create,
        names(operation("createWorkspaceThread", "Make a thread in a workspace")),
    )
    .post(
        "/api/v1/workspace/{slug}/thread/{threadSlug}/update",
        change,
        names(operation("changeWorkspaceThread", "Name a thread anew")),
    )
    .delete(
        "/api/v1/workspace/{slug}/thread/{threadSlug}",
        remove,
        operation("deleteWorkspaceThread", "Delete a thread of a workspace")
            .gives(Given::nothing(200, "Deleted.").or_text("text/plain", "OK"))
            .refuses(&[ErrorCode::Forbidden, ErrorCode::InvalidRequest]),
    )
    .get(
        "/api/v1/workspace/{slug}/thread/{threadSlug}/chats",
        chats,
        operation(
            "listWorkspaceThreadChats",
            "Read what was said in a thread of a workspace",
        )
        .refuses(&[ErrorCode::InvalidRequest]),
    )
}

fn names(operation: Operation) -> Operation {
    operation
        .gives(Given::json::<WorkspaceThreadAnswer>(200, "The thread."))
        .gives(Given::json::<WorkspaceThreadAnswer>(
            400,
            "Why it could not be done, in `message`.",
        ))
        .sample(json!({ "name": "Trams" }))
        .refuses(&[ErrorCode::Forbidden])
}

/// A thread of the caller's own in a workspace, or the refusal that says there is none.
pub(super) async fn found_thread(
    state: &AppState,
    who: &Principal,
    slug: &str,
    thread_slug: &str,
) -> Result<(Found, WorkspaceThread), Problem> {
    let workspace = found(state, who, slug).await?;
    match workspaces::find_thread(&state.core, who, &workspace, thread_slug).await {
        Err(Error::NotFound(_)) => Err(not_valid(slug, thread_slug)),
        thread => Ok((workspace, thread?)),
    }
}

fn not_valid(slug: &str, thread_slug: &str) -> Problem {
    Problem::invalid(
        "threadSlug",
        format!("Workspace {slug} or thread {thread_slug} is not valid."),
    )
}

fn settled(outcome: Result<WorkspaceThread, Error>) -> Result<Response, Problem> {
    match outcome {
        Ok(thread) => Ok(Answer(WorkspaceThreadAnswer {
            thread: Some(thread),
            message: None,
        })
        .into_response()),
        Err(Error::Invalid(problems)) => {
            let answer = WorkspaceThreadAnswer {
                thread: None,
                message: problems.into_iter().next().map(|problem| problem.message),
            };
            Ok((StatusCode::BAD_REQUEST, Answer(answer)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// POST /api/v1/workspace/{slug}/thread/new
pub(super) async fn create(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    Lenient(body): Lenient<WorkspaceThreadRequest>,
) -> Result<Response, Problem> {
    let workspace = found(&state, &who, &slug).await?;
    settled(workspaces::create_thread(&state.core, &who, &workspace, body.value.name).await)
}

/// POST /api/v1/workspace/{slug}/thread/{threadSlug}/update
pub(super) async fn change(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids((slug, thread_slug)): Ids<(String, String)>,
    Lenient(body): Lenient<WorkspaceThreadRequest>,
) -> Result<Response, Problem> {
    let (workspace, thread) = found_thread(&state, &who, &slug, &thread_slug).await?;
    settled(workspaces::change_thread(&state.core, &who, &workspace, &thread.id, body.value.name).await)
}

/// DELETE /api/v1/workspace/{slug}/thread/{threadSlug}
pub(super) async fn remove(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids((slug, thread_slug)): Ids<(String, String)>,
) -> Result<Response, Problem> {
    let (workspace, thread) = found_thread(&state, &who, &slug, &thread_slug).await?;
    workspaces::delete_thread(&state.core, &who, &workspace, &thread.id).await?;
    Ok("OK".into_response())
}

/// GET /api/v1/workspace/{slug}/thread/{threadSlug}/chats
pub(super) async fn chats(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids((slug, thread_slug)): Ids<(String, String)>,
    Params(params): Params<HistoryParams>,
) -> Result<Answer<History>, Problem> {
    let (limit, order) = params.read()?;
    let (_, thread) = found_thread(&state, &who, &slug, &thread_slug).await?;
    let history = workspaces::history(&state.core, &who, &thread.id, limit, order).await?;
    Ok(Answer(History { history }))
}
