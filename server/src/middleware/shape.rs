//! One shape for every error of the API, wherever it came from; with the request id in it.

use std::any::Any;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use types::{ApiError, ErrorCode};

use super::request_id::RequestId;
use crate::api::dialect::Dialect;
use crate::api::problem::Problem;

/// Whether a path belongs to programs rather than to pages.
pub(super) fn is_api(path: &str) -> bool {
    ["/api", "/v1"].iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

pub(super) async fn errors(request: Request, next: Next) -> Response {
    let id = RequestId::of(request.extensions());
    let api = is_api(request.uri().path());
    let dialect = Dialect::of(request.uri().path());
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => Some(error),
        None if api && !is_json(&response) => unshaped(response.status()),
        None => None,
    };
    let Some(mut error) = error else { return response };
    error.request_id = Some(id);
    let status = dialect.status(error.code, response.status());
    let Ok(body) = dialect.bytes(&error, response.status()) else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    parts.status = status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::UNAUTHORIZED {
        parts
            .headers
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Response::from_parts(parts, Body::from(body))
}

/// Only handlers write JSON, and they have said what they mean.
fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes() == b"application/json")
}

/// What the router and the libraries below it answer by themselves.
fn unshaped(status: StatusCode) -> Option<ApiError> {
    let (code, sentence) = match status {
        StatusCode::METHOD_NOT_ALLOWED => (
            ErrorCode::MethodNotAllowed,
            "This method is not allowed here; the Allow header names those that are",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::BodyTooLarge, "The body is too long"),
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "Not found"),
        status if status.is_client_error() => (ErrorCode::MalformedRequest, "The request is malformed"),
        status if status.is_server_error() => (
            ErrorCode::Internal,
            "Something went wrong on our side. Please try again.",
        ),
        _ => return None,
    };
    Some(ApiError::new(code, sentence))
}

/// A panic in a handler is an answer like any other fault of ours; the process lives.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub(super) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let what = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(what, "a handler panicked");
    let error = ApiError::new(
        ErrorCode::Internal,
        "Something went wrong on our side. Please try again.",
    );
    Problem::from(error).into_response()
}
