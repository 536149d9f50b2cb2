//! Messages of words that are as unevenly distributed as real ones.

use std::ops::Range;

/// Different words.
pub(crate) const WORDS: u32 = 30_000;
const SYLLABLES: [&str; 32] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve", "wi", "xo",
    "zu", "bra", "cle", "dri", "flo", "gru", "pla", "sce", "tri", "sto", "blu", "ster", "ning",
];

/// A source of words that is the same in each run.
pub(crate) struct Corpus(u64);

impl Corpus {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.next() % bound
    }

    /// A word whose rank among the most frequent lies in a range.
    pub(crate) fn word_in(&mut self, ranks: Range<u32>) -> String {
        let rank = ranks.start + self.below(ranks.end - ranks.start);
        word(rank)
    }

    /// Twenty to sixty words; the frequency of a word falls with its rank, as Zipf's law has it.
    pub(crate) fn message(&mut self) -> String {
        let length = 20 + self.below(41);
        let mut text = String::new();
        for at in 0..length {
            if at > 0 {
                text.push(' ');
            }
            let uniform = f64::from(self.next()) / f64::from(u32::MAX >> 1);
            let rank = (uniform * f64::from(WORDS).ln()).exp() - 1.0;
            text.push_str(&word(whole(rank)));
        }
        text
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is between 0 and the number of words"
)]
fn whole(rank: f64) -> u32 {
    Ord::min(rank as u32, WORDS - 1)
}

fn word(rank: u32) -> String {
    let mut word = String::new();
    let mut rest = rank;
    loop {
        word.push_str(SYLLABLES[usize::try_from(rest % 32).unwrap()]);
        rest /= 32;
        if rest == 0 {
            return word;
        }
    }
}
