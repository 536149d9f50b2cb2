//! How much a request may bring in its head. The server reads more than this, to be able to say so in the API's shape.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use types::{ApiError, ErrorCode};

use crate::api::problem::Problem;

const LONGEST_FIELD: usize = 16 << 10;
const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_TARGET: usize = 8 << 10;

pub(super) async fn check(request: Request, next: Next) -> Response {
    if is_too_long(&request) {
        let error = ApiError::new(ErrorCode::HeadersTooLarge, "The request's headers are too long");
        return Problem::from(error).into_response();
    }
    next.run(request).await
}

fn is_too_long(request: &Request) -> bool {
    let fields = || {
        request
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
    };
    fields().any(|length| length > LONGEST_FIELD)
        || fields().sum::<usize>() > LONGEST_HEAD
        || request
            .uri()
            .path_and_query()
            .is_some_and(|target| target.as_str().len() > LONGEST_TARGET)
}
