//! What a request may bring in its head, and how much. The server reads more than this, to be able to say so in the API's shape.

use axum::extract::Request;
use axum::http::header;
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
    // RFC 9112, section 3.2: who is asked must not depend on which of two a proxy looked at.
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return Problem::malformed("The request names more than one host").into_response();
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
