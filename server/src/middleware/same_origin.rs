//! A browser sends its cookie along whoever made it send the request. So what a cookie lets in, and every server
//! function, must come from our own pages; browsers say so in `Sec-Fetch-Site` and `Origin`, which scripts can't forge.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use types::{ApiError, ErrorCode};

use crate::AppState;
use crate::api::problem::Problem;
use crate::auth::Presented;

pub(crate) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let with_cookie = matches!(request.extensions().get::<Presented>(), Some(Presented::Cookie(_)));
    let server_function = request.uri().path().starts_with("/_fn/");
    // Signing in from another site would sign the visitor in as somebody else.
    let signs_in = request.uri().path().starts_with("/api/auth/") && has_browser_marks(request.headers());
    let guarded = !reads && (with_cookie || server_function || signs_in);
    if guarded && !is_same_origin(request.headers(), &state.public_url) {
        let error = ApiError::new(
            ErrorCode::CrossOrigin,
            "This request must come from this server's own pages",
        );
        return Problem::from(error).into_response();
    }
    next.run(request).await
}

fn has_browser_marks(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let own_host = origin
                .split_once("://")
                .map(|(_, host)| host)
                .is_some_and(|host| text("host") == Some(host));
            own_host || origin == public_url
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_the_same_origin() {
        for (fields, expected) in [
            (
                &[("sec-fetch-site", "same-origin"), ("origin", "http://evil.example")][..],
                true,
            ),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (
                &[("origin", "http://chat.local:3000"), ("host", "chat.local:3000")],
                true,
            ),
            (&[("origin", "https://chat.example"), ("host", "inside:80")], true),
            (&[("origin", "http://evil.example"), ("host", "chat.local:3000")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[("host", "chat.local:3000")], false),
        ] {
            let headers: HeaderMap = fields
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_same_origin(&headers, "https://chat.example"), expected, "{fields:?}");
        }
    }
}
