//! The models there are.

use axum::Json as Answer;
use axum::extract::State;
use domain::models::overview;
use types::models::ModelsAnswer;

use crate::AppState;
use crate::api::openapi::{Api, operation};
use crate::auth::Caller;

/// Their route.
pub fn routes(api: Api) -> Api {
    api.tag("Models", "Who can answer.").get(
        "/api/models",
        list,
        operation("listModels", "List models").about(
            "In the order of the configuration, with how each one's server last did: in its answers, and when it was asked in \
             the background.",
        ),
    )
}

/// GET /api/models
pub async fn list(State(state): State<AppState>, Caller(_): Caller) -> Answer<ModelsAnswer> {
    Answer(overview(&state.core))
}
