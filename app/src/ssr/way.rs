//! Where somebody wanted to go before they had to sign in: an invitation is opened by who has no account yet.

use axum::http::{HeaderMap, HeaderValue};
use cookie::time::Duration;

use super::cookies::{SessionCookie, cookie_in, header_value};
use crate::routes::invitation_at;

const COOKIE: &str = "latchkey_way";
/// Long enough to make an account.
const LIFETIME: Duration = Duration::minutes(30);
const LONGEST: usize = 200;

/// A `Set-Cookie` value that remembers the way to a page that is worth it.
pub(super) fn remember(path: &str, cookie: &SessionCookie) -> Option<HeaderValue> {
    leads_there(path).then(|| header_value(&cookie.build(COOKIE, path).max_age(LIFETIME).build()))
}

/// The way that this browser remembers.
pub(super) fn remembered(headers: &HeaderMap) -> Option<String> {
    cookie_in(headers, COOKIE).filter(|path| leads_there(path))
}

/// A `Set-Cookie` value that forgets it.
pub(super) fn forget(cookie: &SessionCookie) -> HeaderValue {
    header_value(&cookie.build(COOKIE, "").max_age(Duration::ZERO).build())
}

/// An invitation on this server and nothing else, whoever wrote the cookie.
fn leads_there(path: &str) -> bool {
    path.len() <= LONGEST
        && invitation_at(path).is_some_and(|token| {
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

#[cfg(test)]
mod tests {
    use super::leads_there;

    #[test]
    fn only_an_invitation_is_remembered() {
        assert!(leads_there("/invite/aB3-_x"));
        for path in [
            "/",
            "/invite/",
            "//evil.example",
            "/invite/../api-keys",
            "/invite/a%2Fb",
            "/invite/a\r\nb",
            "https://evil.example/invite/a",
            &format!("/invite/{}", "a".repeat(200)),
        ] {
            assert!(!leads_there(path), "{path}");
        }
    }
}
