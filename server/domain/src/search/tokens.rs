//! Cutting text into tokens: the same for both databases, for what is indexed, what is asked, and what is marked.
//!
//! A token is a word in lower case without diacritics. In scripts that write no spaces between words, each character is a
//! token (with the signs that belong to it), and so is each emoji; a run of them is looked for as a phrase.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Characters of a token that count; longer words are known by their beginning.
const LONGEST: usize = 64;

/// A token and the bytes of the text it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The tokens of a text, in order.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    Runs { text, at: 0 }.filter_map(|(start, end)| {
        let token = fold(text.get(start..end)?);
        (!token.is_empty()).then_some(Token {
            text: token,
            start,
            end,
        })
    })
}

/// Where a character stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Of a word.
    Letter,
    /// A token by itself.
    Alone,
    /// Belongs to the character before it.
    Sign,
    /// Between tokens.
    Gap,
}

fn part(character: char) -> Part {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Part::Letter,
        // The colours of skin say nothing by themselves.
        '\0'..='\u{7f}' | '\u{1f3fb}'..='\u{1f3ff}' => Part::Gap,
        // Thai, Lao, Myanmar, Khmer, kana, ideographs and Hangul.
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}' => {
            if is_combining_mark(character) {
                Part::Sign
            } else if character.is_alphanumeric() {
                Part::Alone
            } else {
                Part::Gap
            }
        }
        '\u{2190}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => {
            Part::Alone
        }
        _ if is_combining_mark(character) => Part::Sign,
        _ if character.is_alphanumeric() => Part::Letter,
        _ => Part::Gap,
    }
}

/// The runs of bytes that are tokens before folding.
struct Runs<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Runs<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let mut begun: Option<(usize, Part)> = None;
        let rest = self.text.get(self.at..)?;
        let from = self.at;
        for (offset, character) in rest.char_indices() {
            let at = from + offset;
            match (begun, part(character)) {
                (None, kind @ (Part::Letter | Part::Alone)) => begun = Some((at, kind)),
                (None, Part::Sign | Part::Gap) | (Some(_), Part::Sign) | (Some((_, Part::Letter)), Part::Letter) => {}
                (Some((start, _)), Part::Letter | Part::Alone | Part::Gap) => {
                    self.at = at;
                    return Some((start, at));
                }
            }
        }
        self.at = self.text.len();
        begun.map(|(start, _)| (start, self.at))
    }
}

/// Lower case, compatibility forms resolved, without diacritics.
fn fold(run: &str) -> Cow<'_, str> {
    if run.is_ascii() {
        let run = run.get(..LONGEST).unwrap_or(run);
        return if run.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(run.to_ascii_lowercase())
        } else {
            Cow::Borrowed(run)
        };
    }
    let folded = run
        .nfkd()
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|character| !is_diacritic(*character) && part(*character) != Part::Gap)
        .skip_while(|character| part(*character) == Part::Sign)
        .nfc()
        .take(LONGEST);
    let mut token = String::with_capacity(run.len());
    for character in folded {
        match plain(character) {
            Some(letters) => token.push_str(letters),
            None => token.push(character),
        }
    }
    Cow::Owned(token)
}

/// Marks without which a word is still read: the accents of European scripts, the points of Hebrew and Arabic, what chooses
/// a form of an emoji. Signs that make another letter (nukta, virama, the voicing of kana, tones) stay.
fn is_diacritic(character: char) -> bool {
    let variant = matches!(character, '\u{fe00}'..='\u{fe0f}');
    variant || matches!(canonical_combining_class(character), 1 | 10..=35 | 200..)
}

/// Letters that no normal form takes apart, as people without them on their keyboard write them.
fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).map(|token| token.text.into_owned()).collect()
    }

    #[test]
    fn what_is_a_token() {
        for (text, expected) in [
            ("", &[][..]),
            (" \u{0} % _ \" ' * ( ) - \u{301}", &[]),
            ("Hello, World! 42", &["hello", "world", "42"]),
            (
                "snake_case main.rs a-b don't",
                &["snake", "case", "main", "rs", "a", "b", "don", "t"],
            ),
            ("Crème BRÛLÉE naïve Ångström", &["creme", "brulee", "naive", "angstrom"]),
            ("cre\u{300}me e\u{301}", &["creme", "e"]),
            (
                "Straße STRASSE œuvre Łódź Øre İstanbul",
                &["strasse", "strasse", "oeuvre", "lodz", "ore", "istanbul"],
            ),
            ("ΣΊΣΥΦΟΣ σίσυφος", &["σισυφοσ", "σισυφοσ"]),
            ("Ёлка ёлка", &["елка", "елка"]),
            ("شُكْرًا שָׁלוֹם", &["شكرا", "שלום"]),
            ("हिन्दी", &["हिन्दी"]),
            ("東京 Rust大学", &["東", "京", "rust", "大", "学"]),
            ("か\u{3099} が", &["が", "が"]),
            ("한국어", &["한", "국", "어"]),
            ("ไทย", &["ไ", "ท", "ย"]),
            ("ｆｕｌｌ ① ﬁn", &["full", "1", "fin"]),
            ("👍🏽 ok 👩\u{200d}🚀 ❤\u{fe0f}", &["👍", "ok", "👩", "🚀", "❤"]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
        assert_eq!(words(&"x".repeat(500)), ["x".repeat(LONGEST)]);
    }

    proptest! {
        #[test]
        fn tokens_are_in_order_and_safe_in_both_engines(text in "\\PC{0,60}|(?s).{0,60}") {
            let mut before = 0;
            for token in tokens(&text) {
                prop_assert!(before <= token.start && token.start < token.end);
                before = token.end;
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert!(!token.text.is_empty());
                for character in token.text.chars() {
                    prop_assert!(!character.is_whitespace() && !character.is_control());
                    let syntax = matches!(character, '\'' | '"' | '\\' | '*' | ':' | '\u{e000}');
                    prop_assert!(!syntax);
                }
                // What was found can be looked for: a token is one or more tokens whose letters are the same.
                let again: String = words(&token.text).concat();
                prop_assert_eq!(&again, token.text.as_ref());
            }
        }
    }
}
