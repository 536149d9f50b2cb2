//! Threads and their messages.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::messages;
use domain::threads::{self, Filter};
use serde::Deserialize;
use types::threads::{
    ChangeThreadRequest, CreateThreadRequest, MessageList, ThreadAnswer, ThreadList, ThreadWithMessagesAnswer,
};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::Caller;

/// `?teamId&projectId&archived`, beside those of a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    #[serde(flatten)]
    page: Page,
    team_id: Option<String>,
    project_id: Option<String>,
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
) -> Result<Response, Problem> {
    let claim = match key.turn(&state, &who, &body.raw).await? {
        Turn::Act(claim) => claim,
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
    };
    let made = act(&state, claim, |state, claim| async move {
        threads::create(&state.core, &who, body.value, claim.as_deref()).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
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
