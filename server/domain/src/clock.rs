//! Time and ids. Nothing else in the project asks the system for the time, so that a test can hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use entity::Timestamp;

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    held: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A time that moves only by [`Clock::advance`]. Clones share it.
    pub fn held_at(now: Timestamp) -> Self {
        Self {
            held: Some(Arc::new(AtomicI64::new(now.millis()))),
        }
    }

    /// Moves a held time; the system's time is not moved.
    pub fn advance(&self, span: Duration) {
        if let Some(held) = &self.held {
            held.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.held {
            Some(held) => Timestamp::from_millis(held.load(Ordering::SeqCst)),
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
            None => Timestamp::from_millis(chrono::Utc::now().timestamp_millis()),
        }
    }
}

/// A new id: a `UUIDv7` in text, growing within this process.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Whether a text from outside has the form of an id, in the one spelling that is stored.
pub fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_recognised_and_nothing_else_is() {
        assert!(is_id(&new_id()));
        for text in [
            "",
            "1",
            "../etc/passwd",
            "0190A2B4-0000-7000-8000-000000000000",
            "0190a2b400007000800000000000000000000",
        ] {
            assert!(!is_id(text), "{text}");
        }
    }
}
