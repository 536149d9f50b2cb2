//! The REST API: one folder a dialect, and what they share.

pub mod answering;
pub mod app;
pub mod body;
pub mod dialect;
mod form;
mod health;
pub mod idempotent;
pub mod openai;
pub mod openapi;
pub mod problem;
pub mod query;
pub(crate) mod rate_limit;
mod reference;
pub mod sse;
pub mod upload;
pub mod workspace;

use std::sync::Arc;

use axum::routing::any;
use axum::{Extension, Router};

use crate::AppState;

/// Every route of the API. An unknown path below its roots is an error of the API, not a page.
#[expect(
    clippy::disallowed_methods,
    reason = "what is not there needs no description; everything else comes from the table"
)]
pub fn routes(state: &AppState) -> Router<AppState> {
    let api = openai::routes(workspace::routes(app::routes(openapi::Api::default())));
    let api = reference::routes(health::routes(api));
    let (routes, document) = api.finish(state);
    routes
        .layer(Extension(Arc::new(document)))
        .route("/api", any(problem::unknown))
        .route("/api/", any(problem::unknown))
        .route("/api/{*rest}", any(problem::unknown))
        .route("/v1", any(problem::unknown))
        .route("/v1/", any(problem::unknown))
        .route("/v1/{*rest}", any(problem::unknown))
}
