//! A person's API keys. Requests with a key never reach these: the gate's never-list sees to that.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::Extensions;
use domain::api_keys;
use domain::idempotency::Claim;
use serde_json::json;
use types::ErrorCode;
use types::api_keys::{
    ApiKeyAccess, ApiKeyAnswer, ApiKeyList, ChangeApiKeyRequest, CreateApiKeyRequest, CreatedApiKey, Success,
};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "API keys",
        "Keys for programs. They are made and taken back by people: a key can't make another.",
    )
    .get(
        "/api/api-keys",
        list,
        operation("listApiKeys", "List my keys")
            .about("Newest first. Expired keys stay listed, revoked ones do not. The secret is not in it.")
            .refuses(&[ErrorCode::InvalidCursor, ErrorCode::PlanNotAllowed]),
    )
    .post(
        "/api/api-keys",
        create,
        operation("createApiKey", "Make a key")
            .about(
                "The answer carries the whole key as `secret`, once and never again. A key with a `teamId` acts inside that \
                 team only; one without is personal and sees nothing of any team.",
            )
            .sample(json!({ "name": "My CLI Tool", "expiresAt": "2030-12-31T23:59:59Z" }))
            .refuses(&[
                ErrorCode::PlanNotAllowed,
                ErrorCode::NotTeamMember,
                ErrorCode::KeyLimitReached,
                ErrorCode::SecretShownOnce,
            ]),
    )
    .patch(
        "/api/api-keys/{id}",
        change,
        operation("changeApiKey", "Rename a key or move its expiry")
            .sample(json!({ "name": "Nightly report" }))
            .refuses(&[ErrorCode::PlanNotAllowed]),
    )
    .delete(
        "/api/api-keys/{id}",
        revoke,
        operation("revokeApiKey", "Revoke a key")
            .about("Takes effect on the next request, and within a second on what is streaming."),
    )
    .get(
        "/api/api-keys/access",
        access,
        operation("readApiKeyAccess", "May I have keys?"),
    )
}

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
) -> Result<Created<CreatedApiKey>, Problem> {
    let client = extensions.client(&state);
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        api_keys::create(&state.core, &caller, value, claim.as_deref(), &client).await
    };
    key.create(&state, &who, &raw, make).await
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
