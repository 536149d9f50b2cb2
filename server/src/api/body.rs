//! Bodies: read within limits of size and time, and understood as JSON or refused with the reason.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use types::{ApiError, ErrorCode};

use super::problem::Problem;
use crate::AppState;

const READ: Duration = Duration::from_secs(30);

/// A JSON body, and the bytes it came in.
#[derive(Debug)]
pub struct Json<T> {
    /// What the bytes say.
    pub value: T,
    /// The bytes, to tell a repeated request by.
    pub raw: Bytes,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let error = ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "Send the body as JSON, with Content-Type: application/json",
            );
            return Err(error.into());
        }
        Self::parse(read(request, state).await?)
    }
}

impl<T: DeserializeOwned> Json<T> {
    fn parse(raw: Bytes) -> Result<Self, Problem> {
        let value = serde_json::from_slice(&raw).map_err(|error| Problem::malformed(explain(&error)))?;
        // serde would read an array as the fields in the order in which they happen to be declared.
        if !raw.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::malformed("The body does not fit: a JSON object is expected"));
        }
        Ok(Self { value, raw })
    }
}

/// A JSON body, also where its type says that it is text or says nothing: programs written for other servers send it so.
#[derive(Debug)]
pub struct Lenient<T>(pub Json<T>);

impl<T: DeserializeOwned> FromRequest<AppState> for Lenient<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let is_text = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/plain"));
        if is_text {
            return Json::parse(read(request, state).await?).map(Self);
        }
        Json::from_request(request, state).await.map(Self)
    }
}

/// A JSON body that may be left out: without one, and without a word on its type, everything is as by default.
#[derive(Debug)]
pub struct Optional<T>(pub Json<T>);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let headers = request.headers();
        let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !headers.contains_key(header::CONTENT_TYPE);
        if empty {
            return Ok(Self(Json {
                value: T::default(),
                raw: Bytes::new(),
            }));
        }
        Json::from_request(request, state).await.map(Self)
    }
}

/// Reads a whole body, within the limits of size and time.
pub(crate) async fn read(request: Request, state: &AppState) -> Result<Bytes, Problem> {
    match tokio::time::timeout(READ, Bytes::from_request(request, state)).await {
        Ok(Ok(raw)) => Ok(raw),
        Ok(Err(rejection)) => Err(refused(rejection, state)),
        Err(_) => Err(ApiError::new(ErrorCode::RequestTimeout, "The body took too long to arrive").into()),
    }
}

fn refused(rejection: BytesRejection, state: &AppState) -> Problem {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = state.core.config.limits.max_body_bytes;
        return ApiError::new(
            ErrorCode::BodyTooLarge,
            format!("The body is too long: at most {most} bytes"),
        )
        .into();
    }
    Problem::malformed("The body could not be read")
}

/// serde's own words, which name the field and the place, without Rust's names for types.
fn explain(error: &serde_json::Error) -> String {
    if error.is_data() {
        format!("The body does not fit: {error}")
    } else {
        format!("The body is not JSON: {error}")
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
        })
}
