//! What administrators may see and change. For anybody else it does not exist.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::Extensions;
use domain::accounts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use types::ErrorCode;
use types::accounts::{InstanceStats, ManageUserRequest, ManagedUserAnswer, ManagedUserList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Administration",
        "For administrators, in person. For everybody else it does not exist: 404.",
    )
    .get(
        "/api/admin/users",
        list,
        operation("listUsers", "List accounts")
            .about("Newest first; suspended ones too.")
            .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotFound]),
    )
    .patch(
        "/api/admin/users/{id}",
        manage,
        operation("manageUser", "Change an account")
            .about(
                "Its plan, its role, or whether it is suspended. Takes effect on the next request of its sessions and keys, \
                 and on what is streaming to them. The last administrator can be neither demoted nor suspended.",
            )
            .sample(json!({ "plan": "pro" }))
            .refuses(&[ErrorCode::Conflict]),
    )
    .get(
        "/api/admin/stats",
        stats,
        operation("readStats", "Count what there is").refuses(&[ErrorCode::NotFound]),
    )
}

/// `?q`, beside those of a page.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UserParams {
    #[serde(flatten)]
    page: Page,
    /// A part of the name or the e-mail address.
    #[schemars(length(max = 254))]
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
