//! An estimate of tokens for models whose own tokenizer is not at hand.
//!
//! It errs on the high side: a prompt that is believed too long loses an old turn, a prompt that is believed too short
//! is refused by the model's server. Held against `cl100k_base` and `o200k_base` with prose in two dozen languages,
//! source code, JSON, tables and logs it was never less than what they count, and for English about 1.8 times as much.
//! Text without words in it (random letters, base64) it can take for up to 40 % less than it is.
//!
//! How it counts: the text is cut into runs (a word with the blanks before it, a line break, a stretch of signs), every
//! character has a weight, and a run costs its weights rounded up, at least one token. A cut can only be made between
//! two characters by looking at those two, which makes the estimate additive in the direction that matters: the count of
//! two texts put together is never more than the sum of their counts.

/// Weight of one token; the weights below are parts of it.
const TOKEN: u64 = 16;

/// What a character is to the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Blanks join the word after them, as they do in byte-level tokenizers.
    Blank,
    /// Line breaks.
    Break,
    /// Lower-case letters of the Latin alphabet, and of the alphabets with cases.
    Lower,
    /// Upper-case letters.
    Upper,
    /// A decimal digit; several tokenizers give each one a token.
    Digit,
    /// Everything that is weighed on its own: signs, ideographs, emoji, letters of other scripts.
    Own,
}

/// An estimate in two parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Tokens of runs of plain letters, for which the estimate is much too high.
    pub(super) words: u64,
    /// Tokens of everything else.
    pub(super) other: u64,
}

/// An upper estimate of the tokens in `text`, in time linear in its length.
pub fn estimate(text: &str) -> u32 {
    let Parts { words, other } = parts(text);
    u32::try_from(words + other).unwrap_or(u32::MAX)
}

/// The same in its parts. Each is a sum over the runs of the text.
pub(super) fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut run: u64 = 0;
    let mut is_plain = true;
    let mut before: Option<Kind> = None;
    for character in text.chars() {
        let (kind, weight) = weigh(character);
        if before.is_some_and(|before| is_boundary(before, kind)) {
            parts.add(run, is_plain);
            run = 0;
            is_plain = true;
        }
        run += weight;
        is_plain &= character.is_ascii_alphabetic() || kind == Kind::Blank;
        before = Some(kind);
    }
    parts.add(run, is_plain);
    parts
}

impl Parts {
    fn add(&mut self, run: u64, is_plain: bool) {
        *if is_plain { &mut self.words } else { &mut self.other } += run.div_ceil(TOKEN);
    }
}

/// Whether a run ends between two neighbours.
fn is_boundary(before: Kind, after: Kind) -> bool {
    match (before, after) {
        // "camelCase" is two words to a tokenizer, and so is most of what looks random. Blanks join what follows them
        // on their line.
        (Kind::Lower, Kind::Upper) | (Kind::Blank, Kind::Break) => true,
        (Kind::Blank, _) | (Kind::Upper, Kind::Lower) => false,
        _ => before != after,
    }
}

/// The kind of a character and its weight in sixteenths of a token.
fn weigh(character: char) -> (Kind, u64) {
    match character {
        ' ' | '\t' | '\u{a0}' => (Kind::Blank, 1),
        '\n' | '\r' => (Kind::Break, 8),
        'a'..='z' => (Kind::Lower, 5),
        'A'..='Z' => (Kind::Upper, 7),
        '0'..='9' => (Kind::Digit, 15),
        '!'..='~' => (Kind::Own, 15),
        // Latin letters with marks.
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => (cased(character), 16),
        // Cyrillic.
        '\u{400}'..='\u{52f}' => (cased(character), 10),
        // Greek, Hebrew and Arabic; then Armenian and the scripts of South Asia, of which older tokenizers have seen little.
        '\u{370}'..='\u{3ff}' | '\u{590}'..='\u{7ff}' => (Kind::Own, 20),
        '\u{530}'..='\u{58f}' | '\u{980}'..='\u{dff}' => (Kind::Own, 34),
        // Devanagari and Thai; kana, ideographs, Hangul, and their full-width signs.
        '\u{900}'..='\u{97f}'
        | '\u{e00}'..='\u{e7f}'
        | '\u{3000}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff00}'..='\u{ffef}' => (Kind::Own, 24),
        // No byte-level tokenizer needs more tokens than bytes.
        other => (Kind::Own, TOKEN * other.len_utf8() as u64),
    }
}

fn cased(character: char) -> Kind {
    if character.is_uppercase() {
        Kind::Upper
    } else {
        Kind::Lower
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::estimate;

    /// Texts with what `cl100k_base` and `o200k_base` make of them, whichever is more.
    pub(in crate::models) const COUNTED: &[(&str, u32)] = &[
        (
            "The quick brown fox jumps over the lazy dog. Conversations that become long are shortened from their \
             oldest end, so that the newest question is always answered; nothing is lost from the thread itself.",
            39,
        ),
        (
            "Die Donaudampfschifffahrtsgesellschaft hat gestern ihre Fahrpläne veröffentlicht. Fahrgäste können \
             zwischen mehreren Verbindungen wählen, müssen aber rechtzeitig reservieren.",
            46,
        ),
        (
            "Keskustelut, jotka kasvavat liian pitkiksi, lyhennetään alkupäästään, jotta uusimpaan kysymykseen voidaan \
             aina vastata. Mitään ei häviä itse keskustelusta.",
            63,
        ),
        (
            "Rozmowy, które stają się zbyt długie, są skracane od najstarszego końca, tak aby na najnowsze pytanie \
             zawsze można było odpowiedzieć. Zażółć gęślą jaźń.",
            59,
        ),
        (
            "Các cuộc trò chuyện trở nên quá dài sẽ được rút ngắn từ đầu cũ nhất, để câu hỏi mới nhất luôn được trả \
             lời. Không có gì bị mất.",
            65,
        ),
        (
            "Розмови, що стають надто довгими, скорочуються з найстарішого кінця, щоб на найновіше запитання завжди \
             можна було відповісти.",
            72,
        ),
        (
            "يتم اختصار المحادثات التي تصبح طويلة جدًا من أقدم نهايتها، بحيث تتم الإجابة دائمًا على أحدث سؤال.",
            72,
        ),
        (
            "जो बातचीत बहुत लंबी हो जाती है, उसे सबसे पुराने छोर से छोटा किया जाता है, ताकि सबसे नए प्रश्न का उत्तर हमेशा दिया जा सके।",
            119,
        ),
        (
            "過長的對話會從最早的一端開始縮短，以便始終能夠回答最新的問題。對話本身不會遺失任何內容。",
            63,
        ),
        (
            "長くなりすぎた会話は最も古い端から短縮されるため、最新の質問には常に回答できます。会話自体から失われるものはありません。",
            64,
        ),
        ("😀😃👍🏽👨‍👩‍👧‍👦🇩🇪❤️✨🚀 great 🎉 work ✅", 49),
        (
            "SELECT id, user_id, count(*) FROM messages WHERE created_at > '2025-01-01' AND deleted_at IS NULL \
             GROUP BY user_id HAVING count(*) > 10 ORDER BY 3 DESC LIMIT 20;",
            47,
        ),
        (
            "sk-3f9a0c44be71d0e2a9918f7c55d3e6b2041fa8c9e7d6b5a43120ffeeddccbbaa",
            48,
        ),
    ];

    #[test]
    fn usual_text_is_never_underestimated_nor_doubled_for_english() {
        for (text, counted) in COUNTED {
            assert!(estimate(text) >= *counted, "{} < {counted} for {text}", estimate(text));
        }
        let (english, counted) = COUNTED[0];
        assert!(estimate(english) < 2 * counted);
    }

    #[test]
    fn nothing_costs_nothing_and_anything_costs_something() {
        assert_eq!(estimate(""), 0);
        for text in ["a", " ", "\n", "\0", "é", "語", "🎉", "\u{200d}"] {
            assert!(estimate(text) >= 1, "{text:?}");
        }
        assert_eq!(estimate("語語語語"), 6);
    }

    proptest! {
        #[test]
        fn put_together_is_never_more_than_apart(a in "\\PC{0,40}|[ -~\n]{0,40}", b in "\\PC{0,40}|[ -~\n]{0,40}") {
            prop_assert!(estimate(&[a.as_str(), &b].concat()) <= estimate(&a) + estimate(&b));
        }

        #[test]
        fn a_longer_text_never_costs_less(a in "\\PC{0,40}|[ -~\n]{0,40}", b in "\\PC{1,10}|[ -~\n]{1,10}") {
            prop_assert!(estimate(&[a.as_str(), &b].concat()) >= estimate(&a));
        }
    }
}
