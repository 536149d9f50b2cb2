//! Which credential a request presents. A bearer, good or bad, is judged alone: the cookie beside it doesn't count.

use axum::http::{HeaderMap, HeaderValue, header};
use domain::accounts::tokens::looks_like_token;

/// What is in the headers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Nothing that Latchkey knows.
    None,
    /// A session cookie.
    Cookie(String),
    /// A bearer with the shape of a JSON Web Token.
    Token(String),
    /// Any other bearer is judged as an API key; none when there is more than one `Authorization` header or the bearer
    /// is no plain text.
    Key(Option<String>),
}

/// Another scheme is not ours (a proxy's Basic, say) and leaves the cookie to speak.
pub(super) fn of(headers: &HeaderMap, cookie_name: &str) -> Credential {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    match (authorizations.next(), authorizations.next()) {
        (None, _) => cookie(headers, cookie_name),
        (Some(_), Some(_)) => Credential::Key(None),
        (Some(only), None) => match bearer(only) {
            Bearer::Other => cookie(headers, cookie_name),
            Bearer::Unreadable => Credential::Key(None),
            Bearer::Text(token) if looks_like_token(token) => Credential::Token(token.to_owned()),
            Bearer::Text(token) => Credential::Key(Some(token.to_owned())),
        },
    }
}

enum Bearer<'h> {
    Text(&'h str),
    Unreadable,
    Other,
}

/// The scheme in any case, one or more spaces, the token (RFC 9110, section 11.4).
fn bearer(value: &HeaderValue) -> Bearer<'_> {
    const SCHEME: &[u8] = b"bearer";
    let bytes = value.as_bytes();
    let is_bearer = bytes
        .get(..SCHEME.len())
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
        && matches!(bytes.get(SCHEME.len()), None | Some(b' ' | b'\t'));
    if !is_bearer {
        return Bearer::Other;
    }
    match value.to_str() {
        Ok(text) => Bearer::Text(text.get(SCHEME.len()..).unwrap_or_default().trim_start_matches(' ')),
        Err(_) => Bearer::Unreadable,
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Credential {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(cookie::Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == name && !cookie.value().is_empty())
        .map_or(Credential::None, |cookie| Credential::Cookie(cookie.value().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_bearer_alone_counts_and_everything_else_leaves_the_cookie() {
        let key = || Credential::Key(Some("sk-1".to_owned()));
        for (fields, expected) in [
            (&[][..], Credential::None),
            (&[("cookie", "a=b; s=token")], Credential::Cookie("token".to_owned())),
            (&[("cookie", "s=")], Credential::None),
            (&[("authorization", "Bearer sk-1"), ("cookie", "s=token")], key()),
            (&[("authorization", "bEARER   sk-1")], key()),
            (&[("authorization", "Bearer")], Credential::Key(Some(String::new()))),
            (
                &[("authorization", "Bearer ey.a.b")],
                Credential::Token("ey.a.b".to_owned()),
            ),
            (
                &[("authorization", "Bearer ey-sk")],
                Credential::Key(Some("ey-sk".to_owned())),
            ),
            (
                &[("authorization", "Basic eDp5"), ("cookie", "s=token")],
                Credential::Cookie("token".to_owned()),
            ),
            (&[("authorization", "Bearersk-1")], Credential::None),
            (&[("authorization", "sk-1")], Credential::None),
        ] {
            assert_eq!(of(&headers(fields), "s"), expected, "{fields:?}");
        }
    }

    #[test]
    fn two_headers_are_no_credential_and_no_anonymity_either() {
        let mut two = headers(&[("authorization", "Bearer sk-1"), ("cookie", "s=token")]);
        two.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer sk-1"));
        assert_eq!(of(&two, "s"), Credential::Key(None));
    }
}
