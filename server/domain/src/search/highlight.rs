//! The passage of a message in which something was found, with a mark on what was found.

use super::query::{Clause, Query};
use super::tokens::{Token, tokens};

/// Bytes around what was found, before and in all.
const BEFORE: usize = 60;
const LONGEST: usize = 280;

/// A passage as text and as escaped HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) text: String,
    pub(super) html: String,
}

/// Something that was found: its bytes, and which clause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    start: usize,
    end: usize,
    clause: usize,
}

/// The passage that has most of what is looked for; the beginning, when nothing of it is there.
pub(super) fn passage(content: &str, query: &Query) -> Passage {
    let marks = marks(content, &query.clauses);
    let best = best(&marks);
    let (start, end) = around(
        content,
        best.map_or(0, |mark| mark.start),
        best.map_or(0, |mark| mark.end),
    );
    let mut passage = Passage {
        text: String::new(),
        html: String::new(),
    };
    if start > 0 {
        passage.text.push('…');
        passage.html.push('…');
    }
    passage.text.push_str(content.get(start..end).unwrap_or_default());
    let mut at = start;
    let inside = marks.iter().filter(|mark| mark.start >= start && mark.end <= end);
    for mark in inside {
        // Phrases may overlap.
        let from = Ord::max(mark.start, at);
        if from >= mark.end {
            continue;
        }
        escape(content.get(at..from).unwrap_or_default(), &mut passage.html);
        passage.html.push_str("<mark>");
        escape(content.get(from..mark.end).unwrap_or_default(), &mut passage.html);
        passage.html.push_str("</mark>");
        at = mark.end;
    }
    escape(content.get(at..end).unwrap_or_default(), &mut passage.html);
    if end < content.len() {
        passage.text.push('…');
        passage.html.push('…');
    }
    passage
}

fn marks(content: &str, clauses: &[Clause]) -> Vec<Mark> {
    let tokens: Vec<Token<'_>> = tokens(content).collect();
    let mut marks = Vec::new();
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        for (clause, wanted) in clauses.iter().enumerate() {
            if let Some(end) = matches(rest, wanted) {
                let start = rest.first().map_or(0, |token| token.start);
                marks.push(Mark { start, end, clause });
            }
        }
    }
    marks
}

/// Where a clause ends that these tokens begin with.
fn matches(tokens: &[Token<'_>], clause: &Clause) -> Option<usize> {
    let tokens = tokens.get(..clause.words.len())?;
    let (last, before) = clause.words.split_last()?;
    let (last_token, tokens) = tokens.split_last()?;
    let same = before.iter().zip(tokens).all(|(word, token)| *word == token.text);
    let ends = if clause.prefix {
        last_token.text.starts_with(last.as_str())
    } else {
        last_token.text == *last
    };
    (same && ends).then_some(last_token.end)
}

/// The first mark of the passage in which most different clauses are.
fn best(marks: &[Mark]) -> Option<Mark> {
    let mut best: Option<(u32, Mark)> = None;
    for (at, first) in marks.iter().enumerate() {
        let near = marks.iter().skip(at);
        let near = near.take_while(|mark| mark.end <= first.start + LONGEST - BEFORE);
        // A bit for each clause, of which there are few.
        let seen = near
            .fold(0_u32, |seen, mark| seen | 1 << (mark.clause % 32))
            .count_ones();
        if best.is_none_or(|(most, _)| seen > most) {
            best = Some((seen, *first));
        }
    }
    best.map(|(_, mark)| mark)
}

/// The passage around some bytes, from between words to between words where there are any.
fn around(content: &str, start: usize, end: usize) -> (usize, usize) {
    let mut from = content.floor_char_boundary(start.saturating_sub(BEFORE));
    if from > 0 {
        let between = content.get(from..start).unwrap_or_default();
        from += between.find(char::is_whitespace).unwrap_or(0);
        let between = content.get(from..start).unwrap_or_default();
        from += between.len() - between.trim_start().len();
    }
    let mut to = content.floor_char_boundary(Ord::max(from + LONGEST, Ord::min(end, from + 2 * LONGEST)));
    if to < content.len() {
        let after = Ord::min(end, to);
        if let Some(space) = content.get(after..to).unwrap_or_default().rfind(char::is_whitespace) {
            to = after + space;
        }
    }
    (from, to)
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(content: &str, typed: &str) -> String {
        passage(content, &Query::read(typed).unwrap()).html
    }

    #[test]
    fn what_was_found_is_marked_and_the_rest_is_escaped() {
        for (content, typed, expected) in [
            ("Hello World", "world", "Hello <mark>World</mark>"),
            ("Hello World", "wor", "Hello <mark>World</mark>"),
            ("a word in a world", "\"word\"", "a <mark>word</mark> in a world"),
            ("Crème brûlée", "creme", "<mark>Crème</mark> brûlée"),
            ("see main.rs, mainly", "main.rs", "see <mark>main.rs</mark>, mainly"),
            (
                "big world, world big",
                "\"world big\"",
                "big world, <mark>world big</mark>",
            ),
            ("a a a", "\"a a\"", "<mark>a a</mark><mark> a</mark>"),
            (
                "<script>alert('x')</script> & \"y\"",
                "alert",
                "&lt;script&gt;<mark>alert</mark>(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;",
            ),
            ("東京大学", "京大", "東<mark>京大</mark>学"),
            ("so 👍🏽!", "👍", "so <mark>👍</mark>🏽!"),
            ("nothing of it", "else", "nothing of it"),
        ] {
            assert_eq!(html(content, typed), expected, "{content:?} {typed:?}");
        }
    }

    #[test]
    fn the_passage_is_where_most_is() {
        let content = format!("rust {} rust and axum {}", "filler ".repeat(100), "after ".repeat(100));
        let found = passage(&content, &Query::read("axum rust").unwrap());
        assert!(
            found.html.contains("<mark>rust</mark> and <mark>axum</mark>"),
            "{found:?}"
        );
        assert!(
            found.text.starts_with("…filler") && found.text.ends_with("after…"),
            "{found:?}"
        );
        assert!(found.text.len() <= LONGEST + 6, "{}", found.text.len());
    }

    proptest! {
        #[test]
        fn a_passage_is_bounded_and_its_html_says_the_same(content in "(?s).{0,900}", typed in "\\w{1,2}( \\w{1,2})?") {
            let Some(query) = Query::read(&typed) else { return Ok(()) };
            let found = passage(&content, &query);
            prop_assert!(found.text.len() <= 2 * LONGEST + 10);
            let plain = found.html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!plain.contains('<') && !plain.contains('>'));
            let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
            prop_assert_eq!(plain.replace("&amp;", "&"), found.text);
        }
    }
}
