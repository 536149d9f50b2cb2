//! Errors as the API answers them. The body is written by the middleware that knows the request id; here the reason
//! becomes a status, and a fault of ours one line in the log.

use std::time::Duration;

use app::ssr::status;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::Error;
use domain::rate::{Allowance, Exceeded};
use types::{ApiError, ErrorCode, FieldError};

use super::rate_limit::{self, Window};

/// A failed request.
#[derive(Debug)]
pub struct Problem {
    error: Box<ApiError>,
    retry_after: Option<Duration>,
    exceeded: Option<(&'static str, Exceeded)>,
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

    /// The sentence for a person.
    pub(crate) fn sentence(&self) -> &str {
        &self.error.error
    }

    /// The reason.
    pub(crate) fn code(&self) -> ErrorCode {
        self.error.code
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self {
            error: Box::new(error),
            retry_after: None,
            exceeded: None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Database(_) | Error::Internal(_)) {
            tracing::error!(%error, "a request failed");
        }
        Self {
            error: Box::new(error.to_api()),
            retry_after: error.retry_after(),
            exceeded: error.exceeded(),
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
        if let Some((name, exceeded)) = self.exceeded {
            let none = Allowance {
                limit: exceeded.limit,
                remaining: 0,
            };
            rate_limit::tell(response.headers_mut(), name, none, Window::of(name, exceeded));
        }
        response.extensions_mut().insert(*self.error);
        response
    }
}

/// What is not there.
pub async fn unknown() -> Problem {
    ApiError::new(ErrorCode::NotFound, "Not found").into()
}
