//! The header fields that tell callers of their limits (draft-ietf-httpapi-ratelimit-headers).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::rate::{Allowance, Exceeded};

/// Over what a limit counts, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// How long it is.
    pub(crate) length: u64,
    /// How long it is until what was used counts no more.
    pub(crate) reset: u64,
}

impl Window {
    /// Most limits are so many a minute.
    pub(crate) const MINUTE: Self = Self { length: 60, reset: 60 };
    const MONTH: u64 = 31 * 86_400;

    /// The window of a limit that was exceeded.
    pub(crate) fn of(name: &str, exceeded: Exceeded) -> Self {
        match name {
            "month" => Self {
                length: Self::MONTH,
                reset: exceeded.wait.as_secs(),
            },
            _ => Self::MINUTE,
        }
    }
}

/// Tells what is left of a limit.
pub(crate) fn tell(headers: &mut HeaderMap, name: &str, allowance: Allowance, window: Window) {
    let Allowance { limit, remaining } = allowance;
    let policy = format!("\"{name}\";q={limit};w={}", window.length);
    let left = format!("\"{name}\";r={remaining};t={}", window.reset);
    for (field, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(field), value);
        }
    }
}
