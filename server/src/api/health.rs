//! Whether the server can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::{Api, Given, operation};
use crate::AppState;

/// How the server is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// Whether the database answers.
    status: Condition,
    /// The version of Latchkey.
    version: &'static str,
    /// Seconds since the server was started.
    uptime_seconds: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Condition {
    /// It does.
    Ok,
    /// It does not.
    Unavailable,
}

/// Its route.
pub(super) fn routes(api: Api) -> Api {
    api.tag("Server", "The server itself; nobody has to say who they are.")
        .get(
            "/api/health",
            health,
            operation("health", "Is the server well?")
                .gives(Given::json::<Health>(200, "It can do its work."))
                .gives(Given::json::<Health>(503, "The database does not answer.").with("Retry-After")),
        )
}

async fn health(State(state): State<AppState>) -> Response {
    let answers = state.core.db.ping().await;
    if let Err(error) = &answers {
        tracing::error!(%error, "the database does not answer");
    }
    let (code, status) = if answers.is_ok() {
        (StatusCode::OK, Condition::Ok)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Condition::Unavailable)
    };
    let body = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: state.started.elapsed().as_secs(),
    };
    let mut response = (code, Json(body)).into_response();
    if answers.is_err() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
