//! Projects.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::projects;
use types::projects::{ChangeProjectRequest, CreateProjectRequest, ProjectAnswer, ProjectList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params, TeamPage};
use crate::auth::{Caller, ClientOf};

/// GET /api/projects
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<TeamPage>,
) -> Result<Answer<ProjectList>, Problem> {
    let (team_id, page) = params.request()?;
    Ok(Answer(
        projects::list(&state.core, &who, team_id.as_deref(), &page).await?,
    ))
}

/// POST /api/projects
pub async fn create(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    extensions: Extensions,
    body: Json<CreateProjectRequest>,
) -> Result<Response, Problem> {
    let claim = match key.turn(&state, &who, &body.raw).await? {
        Turn::Act(claim) => claim,
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
    };
    let client = extensions.client(&state);
    let made = act(&state, claim, |state, claim| async move {
        projects::create(&state.core, &who, body.value, claim.as_deref(), &client).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
}

/// GET /api/projects/{id}
pub async fn read(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<Answer<ProjectAnswer>, Problem> {
    Ok(Answer(ProjectAnswer {
        project: projects::read(&state.core, &who, &id).await?,
    }))
}

/// PATCH /api/projects/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
    body: Json<ChangeProjectRequest>,
) -> Result<Answer<ProjectAnswer>, Problem> {
    let client = extensions.client(&state);
    let project = projects::change(&state.core, &who, &id, body.value, &client).await?;
    Ok(Answer(ProjectAnswer { project }))
}

/// DELETE /api/projects/{id}
pub async fn remove(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    projects::delete(&state.core, &who, &id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}
