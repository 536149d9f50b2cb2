//! An id for each request, in its answer, in its error and in its line of the log.

use axum::extract::Request;
use axum::http::{Extensions, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const HEADER: &str = "x-request-id";
const LONGEST: usize = 128;

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text; empty outside the middleware.
    pub fn of(extensions: &Extensions) -> String {
        extensions
            .get::<Self>()
            .map_or_else(String::new, |id| id.as_str().to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Takes the caller's id over when it is sane, and makes one otherwise.
pub(super) async fn give(mut request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(HEADER)
        .filter(|id| is_sane(id.as_bytes()))
        .cloned();
    let id = given.or_else(|| HeaderValue::from_str(&domain::clock::new_id()).ok());
    let Some(id) = id else { return next.run(request).await };
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, id);
    response
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}
