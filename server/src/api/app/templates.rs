//! Templates.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use domain::idempotency::Claim;
use domain::templates;
use serde_json::json;
use types::ErrorCode;
use types::templates::{ChangeTemplateRequest, CreateTemplateRequest, TemplateAnswer, TemplateList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params, TeamPage};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Templates",
        "Prompts that are kept to be used again, with `{{variables}}` to fill in.",
    )
    .get(
        "/api/templates",
        list,
        operation("listTemplates", "List templates")
            .about("The built-in ones, then the others, newest first.")
            .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotTeamMember]),
    )
    .post(
        "/api/templates",
        create,
        operation("createTemplate", "Make a template")
            .sample(json!({ "name": "Translate", "prompt": "Translate into {{language}}:\n\n{{text}}" }))
            .refuses(&[ErrorCode::Forbidden, ErrorCode::NotTeamMember, ErrorCode::Conflict]),
    )
    .patch(
        "/api/templates/{id}",
        change,
        operation("changeTemplate", "Change a template")
            .about("Built-in ones stay as they are.")
            .sample(json!({ "name": "Translate politely" }))
            .refuses(&[ErrorCode::Forbidden]),
    )
    .delete(
        "/api/templates/{id}",
        remove,
        operation("deleteTemplate", "Delete a template").refuses(&[ErrorCode::Forbidden]),
    )
}

/// GET /api/templates
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<TeamPage>,
) -> Result<Answer<TemplateList>, Problem> {
    let (team_id, page) = params.request()?;
    Ok(Answer(
        templates::list(&state.core, &who, team_id.as_deref(), &page).await?,
    ))
}

/// POST /api/templates
pub async fn create(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    extensions: Extensions,
    body: Json<CreateTemplateRequest>,
) -> Result<Created<TemplateAnswer>, Problem> {
    let client = extensions.client(&state);
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        templates::create(&state.core, &caller, value, claim.as_deref(), &client).await
    };
    key.create(&state, &who, &raw, make).await
}

/// PATCH /api/templates/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
    body: Json<ChangeTemplateRequest>,
) -> Result<Answer<TemplateAnswer>, Problem> {
    let client = extensions.client(&state);
    Ok(Answer(TemplateAnswer {
        template: templates::change(&state.core, &who, &id, body.value, &client).await?,
    }))
}

/// DELETE /api/templates/{id}
pub async fn remove(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    let client = extensions.client(&state);
    templates::delete(&state.core, &who, &id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
