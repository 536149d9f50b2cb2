//! Which models there are.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::models::ModelInfo;
use domain::workspaces::{self, Found};
use domain::{Error, access::Principal};
use types::ErrorCode;
use types::openai::{ModelObject, ModelObjects};

use super::Door;
use crate::AppState;
use crate::api::dialect::envelope;
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::api::query::Ids;
use crate::auth::KeyCaller;

pub(super) fn routes(api: Api) -> Api {
    let one = |id, summary| {
        operation(id, summary)
            .gives(Given::json::<ModelObject>(200, "The model."))
            .refuses(&[ErrorCode::NotFound])
    };
    api.get("/v1/models", list, operation("openAiListModels", "List the models"))
        .get("/v1/models/{id}", read, one("openAiReadModel", "Read a model"))
        .get(
            "/api/v1/openai/models",
            list_workspaces,
            operation("openAiListWorkspaces", "List the workspaces as models"),
        )
        .get(
            "/api/v1/openai/models/{id}",
            read_workspace,
            one("openAiReadWorkspace", "Read a workspace as a model"),
        )
}

/// GET /v1/models
pub(super) async fn list(State(state): State<AppState>, KeyCaller(_): KeyCaller) -> Answer<ModelObjects> {
    listed(state.core.models.list().map(of_model).collect())
}

/// GET /v1/models/{id}
pub(super) async fn read(State(state): State<AppState>, KeyCaller(_): KeyCaller, Ids(id): Ids<String>) -> Response {
    match state.core.models.get(&id) {
        Some(model) => Answer(of_model(model.info())).into_response(),
        None => not_found(&id),
    }
}

/// GET /api/v1/openai/models
pub(super) async fn list_workspaces(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
) -> Result<Answer<ModelObjects>, Problem> {
    let found = workspaces::all(&state.core, &who).await?;
    Ok(listed(found.iter().map(of_workspace).collect()))
}

/// GET /api/v1/openai/models/{id}
pub(super) async fn read_workspace(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
) -> Result<Response, Problem> {
    match workspaces::find(&state.core, &who, &slug).await {
        Err(Error::NotFound(_)) => Ok(not_found(&slug)),
        found => Ok(Answer(of_workspace(&found?)).into_response()),
    }
}

fn listed(data: Vec<ModelObject>) -> Answer<ModelObjects> {
    Answer(ModelObjects {
        object: "list".to_owned(),
        data,
    })
}

fn of_model(info: &ModelInfo) -> ModelObject {
    ModelObject {
        id: info.id.clone(),
        object: "model".to_owned(),
        created: 0,
        owned_by: info.provider.to_owned(),
    }
}

fn of_workspace(workspace: &Found) -> ModelObject {
    ModelObject {
        id: workspace.slug().to_owned(),
        object: "model".to_owned(),
        created: workspace.created_at().seconds(),
        owned_by: "workspace".to_owned(),
    }
}

/// What a request has to go with instead of a model that is not there.
pub(super) fn not_found(id: &str) -> Response {
    let body = envelope(
        &format!("The model `{id}` does not exist or you do not have access to it."),
        "invalid_request_error",
        Some("model"),
        "model_not_found",
    );
    (StatusCode::NOT_FOUND, Answer(body)).into_response()
}

/// The workspace that answers for a door, none where models do; the refusal when there is no such model.
pub(super) async fn behind(
    state: &AppState,
    who: &Principal,
    door: Door,
    model: &str,
) -> Result<Result<Option<Found>, Response>, Problem> {
    match door {
        Door::Models if state.core.models.get(model).is_some() => Ok(Ok(None)),
        Door::Models => Ok(Err(not_found(model))),
        Door::Workspaces => match workspaces::find(&state.core, who, model).await {
            Err(Error::NotFound(_)) => Ok(Err(not_found(model))),
            found => Ok(Ok(Some(found?))),
        },
    }
}
