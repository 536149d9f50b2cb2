//! Finding the sentences that bear on a question: overlap of terms, rare terms counting more.

use std::collections::{HashMap, HashSet};

use super::DOCUMENT_SAYS;

/// Who said a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    User,
    Assistant,
    /// A document, in the passage of this number.
    Document(u32),
}

/// A text that may be quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    pub(super) speaker: Speaker,
    pub(super) text: &'a str,
}

/// A sentence that bears on the question.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) speaker: Speaker,
    pub(super) text: String,
}

/// Sentences that are quoted at most.
const QUOTES: usize = 3;
/// Where a sentence is cut although it has not ended; bounds the work and the answer.
const SENTENCE_BYTES: usize = 600;
/// Terms of the question that are looked for; each is one bit of a sentence's mask.
const TERMS: usize = 64;
/// After how many bytes of text the runtime gets a turn.
const TURN_BYTES: usize = 64 * 1024;
/// A sentence with less than this part of the best one's score says little beside it.
const WORTH: f64 = 0.5;

/// Words that say nothing about what a sentence is about.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "doe", "does", "for", "from", "give", "had", "has", "have", "he", "hello", "her", "here",
    "hi", "him", "his", "how", "i", "if", "in", "is", "it", "its", "just", "know", "let", "like", "me", "more", "much",
    "my", "no", "not", "now", "of", "on", "one", "or", "our", "out", "please", "said", "say", "she", "should", "so",
    "some", "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they", "thi", "this", "those",
    "to", "up", "us", "wa", "was", "we", "were", "what", "when", "where", "which", "who", "whom", "whose", "why",
    "will", "with", "would", "yes", "you", "your",
];

/// A sentence that shares a term with the question.
struct Candidate<'a> {
    speaker: Speaker,
    text: &'a str,
    /// Which terms of the question are in it.
    mask: u64,
    /// Terms in it.
    length: usize,
    /// Its place in the conversation.
    place: usize,
}

/// The sentences that bear on the last passage, best first. What asks is not quoted, nor what is a quote already, nor
/// the model's `own_words`.
pub(super) async fn best(passages: &[Passage<'_>], own_words: &[&str]) -> Vec<Quote> {
    let Some(last) = passages.last() else { return Vec::new() };
    let terms = question_terms(last.text);
    if terms.is_empty() {
        return Vec::new();
    }
    let asks = sentences(last.text).any(is_question);

    let mut candidates = Vec::new();
    let mut frequency = vec![0u32; terms.len()];
    let mut total = 0u32;
    let mut place = 0;
    let mut since_turn = 0;
    for (at, passage) in passages.iter().enumerate() {
        // The newest message is its own source only when it tells something and then asks.
        if at + 1 == passages.len() && !asks {
            break;
        }
        for text in sentences(passage.text) {
            place += 1;
            since_turn += text.len();
            if since_turn > TURN_BYTES {
                since_turn = 0;
                tokio::task::yield_now().await;
            }
            if is_question(text)
                || text.starts_with('>')
                || text.starts_with(DOCUMENT_SAYS)
                || own_words.iter().any(|own| own.contains(text))
            {
                continue;
            }
            total += 1;
            let (mut mask, mut length) = (0u64, 0);
            for_each_term(text, |term| {
                length += 1;
                if let Some(bit) = terms.get(term) {
                    mask |= 1 << bit;
                }
            });
            if mask != 0 {
                for bit in bits(mask) {
                    frequency[bit] += 1;
                }
                candidates.push(Candidate {
                    speaker: passage.speaker,
                    text,
                    mask,
                    length,
                    place,
                });
            }
        }
    }

    let weights: Vec<f64> = frequency
        .iter()
        .map(|found| (1.0 + f64::from(total) / f64::from(*found + 1)).ln())
        .collect();
    rank(candidates, &weights)
}

/// Orders by score, newest first among equals, and keeps the few that say something different.
fn rank(candidates: Vec<Candidate<'_>>, weights: &[f64]) -> Vec<Quote> {
    let mut scored: Vec<(f64, Candidate<'_>)> = candidates
        .into_iter()
        .map(|candidate| {
            let overlap: f64 = bits(candidate.mask).map(|bit| weights[bit]).sum();
            // Long sentences share terms by chance. A sentence is at most 600 bytes, so the length is exact.
            let length = u32::try_from(candidate.length).map_or(f64::MAX, f64::from);
            (overlap / (8.0 + length).sqrt(), candidate)
        })
        .collect();
    scored.sort_by(|(a, first), (b, second)| b.total_cmp(a).then(second.place.cmp(&first.place)));
    let enough = scored.first().map_or(0.0, |(score, _)| score * WORTH);

    let mut seen = HashSet::new();
    scored
        .into_iter()
        .take_while(|(score, _)| *score >= enough)
        .filter(|(_, candidate)| seen.insert(candidate.text))
        .take(QUOTES)
        .map(|(_, candidate)| Quote {
            speaker: candidate.speaker,
            text: candidate.text.replace(['\n', '\r'], " "),
        })
        .collect()
}

/// The question's terms with their bits: of the sentences that ask, or of everything when none does.
fn question_terms(text: &str) -> HashMap<String, usize> {
    let mut terms = HashMap::new();
    for only_questions in [true, false] {
        for sentence in sentences(text).filter(|sentence| !only_questions || is_question(sentence)) {
            for_each_term(sentence, |term| {
                let bit = terms.len();
                if bit < TERMS && !terms.contains_key(term) {
                    terms.insert(term.to_owned(), bit);
                }
            });
            if terms.len() == TERMS {
                return terms;
            }
        }
        if !terms.is_empty() {
            break;
        }
    }
    terms
}

fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..TERMS).filter(move |bit| mask & (1 << bit) != 0)
}

pub(super) fn is_question(sentence: &str) -> bool {
    sentence
        .trim_end_matches(['"', '\'', ')', '”', '’', '»', ' '])
        .ends_with(['?', '？', '؟'])
}

/// The sentences of a text, trimmed, none empty. They end at `.`, `!`, `?` before a blank, at their full-width fellows,
/// and at line breaks.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (sentence, after) = rest.split_at(sentence_end(rest));
            rest = after;
            let sentence = sentence.trim();
            if !sentence.is_empty() {
                return Some(sentence);
            }
        }
        None
    })
}

/// The first two sentences of a text, without the headings of Markdown before them.
pub(super) fn beginning(text: &str) -> String {
    let sentences = sentences(text).skip_while(|sentence| sentence.starts_with('#'));
    sentences.take(2).collect::<Vec<_>>().join(" ")
}

/// Where the first sentence of a text that is not empty ends.
fn sentence_end(text: &str) -> usize {
    let mut last_blank = 0;
    let mut after_mark = false;
    for (at, character) in text.char_indices() {
        if at >= SENTENCE_BYTES {
            // Between words, unless there is no blank anywhere near.
            return if last_blank > SENTENCE_BYTES / 2 {
                last_blank
            } else {
                at
            };
        }
        match character {
            '\n' | '。' | '！' | '？' => return at + character.len_utf8(),
            _ if character.is_whitespace() => {
                if after_mark {
                    return at;
                }
                last_blank = at;
            }
            _ => {
                after_mark =
                    matches!(character, '.' | '!' | '?') || (after_mark && matches!(character, '"' | ')' | '”'));
            }
        }
    }
    text.len()
}

/// Calls with each term of a text: lower case, plural s taken off, without stop words. An ideograph is a term itself.
fn for_each_term(text: &str, mut each: impl FnMut(&str)) {
    let mut word = String::new();
    let mut finish = |word: &mut String| {
        let stem = stem(word);
        if !stem.is_empty() && STOP_WORDS.binary_search(&stem).is_err() {
            each(stem);
        }
        word.clear();
    };
    for character in text.chars() {
        let is_ideograph = matches!(character, '\u{3040}'..='\u{9fff}');
        if is_ideograph || !character.is_alphanumeric() {
            finish(&mut word);
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        if is_ideograph {
            finish(&mut word);
        }
    }
    finish(&mut word);
}

/// A word without its plural s; nothing for a lone Latin letter, as in "what's".
fn stem(word: &str) -> &str {
    if word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return "";
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        for_each_term(text, |term| terms.push(term.to_owned()));
        terms
    }

    async fn quoted(earlier: &[&str], question: &str) -> Vec<String> {
        let passages: Vec<_> = earlier
            .iter()
            .chain([&question])
            .map(|text| Passage {
                speaker: Speaker::User,
                text,
            })
            .collect();
        best(&passages, &["Own words."])
            .await
            .into_iter()
            .map(|quote| quote.text)
            .collect()
    }

    #[test]
    fn stop_words_are_sorted_for_the_search() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn terms_are_what_a_sentence_is_about() {
        assert_eq!(terms("What's the COLOUR of my cars?"), ["colour", "car"]);
        assert_eq!(terms("Straße 12, 東京"), ["straße", "12", "東", "京"]);
        assert!(terms("is it the? 🎉 \0").is_empty());
    }

    #[test]
    fn sentences_end_where_a_reader_stops() {
        let found: Vec<_> = sentences("One. Two 2.5 km! \"Three?\" four\nfive\n\n東京。大阪").collect();
        assert_eq!(
            found,
            ["One.", "Two 2.5 km!", "\"Three?\"", "four", "five", "東京。", "大阪"]
        );
    }

    #[test]
    fn a_text_begins_after_its_heading() {
        let text = "# Cats\n\nA kitten sleeps. It purrs.\nIt eats.";
        assert_eq!(beginning(text), "A kitten sleeps. It purrs.");
        assert_eq!(beginning("# Cats"), "");
    }

    #[tokio::test]
    async fn rare_terms_weigh_more_and_ties_go_to_the_newest() {
        let earlier = ["The box holds a violin.", "The box is red.", "The box is old."];
        assert_eq!(
            quoted(&earlier, "Which box has the violin?").await[0],
            "The box holds a violin."
        );
        assert_eq!(
            quoted(&earlier[1..], "What about the box?").await,
            ["The box is old.", "The box is red."]
        );
    }

    #[tokio::test]
    async fn questions_quotes_and_own_words_are_not_quoted() {
        let earlier = [
            "Where is the box?",
            "> The box is red.",
            "Own words.",
            "The box is red.",
            "The box is red.",
        ];
        assert_eq!(quoted(&earlier, "own box words?").await, ["The box is red."]);
    }

    proptest! {
        #[test]
        fn sentences_are_in_the_text_and_bounded(text in "\\PC{0,80}|[a-c .!?\n\"]{0,2000}") {
            let mut rest = text.as_str();
            for sentence in sentences(&text) {
                prop_assert!(!sentence.is_empty() && sentence.len() <= SENTENCE_BYTES + 4);
                let at = rest.find(sentence);
                prop_assert!(at.is_some());
                rest = &rest[at.unwrap() + sentence.len()..];
            }
            prop_assert!(!rest.chars().any(char::is_alphanumeric), "nothing is lost: {:?}", rest);
        }
    }
}
