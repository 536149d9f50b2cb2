//! What was said in a form without JavaScript, could not be taken and is too long for a cookie: kept in memory until the
//! browser is back at the form.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::clock::new_id;

/// Bytes of text that are kept for everybody together; the oldest go first.
const MOST: usize = 8 * 1024 * 1024;

/// The texts, oldest first.
#[derive(Debug, Default)]
pub(super) struct Drafts(Mutex<VecDeque<Draft>>);

#[derive(Debug)]
struct Draft {
    token: String,
    text: String,
    until: Instant,
}

impl Drafts {
    /// Those of this process.
    pub(super) fn shared() -> &'static Self {
        static SHARED: LazyLock<Drafts> = LazyLock::new(Drafts::default);
        &SHARED
    }

    /// Keeps a text for a while. What it is found by is for the cookie of who wrote it alone.
    pub(super) fn keep(&self, text: &str, span: Duration) -> Option<String> {
        if text.len() > MOST {
            return None;
        }
        let token = new_id();
        let mut drafts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        drafts.retain(|draft| draft.until > now);
        let mut bytes = text.len() + drafts.iter().map(|draft| draft.text.len()).sum::<usize>();
        while bytes > MOST
            && let Some(oldest) = drafts.pop_front()
        {
            bytes -= oldest.text.len();
        }
        drafts.push_back(Draft {
            token: token.clone(),
            text: text.to_owned(),
            until: now + span,
        });
        Some(token)
    }

    /// Gives a text back, once.
    pub(super) fn take(&self, token: &str) -> Option<String> {
        let mut drafts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        drafts.retain(|draft| draft.until > now);
        let at = drafts.iter().position(|draft| draft.token == token)?;
        drafts.remove(at).map(|draft| draft.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_what_is_over_is_gone() {
        let drafts = Drafts::default();
        let minute = Duration::from_mins(1);
        let first = drafts.keep(&"a".repeat(MOST / 2), minute).unwrap();
        let second = drafts.keep(&"b".repeat(MOST / 2), minute).unwrap();
        let third = drafts.keep("c", minute).unwrap();
        assert_eq!(drafts.take(&first), None);
        assert_eq!(drafts.take(&third).as_deref(), Some("c"));
        assert!(drafts.take(&second).is_some());
        let over = drafts.keep("d", Duration::ZERO).unwrap();
        assert_eq!(drafts.take(&over), None);
        assert_eq!(drafts.keep(&"e".repeat(MOST + 1), minute), None);
    }
}
