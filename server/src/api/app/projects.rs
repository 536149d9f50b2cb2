//! Projects.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use domain::idempotency::Claim;
use domain::projects;
use serde_json::json;
use types::ErrorCode;
use types::projects::{ChangeProjectRequest, CreateProjectRequest, ProjectAnswer, ProjectList};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params, TeamPage};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag("Projects", "Threads gathered under a name, with instructions that are in their prompts.")
        .get(
            "/api/projects",
            list,
            operation("listProjects", "List projects")
                .about("Newest first.")
                .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotTeamMember]),
        )
        .post(
            "/api/projects",
            create,
            operation("createProject", "Make a project")
                .sample(json!({ "name": "Weekend in Lisbon", "color": "teal", "context": "We travel by train and eat no meat." }))
                .refuses(&[ErrorCode::Forbidden, ErrorCode::NotTeamMember, ErrorCode::Conflict]),
        )
        .get("/api/projects/{id}", read, operation("readProject", "Read a project"))
        .patch(
            "/api/projects/{id}",
            change,
            operation("changeProject", "Change a project")
                .about("A field that is absent stays as it is; null puts it back to what it is without one. The slug stays.")
                .sample(json!({ "color": "violet" }))
                .refuses(&[ErrorCode::Forbidden]),
        )
        .delete(
            "/api/projects/{id}",
            remove,
            operation("deleteProject", "Delete a project")
                .about("Its threads stay, outside of any project.")
                .refuses(&[ErrorCode::Forbidden]),
        )
}

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
) -> Result<Created<ProjectAnswer>, Problem> {
    let client = extensions.client(&state);
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        projects::create(&state.core, &caller, value, claim.as_deref(), &client).await
    };
    key.create(&state, &who, &raw, make).await
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
