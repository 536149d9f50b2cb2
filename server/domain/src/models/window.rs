//! What is known of the context window of a model behind a server.

use std::sync::atomic::{AtomicU32, Ordering};

/// Nothing is known.
const UNKNOWN: u32 = 0;

/// A model's window: configured or asked of its server, and what the server has refused since.
#[derive(Debug)]
pub(super) struct Window {
    is_configured: bool,
    said: AtomicU32,
    refused: AtomicU32,
}

impl Window {
    pub(super) fn new(configured: Option<u32>) -> Self {
        Self {
            is_configured: configured.is_some(),
            said: AtomicU32::new(configured.unwrap_or(UNKNOWN)),
            refused: AtomicU32::new(UNKNOWN),
        }
    }

    /// Tokens of prompt and answer together; none when nothing is known.
    pub(super) fn get(&self) -> Option<u32> {
        let known = |cell: &AtomicU32| Some(cell.load(Ordering::Relaxed)).filter(|tokens| *tokens != UNKNOWN);
        match (known(&self.said), known(&self.refused)) {
            (Some(said), Some(refused)) => Some(said.min(refused)),
            (said, refused) => said.or(refused),
        }
    }

    /// Whether its server should be asked: what is configured is not asked for.
    pub(super) fn is_asked(&self) -> bool {
        !self.is_configured
    }

    /// Takes in what the server says of itself. What it refused counts all the same, until it says something else than
    /// before: then it was started anew.
    pub(super) fn said(&self, tokens: u32) {
        if self.is_configured || tokens == UNKNOWN {
            return;
        }
        if self.said.swap(tokens, Ordering::Relaxed) != tokens {
            self.refused.store(UNKNOWN, Ordering::Relaxed);
        }
    }

    /// Takes in that the server refused more than this many tokens, whatever is configured.
    pub(super) fn refused_above(&self, tokens: u32) {
        _ = self
            .refused
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| {
                (tokens != UNKNOWN && (known == UNKNOWN || tokens < known)).then_some(tokens)
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_counts_more_than_what_was_said() {
        let window = Window::new(None);
        assert_eq!(window.get(), None);
        window.said(8_192);
        assert_eq!(window.get(), Some(8_192));
        window.refused_above(4_096);
        window.refused_above(6_000);
        window.said(8_192);
        assert_eq!(window.get(), Some(4_096));
        window.said(32_768);
        assert_eq!(window.get(), Some(32_768), "it was started anew");
    }

    #[test]
    fn what_is_configured_is_not_asked_for_but_can_be_refused() {
        let window = Window::new(Some(4_096));
        assert!(!window.is_asked());
        window.said(128_000);
        assert_eq!(window.get(), Some(4_096));
        window.refused_above(2_048);
        assert_eq!(window.get(), Some(2_048));
    }

    #[test]
    fn no_tokens_say_nothing() {
        let window = Window::new(None);
        window.said(0);
        window.refused_above(0);
        assert_eq!(window.get(), None);
    }
}
