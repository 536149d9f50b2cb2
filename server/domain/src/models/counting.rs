//! Counting tokens for a model: exactly where its tokenizer is known, by an estimate otherwise, which is corrected by what
//! the server counts.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use bpe_openai::Tokenizer;

use super::PromptMessage;
use super::tokens::{self, Parts};

/// What an estimate of plain words is multiplied with, in parts of this.
const WHOLE: u32 = 1024;
/// The least it is multiplied with: below that, something is odd with what the server counted.
const LEAST: u32 = WHOLE / 2;
/// What is put on top of what was seen.
const MARGIN: u32 = WHOLE / 10;
/// How much of what was seen is taken over when that is less than what was known.
const STEP: u32 = 8;
/// Shorter prompts, in tokens, are mostly what templates put around them.
const LEAST_PROMPT: u32 = 200;
/// Longer prompts, in bytes, are not looked at: counting them would hold up others.
const LONGEST_PROMPT: usize = 512 * 1024;
/// Bytes of a text that are counted exactly; of a longer one the rest is estimated, so that a text costs little time however
/// long it is.
const LONGEST_EXACT: usize = 128 * 1024;

/// How tokens are counted for one prompt. It does not change while the prompt is built, whatever is learnt meanwhile.
#[derive(Clone, Copy)]
pub struct Counter(Kind);

#[derive(Clone, Copy)]
enum Kind {
    Exact(&'static Tokenizer),
    /// The estimate, with plain words multiplied.
    Estimate(u32),
}

impl Counter {
    /// Counts by the estimate as it is.
    pub const ESTIMATE: Self = Self(Kind::Estimate(WHOLE));

    /// Whether it counts less than the estimate, by what was learnt: a prompt that is then too long says that the count was
    /// wrong, not the window.
    pub fn is_corrected(self) -> bool {
        matches!(self.0, Kind::Estimate(factor) if factor < WHOLE)
    }

    /// Tokens of a text.
    pub fn count(self, text: &str) -> u32 {
        match self.0 {
            Kind::Exact(tokenizer) => {
                let (head, rest) = text.split_at(text.floor_char_boundary(LONGEST_EXACT));
                let exact = u32::try_from(tokenizer.count(head)).unwrap_or(u32::MAX);
                exact.saturating_add(tokens::estimate(rest))
            }
            Kind::Estimate(factor) => corrected(tokens::parts(text), factor),
        }
    }
}

/// The estimate with its plain words multiplied. Nothing stays nothing, and something stays something.
fn corrected(Parts { words, other }: Parts, factor: u32) -> u32 {
    let words = (words * u64::from(factor)).div_ceil(u64::from(WHOLE));
    u32::try_from(words + other).unwrap_or(u32::MAX)
}

/// What is known of how a model counts.
#[derive(Debug)]
pub(super) enum Counting {
    /// By one of `OpenAI`'s encodings.
    Exact(Encoding),
    /// By the estimate, corrected by what its server has counted.
    Learnt(AtomicU32),
    /// By the estimate as it is.
    Estimated,
}

impl Counting {
    /// By the names `OpenAI` gives to its models; some servers put the maker before them.
    pub(super) fn of_openai(model: &str) -> Self {
        Encoding::of(model).map_or_else(Self::learning, Self::Exact)
    }

    /// By the estimate at first, and by what it learns later.
    pub(super) const fn learning() -> Self {
        Self::Learnt(AtomicU32::new(WHOLE))
    }

    /// How a prompt is counted now. Never waits: an encoding that is not loaded yet is not used yet.
    pub(super) fn counter(&self) -> Counter {
        match self {
            Self::Exact(encoding) => encoding
                .loaded()
                .map_or(Counter::ESTIMATE, |tokenizer| Counter(Kind::Exact(tokenizer))),
            Self::Learnt(factor) => Counter(Kind::Estimate(factor.load(Ordering::Relaxed))),
            Self::Estimated => Counter::ESTIMATE,
        }
    }

    /// Loads what it needs, which takes a tenth of a second; away from where answers are written.
    pub(super) async fn prepare(&self) {
        if let &Self::Exact(encoding) = self
            && encoding.loaded().is_none()
        {
            let _ = tokio::task::spawn_blocking(move || encoding.load()).await;
        }
    }

    /// What of a prompt has to be kept to learn from it; none when nothing can be learnt.
    pub(super) fn worth_keeping(&self, messages: &[PromptMessage]) -> Option<Vec<PromptMessage>> {
        let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
        let learns = matches!(self, Self::Learnt(_)) && bytes <= LONGEST_PROMPT;
        learns.then(|| messages.to_vec())
    }

    /// Takes in that a server counted a prompt as so many tokens. A higher count is believed at once, a lower one little by
    /// little: a prompt that is too long costs more than one that could have been longer.
    pub(super) fn learn(&self, messages: &[PromptMessage], counted: u32) {
        let Self::Learnt(factor) = self else { return };
        let (mut words, mut all) = (0, 0);
        for message in messages {
            let parts = tokens::parts(&message.content);
            words += parts.words;
            all += parts.words + parts.other;
        }
        // What is not in plain words says nothing of how those are counted.
        if counted < LEAST_PROMPT || words < all / 2 || all == 0 {
            return;
        }
        let seen = u64::from(counted) * u64::from(WHOLE) / all + u64::from(MARGIN);
        let seen = u32::try_from(seen).unwrap_or(WHOLE).clamp(LEAST, WHOLE);
        let _ = factor.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| {
            Some(if seen >= known {
                seen
            } else {
                known - (known - seen).div_ceil(STEP)
            })
        });
    }

    /// Forgets what was learnt, because a prompt that was counted by it was too long.
    pub(super) fn forget(&self) {
        if let Self::Learnt(factor) = self {
            factor.store(WHOLE, Ordering::Relaxed);
        }
    }
}

/// One of `OpenAI`'s encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Of the models since GPT-4o.
    O200k,
    /// Of those before.
    Cl100k,
}

const O200K: &[&str] = &[
    "gpt-4o",
    "chatgpt-4o",
    "gpt-4.1",
    "gpt-4.5",
    "gpt-5",
    "gpt-oss",
    "o1",
    "o3",
    "o4",
];
const CL100K: &[&str] = &["gpt-4", "gpt-3.5-turbo", "gpt-35-turbo"];

impl Encoding {
    fn of(model: &str) -> Option<Self> {
        let name = model.strip_prefix("openai/").unwrap_or(model);
        let is_one_of = |names: &[&str], ends: &[char]| {
            names.iter().any(|known| {
                let rest = name.strip_prefix(known);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(ends))
            })
        };
        if is_one_of(O200K, &['-', '.']) {
            Some(Self::O200k)
        } else if is_one_of(CL100K, &['-']) {
            Some(Self::Cl100k)
        } else {
            None
        }
    }

    fn place(self) -> &'static OnceLock<&'static Tokenizer> {
        static O200K: OnceLock<&Tokenizer> = OnceLock::new();
        static CL100K: OnceLock<&Tokenizer> = OnceLock::new();
        match self {
            Self::O200k => &O200K,
            Self::Cl100k => &CL100K,
        }
    }

    fn loaded(self) -> Option<&'static Tokenizer> {
        self.place().get().copied()
    }

    fn load(self) {
        let tokenizer = match self {
            Self::O200k => bpe_openai::o200k_base(),
            Self::Cl100k => bpe_openai::cl100k_base(),
        };
        let _ = self.place().set(tokenizer);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::threads::MessageRole;

    use super::*;

    fn factor(counting: &Counting) -> u32 {
        match counting {
            Counting::Learnt(factor) => factor.load(Ordering::Relaxed),
            _ => WHOLE,
        }
    }

    fn prompt(text: &str) -> Vec<PromptMessage> {
        vec![PromptMessage {
            role: MessageRole::User,
            content: text.to_owned(),
        }]
    }

    #[test]
    fn models_are_known_by_their_names() {
        use Encoding::{Cl100k, O200k};
        for (model, encoding) in [
            ("gpt-4o", Some(O200k)),
            ("gpt-4o-mini-2024-07-18", Some(O200k)),
            ("openai/gpt-4.1-nano", Some(O200k)),
            ("gpt-5", Some(O200k)),
            ("gpt-5.1-chat", Some(O200k)),
            ("o3", Some(O200k)),
            ("o4-mini", Some(O200k)),
            ("gpt-4", Some(Cl100k)),
            ("gpt-4-turbo", Some(Cl100k)),
            ("gpt-3.5-turbo", Some(Cl100k)),
            ("gpt-4all", None),
            ("gpt-50", None),
            ("o30", None),
            ("llama3.2", None),
            ("", None),
        ] {
            assert_eq!(Encoding::of(model), encoding, "{model}");
        }
    }

    #[test]
    fn known_encodings_are_exact_once_they_are_loaded() {
        let counters = [Encoding::O200k, Encoding::Cl100k].map(|encoding| {
            encoding.load();
            let counting = Counting::Exact(encoding);
            counting.forget();
            assert!(!counting.counter().is_corrected());
            counting.counter()
        });
        for (text, counted) in tokens::tests::COUNTED {
            let most = counters.iter().map(|counter| counter.count(text)).max();
            assert_eq!(most, Some(*counted), "{text}");
        }
        assert!(counters.iter().all(|counter| counter.count("") == 0));
    }

    #[test]
    fn no_text_holds_up_the_others() {
        Encoding::O200k.load();
        let counter = Counting::Exact(Encoding::O200k).counter();
        for text in ["a", " ", "\n", "語", "ab ", "\u{301}", "🎉", "0"] {
            let long = text.repeat(5 * 1024 * 1024 / text.len());
            let begun = std::time::Instant::now();
            assert!(counter.count(&long) > 0);
            assert!(begun.elapsed().as_secs() < 5, "{text:?}: {:?}", begun.elapsed());
        }
    }

    #[test]
    fn less_is_learnt_slowly_and_more_at_once() {
        let counting = Counting::learning();
        let words = prompt(&"conversation about something ".repeat(200));
        let estimate = tokens::estimate(&words[0].content);
        counting.learn(&words, estimate / 2);
        let once = factor(&counting);
        assert!(once < WHOLE && once > WHOLE * 9 / 10, "{once}");
        for _ in 0..100 {
            counting.learn(&words, estimate / 2);
        }
        assert_eq!(factor(&counting), WHOLE * (estimate / 2) / estimate + MARGIN);
        for _ in 0..100 {
            counting.learn(&words, LEAST_PROMPT);
        }
        assert_eq!(factor(&counting), LEAST);
        counting.learn(&words, estimate);
        assert_eq!(factor(&counting), WHOLE);
        counting.learn(&words, u32::MAX);
        assert_eq!(factor(&counting), WHOLE);
    }

    #[test]
    fn nothing_is_learnt_from_what_says_nothing() {
        let counting = Counting::learning();
        let words = "conversation about something ".repeat(200);
        counting.learn(&prompt(&words), LEAST_PROMPT - 1);
        counting.learn(&prompt(&"語".repeat(1_000)), 500);
        counting.learn(&[], 500);
        counting.learn(&prompt(""), 500);
        assert_eq!(factor(&counting), WHOLE);
        Counting::Estimated.learn(&prompt(&words), 500);
        assert!(!counting.counter().is_corrected());
        counting.learn(&prompt(&words), 500);
        assert!(counting.counter().is_corrected());
        counting.forget();
        assert!(!counting.counter().is_corrected());
        assert!(counting.worth_keeping(&prompt(&words)).is_some());
        assert!(
            counting
                .worth_keeping(&prompt(&"a".repeat(LONGEST_PROMPT + 1)))
                .is_none()
        );
        assert!(Counting::Estimated.worth_keeping(&prompt(&words)).is_none());
    }

    proptest! {
        #[test]
        fn a_corrected_estimate_is_one_still(
            factor in LEAST..=WHOLE,
            a in "\\PC{0,40}|[ -~\n]{0,40}",
            b in "\\PC{1,10}|[ -~\n]{1,10}",
        ) {
            let count = |text: &str| Counter(Kind::Estimate(factor)).count(text);
            let both = [a.as_str(), &b].concat();
            prop_assert!(count(&both) >= count(&a), "a longer text never costs less");
            prop_assert!(count(&both) >= 1);
            prop_assert_eq!(count(""), 0);
            prop_assert!(count(&a) <= tokens::estimate(&a));
            prop_assert!(count(&a) >= tokens::estimate(&a) / 2);
        }
    }
}
