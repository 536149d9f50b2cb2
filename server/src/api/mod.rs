//! The REST API: one folder a dialect, and what they share.

pub mod app;
pub mod body;
mod health;
pub mod idempotent;
pub mod problem;
pub mod query;
pub(crate) mod rate_limit;
pub mod sse;

use axum::Router;
use axum::routing::{any, get};

use crate::AppState;

/// Every route of the API. An unknown path below its roots is an error of the API, not a page.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(app::routes())
        .route("/api/health", get(health::health))
        .route("/api", any(problem::unknown))
        .route("/api/", any(problem::unknown))
        .route("/api/{*rest}", any(problem::unknown))
        .route("/v1", any(problem::unknown))
        .route("/v1/", any(problem::unknown))
        .route("/v1/{*rest}", any(problem::unknown))
}
