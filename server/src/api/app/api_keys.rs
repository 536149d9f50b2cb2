//! A person's API keys. Requests with a key never reach these: the gate's never-list sees to that.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::api_keys;
use types::api_keys::{ApiKeyAccess, ApiKeyAnswer, ApiKeyList, ChangeApiKeyRequest, CreateApiKeyRequest, Success};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// GET /api/api-keys
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(page): Params<Page>,
) -> Result<Answer<ApiKeyList>, Problem> {
    Ok(Answer(api_keys::list(&state.core, &who, &page.request()?).await?))
}

/// POST /api/api-keys
pub async fn create(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    extensions: Extensions,
    body: Json<CreateApiKeyRequest>,
) -> Result<Response, Problem> {
    let claim = match key.turn(&state, &who, &body.raw).await? {
        Turn::Act(claim) => claim,
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
    };
    let client = extensions.client(&state);
    let made = act(&state, claim, |state, claim| async move {
        api_keys::create(&state.core, &who, body.value, claim.as_deref(), &client).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
}

/// PATCH /api/api-keys/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
    body: Json<ChangeApiKeyRequest>,
) -> Result<Answer<ApiKeyAnswer>, Problem> {
    let client = extensions.client(&state);
    let key = api_keys::change(&state.core, &who, &id, body.value, &client).await?;
    Ok(Answer(ApiKeyAnswer { key }))
}

/// DELETE /api/api-keys/{id}
pub async fn revoke(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<Answer<Success>, Problem> {
    api_keys::revoke(&state.core, &who, &id, &extensions.client(&state)).await?;
    Ok(Answer(Success { success: true }))
}

/// GET /api/api-keys/access
pub async fn access(State(state): State<AppState>, Caller(who): Caller) -> Answer<ApiKeyAccess> {
    Answer(api_keys::access(&state.core, &who))
}
