//! Cookies: the session's, and reading those of the request.

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use cookie::{Cookie, CookieBuilder, SameSite, time::Duration};
use leptos::prelude::use_context;
use types::settings::ThemePreference;

use crate::contexts::theme::Theme;

const THEME_LIFETIME: Duration = Duration::days(365);

/// How the cookie that holds a session is written.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    /// True when this server is reached over https: the cookie is then bound to the host and never sent in the clear.
    pub secure: bool,
}

impl SessionCookie {
    /// The cookie's name.
    pub fn name(&self) -> &'static str {
        if self.secure {
            "__Host-latchkey_session"
        } else {
            "latchkey_session"
        }
    }

    /// A `Set-Cookie` value that signs in for `max_age_seconds`.
    pub fn set(&self, token: &str, max_age_seconds: i64) -> HeaderValue {
        header_value(
            &self
                .build(self.name(), token)
                .max_age(Duration::seconds(max_age_seconds))
                .build(),
        )
    }

    /// A `Set-Cookie` value that signs out.
    pub fn clear(&self) -> HeaderValue {
        self.set("", 0)
    }

    /// A `Set-Cookie` value that keeps the colours in this browser, so that the server renders the right ones. Scripts may
    /// read and write it: it says nothing about who is here.
    pub fn theme(&self, theme: ThemePreference) -> HeaderValue {
        header_value(
            &self
                .build(Theme::COOKIE, theme.as_str())
                .http_only(false)
                .max_age(THEME_LIFETIME)
                .build(),
        )
    }

    /// A cookie with the attributes that all of ours have: out of reach of scripts, of other sites and, over https, of
    /// anybody on the way.
    pub(super) fn build<'c>(&self, name: &'c str, value: &'c str) -> CookieBuilder<'c> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
    }
}

/// A `Set-Cookie` value. Name and value are percent-encoded.
pub(super) fn header_value(cookie: &Cookie<'_>) -> HeaderValue {
    // Percent-encoded text is ASCII without control characters: always a header value.
    HeaderValue::try_from(cookie.encoded().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The value of a cookie in the present request, decoded.
pub(crate) fn cookie_of_request(name: &str) -> Option<String> {
    cookie_in(&use_context::<Parts>()?.headers, name)
}

/// The value of the first cookie with that name, decoded.
pub(super) fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse_encoded)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_has_its_attributes() {
        let plain = SessionCookie { secure: false }.set("abc", 60);
        assert_eq!(
            plain,
            "latchkey_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"
        );
        let secure = SessionCookie { secure: true }.set("abc", 60);
        assert_eq!(
            secure,
            "__Host-latchkey_session=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
    }

    #[test]
    fn the_colours_stay_for_a_year_where_scripts_can_reach_them() {
        let plain = SessionCookie { secure: false }.theme(ThemePreference::Dark);
        assert_eq!(plain, "theme=dark; SameSite=Lax; Path=/; Max-Age=31536000");
        let secure = SessionCookie { secure: true }.theme(ThemePreference::System);
        assert_eq!(secure, "theme=system; SameSite=Lax; Secure; Path=/; Max-Age=31536000");
    }

    #[test]
    fn clearing_ends_the_cookie_at_once() {
        let cleared = SessionCookie { secure: false }.clear();
        assert_eq!(cleared, "latchkey_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }

    #[test]
    fn cookies_are_found_among_others_and_decoded() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; theme=dark"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=%7B%22x%22%3A1%7D; broken"));
        assert_eq!(cookie_in(&headers, "theme").as_deref(), Some("dark"));
        assert_eq!(cookie_in(&headers, "b").as_deref(), Some("{\"x\":1}"));
        assert_eq!(cookie_in(&headers, "c"), None);
    }
}
