//! Tries a key out: a real request from the browser, with nothing but the key.

use leptos::prelude::window;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::Reflect;
use leptos::web_sys::{Headers, RequestCredentials, RequestInit, Response};
use wasm_bindgen_futures::JsFuture;

/// Paths that can be read without leaving a trace: what to ask for, and what a key must be allowed to call for it.
const HARMLESS: [(&str, &str); 2] = [
    ("/api/threads?limit=1", "/api/threads"),
    ("/api/user/settings", "/api/user/settings"),
];

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// The server answered this path.
    Works(&'static str),
    /// The server refused, and says why.
    Refused(String),
    /// There was no answer.
    Unreachable,
}

/// Something that a key may read under these patterns: what to ask for, and its path.
pub fn harmless(patterns: &[String]) -> Option<(&'static str, &'static str)> {
    HARMLESS
        .into_iter()
        .find(|(_, path)| patterns.iter().any(|pattern| matches(pattern, path)))
}

/// The patterns of the allow-list: `*` is one segment, `/**` at the end the path itself and everything below.
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(base) = pattern.strip_suffix("/**") {
        let depth = base.split('/').count();
        let beginning: Vec<_> = path.split('/').take(depth).collect();
        return matches(base, &beginning.join("/"));
    }
    let mut segments = path.split('/');
    pattern.split('/').all(|wanted| match segments.next() {
        Some("") => wanted.is_empty(),
        Some(segment) => wanted == "*" || wanted == segment,
        None => false,
    }) && segments.next().is_none()
}

/// Asks for something with a key. The session's cookie stays at home, so that only the key can open the door.
pub async fn try_key(secret: &str, ask_for: &str, path: &'static str) -> Trial {
    match ask(secret, ask_for).await {
        Ok(None) => Trial::Works(path),
        Ok(Some(why)) => Trial::Refused(why),
        Err(_) => Trial::Unreachable,
    }
}

async fn ask(secret: &str, address: &str) -> Result<Option<String>, JsValue> {
    let headers = Headers::new()?;
    headers.set("Authorization", &("Bearer ".to_owned() + secret))?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    request.set_credentials(RequestCredentials::Omit);
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, &request)).await?;
    let answer: Response = answer.dyn_into()?;
    if answer.ok() {
        return Ok(None);
    }
    let status = answer.status();
    let sentence = match answer.json() {
        Ok(body) => JsFuture::from(body).await.ok(),
        Err(_) => None,
    }
    .and_then(|body| Reflect::get(&body, &"error".into()).ok()?.as_string());
    Ok(Some(sentence.unwrap_or_else(|| {
        "The server answered ".to_owned() + &status.to_string() + "."
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_allows_what_the_server_allows() {
        for (pattern, path, expected) in [
            ("/api/threads", "/api/threads", true),
            ("/api/threads", "/api/threads/1", false),
            ("/api/threads/*", "/api/threads", false),
            ("/api/threads/*", "/api/threads/1", true),
            ("/api/threads/*", "/api/threads/1/messages", false),
            ("/api/threads/**", "/api/threads", true),
            ("/api/threads/**", "/api/threads/1/messages", true),
            ("/api/threads/**", "/api/threadsx", false),
            ("/api/**", "/api/threads", true),
            ("/api/*", "/api/threads", true),
            ("/api/*", "/api/user/settings", false),
            ("/*/threads/**", "/api/threads/1", true),
            ("/v1/**", "/api/threads", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn only_what_leaves_no_trace_is_asked_for() {
        let path = |patterns: &[&str]| {
            let patterns: Vec<_> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            harmless(&patterns).map(|(_, path)| path)
        };
        assert_eq!(path(&["/api/chat"]), None);
        assert_eq!(path(&[]), None);
        assert_eq!(path(&["/api/chat", "/api/threads/**"]), Some("/api/threads"));
        assert_eq!(path(&["/api/user/settings"]), Some("/api/user/settings"));
    }
}
