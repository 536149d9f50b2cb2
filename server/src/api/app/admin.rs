//! What administrators may change. For anybody else it does not exist.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::Extensions;
use domain::accounts;
use types::accounts::{ManageUserRequest, ManagedUserAnswer};

use crate::AppState;
use crate::api::body::Json;
use crate::api::problem::Problem;
use crate::api::query::Ids;
use crate::auth::{Caller, ClientOf};

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
