//! Templates.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::templates;
use types::templates::{ChangeTemplateRequest, CreateTemplateRequest, TemplateAnswer, TemplateList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params, TeamPage};
use crate::auth::Caller;

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
    body: Json<CreateTemplateRequest>,
) -> Result<Response, Problem> {
    let claim = match key.turn(&state, &who, &body.raw).await? {
        Turn::Act(claim) => claim,
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
    };
    let made = act(&state, claim, |state, claim| async move {
        templates::create(&state.core, &who, body.value, claim.as_deref()).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
}

/// PATCH /api/templates/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    body: Json<ChangeTemplateRequest>,
) -> Result<Answer<TemplateAnswer>, Problem> {
    Ok(Answer(TemplateAnswer {
        template: templates::change(&state.core, &who, &id, body.value).await?,
    }))
}

/// DELETE /api/templates/{id}
pub async fn remove(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<StatusCode, Problem> {
    templates::delete(&state.core, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
