//! Errors as the API answers them. The body is written by the middleware that knows the request id; here the reason
//! becomes a status, and a fault of ours one line in the log.

use app::ssr::status;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::Error;
use types::{ApiError, ErrorCode, FieldError};

/// A failed request.
#[derive(Debug)]
pub struct Problem {
    error: ApiError,
    retry_after: Option<std::time::Duration>,
}

impl Problem {
    /// The body is not what it must be.
    pub fn malformed(sentence: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::MalformedRequest, sentence).into()
    }

    /// A query parameter or field has a value it can't have.
    pub fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        let mut error = ApiError::new(ErrorCode::InvalidRequest, sentence.clone());
        error.fields.push(FieldError::new(field, sentence));
        error.into()
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Database(_) | Error::Internal(_)) {
            tracing::error!(%error, "a request failed");
        }
        Self {
            error: error.to_api(),
            retry_after: error.retry_after(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status(self.error.code).into_response();
        if let Some(wait) = self.retry_after {
            // Rounded up: a second too early would only be refused again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(self.error);
        response
    }
}

/// What is not there.
pub async fn unknown() -> Problem {
    ApiError::new(ErrorCode::NotFound, "Not found").into()
}
