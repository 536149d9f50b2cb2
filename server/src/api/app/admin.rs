//! What administrators may see and change. For anybody else it does not exist.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::Extensions;
use domain::accounts;
use serde::Deserialize;
use types::accounts::{InstanceStats, ManageUserRequest, ManagedUserAnswer, ManagedUserList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// `?q`, beside those of a page.
#[derive(Debug, Deserialize)]
pub struct UserParams {
    #[serde(flatten)]
    page: Page,
    q: Option<String>,
}

/// GET /api/admin/users
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<UserParams>,
) -> Result<Answer<ManagedUserList>, Problem> {
    let page = params.page.request()?;
    let users = accounts::find(&state.core, &who, params.q.as_deref(), &page).await?;
    Ok(Answer(users))
}

/// GET /api/admin/stats
pub async fn stats(State(state): State<AppState>, Caller(who): Caller) -> Result<Answer<InstanceStats>, Problem> {
    Ok(Answer(accounts::stats(&state.core, &who).await?))
}

/// PATCH /api/admin/users/{id}
pub async fn manage(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
    body: Json<ManageUserRequest>,
) -> Result<Answer<ManagedUserAnswer>, Problem> {
    let client = extensions.client(&state);
    let user = accounts::manage(&state.core, &who, &id, body.value, &client).await?;
    Ok(Answer(ManagedUserAnswer { user }))
}
