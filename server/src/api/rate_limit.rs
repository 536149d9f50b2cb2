//! The header fields that tell callers of their limits (draft-ietf-httpapi-ratelimit-headers).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::rate::Allowance;

/// Tells what is left of a limit, which is always so many a minute.
pub(crate) fn tell(headers: &mut HeaderMap, name: &str, Allowance { limit, remaining }: Allowance) {
    let policy = format!("\"{name}\";q={limit};w=60");
    let left = format!("\"{name}\";r={remaining};t=60");
    for (field, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(field), value);
        }
    }
}
