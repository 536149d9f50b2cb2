//! Whether the server can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::AppState;

pub(super) async fn health(State(state): State<AppState>) -> Response {
    let answers = state.core.db.ping().await;
    if let Err(error) = &answers {
        tracing::error!(%error, "the database does not answer");
    }
    let (status, word) = if answers.is_ok() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    let body = json!({
        "status": word,
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeSeconds": state.started.elapsed().as_secs(),
    });
    let mut response = (status, Json(body)).into_response();
    if answers.is_err() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
