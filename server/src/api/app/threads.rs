//! Threads and their messages.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use domain::idempotency::Claim;
use domain::messages;
use domain::threads::{self, Filter};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use types::ErrorCode;
use types::threads::{
    ChangeThreadRequest, CreateThreadRequest, MessageList, ThreadAnswer, ThreadList, ThreadWithMessagesAnswer,
};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::Caller;

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag("Threads", "Conversations and the messages in them.")
        .get(
            "/api/threads",
            list,
            operation("listThreads", "List threads")
                .about("Newest activity first.")
                .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotFound, ErrorCode::NotTeamMember]),
        )
        .post(
            "/api/threads",
            create,
            operation("createThread", "Make a thread")
                .sample(json!({ "title": "A weekend in Lisbon" }))
                .refuses(&[ErrorCode::Forbidden, ErrorCode::NotFound, ErrorCode::NotTeamMember]),
        )
        .get(
            "/api/threads/{id}",
            read,
            operation("readThread", "Read a thread")
                .about("With its newest 50 messages in their order; `messagesCursor` leads to older ones."),
        )
        .patch(
            "/api/threads/{id}",
            change,
            operation("changeThread", "Change a thread")
                .about("A field that is absent stays as it is. A `projectId` of null takes it out of its project.")
                .sample(json!({ "title": "A long weekend in Lisbon", "pinned": true }))
                .refuses(&[ErrorCode::Forbidden]),
        )
        .delete(
            "/api/threads/{id}",
            remove,
            operation("deleteThread", "Delete a thread")
                .about("With everything in it, for good.")
                .refuses(&[ErrorCode::Forbidden]),
        )
        .get(
            "/api/threads/{id}/messages",
            list_messages,
            operation("listMessages", "List the messages of a thread")
                .about("Page by page back in time; within a page the oldest first.")
                .refuses(&[ErrorCode::InvalidCursor]),
        )
        .delete(
            "/api/threads/{id}/messages/{messageId}",
            remove_message,
            operation("deleteMessage", "Delete a message").refuses(&[ErrorCode::Forbidden, ErrorCode::Conflict]),
        )
}

/// `?teamId&projectId&archived`, beside those of a page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    #[serde(flatten)]
    page: Page,
    /// Of this team, rather than the caller's own; a team key's own team takes its place.
    team_id: Option<String>,
    /// In this project.
    project_id: Option<String>,
    /// The archived ones, rather than the others.
    #[schemars(extend("enum" = ["true", "false", "1", "0", ""]))]
    archived: Option<String>,
}

/// GET /api/threads
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<ListParams>,
) -> Result<Answer<ThreadList>, Problem> {
    let archived = match params.archived.as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1" | "") => true,
        Some(_) => return Err(Problem::invalid("archived", "archived is true or false")),
    };
    let filter = Filter {
        team_id: params.team_id,
        project_id: params.project_id,
        archived,
    };
    Ok(Answer(
        threads::list(&state.core, &who, &filter, &params.page.request()?).await?,
    ))
}

/// POST /api/threads
pub async fn create(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    body: Json<CreateThreadRequest>,
) -> Result<Created<ThreadAnswer>, Problem> {
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        threads::create(&state.core, &caller, value, claim.as_deref()).await
    };
    key.create(&state, &who, &raw, make).await
}

/// GET /api/threads/{id}
pub async fn read(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<Answer<ThreadWithMessagesAnswer>, Problem> {
    Ok(Answer(ThreadWithMessagesAnswer {
        thread: threads::read(&state.core, &who, &id).await?,
    }))
}

/// PATCH /api/threads/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    body: Json<ChangeThreadRequest>,
) -> Result<Answer<ThreadAnswer>, Problem> {
    Ok(Answer(ThreadAnswer {
        thread: threads::change(&state.core, &who, &id, body.value).await?,
    }))
}

/// DELETE /api/threads/{id}
pub async fn remove(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<StatusCode, Problem> {
    threads::delete(&state.core, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// GET /api/threads/{id}/messages
pub async fn list_messages(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    Params(page): Params<Page>,
) -> Result<Answer<MessageList>, Problem> {
    Ok(Answer(messages::list(&state.core, &who, &id, &page.request()?).await?))
}

/// DELETE /api/threads/{id}/messages/{messageId}
pub async fn remove_message(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids((id, message_id)): Ids<(String, String)>,
) -> Result<StatusCode, Problem> {
    messages::delete(&state.core, &who, &id, &message_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
