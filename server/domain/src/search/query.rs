//! What somebody types, as a query that both databases understand alike. Any text is one; nothing in it is syntax of an
//! engine, because only tokens are handed on.

use super::tokens::tokens;

/// Characters of a query that are read.
const READ: usize = 1_000;
const MOST_CLAUSES: usize = 12;
/// Words of a phrase that count.
const MOST_WORDS: usize = 12;
/// A word that is still being typed counts as the beginning of others from so many characters.
const SHORTEST_PREFIX: usize = 2;

/// Words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) words: Vec<String>,
    /// Whether the last word may be the beginning of one.
    pub(super) prefix: bool,
}

/// What is looked for: a message in which all clauses are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) clauses: Vec<Clause>,
    /// The clauses as one phrase, which ranks higher.
    pub(super) phrase: Option<Clause>,
    /// The clauses with the word that is still being typed as a whole word, which ranks higher too.
    pub(super) whole: Option<Vec<Clause>>,
}

impl Query {
    /// Reads what was typed; nothing when there is no word in it.
    pub(super) fn read(typed: &str) -> Option<Self> {
        let mut clauses: Vec<Clause> = Vec::new();
        let mut being_typed = false;
        for piece in pieces(typed) {
            let mut words: Vec<String> = tokens(piece.text).map(|token| token.text.into_owned()).collect();
            if words.is_empty() {
                continue;
            }
            if clauses.len() == MOST_CLAUSES {
                being_typed = false;
                break;
            }
            let cut = words.len() > MOST_WORDS;
            words.truncate(MOST_WORDS);
            being_typed = piece.open && !cut;
            clauses.push(Clause {
                words,
                prefix: piece.starred && !cut,
            });
        }
        let last = clauses.last_mut()?;
        let implied = being_typed
            && !last.prefix
            && last
                .words
                .last()
                .is_some_and(|word| word.chars().count() >= SHORTEST_PREFIX);
        let whole = implied.then(|| clauses.clone());
        if let Some(last) = clauses.last_mut() {
            last.prefix |= implied;
        }
        Some(Self {
            phrase: phrase(&clauses),
            clauses,
            whole,
        })
    }

    /// The query with the word that is still being typed as a whole word; none when it is that already.
    pub(super) fn as_typed(&self) -> Option<Self> {
        let clauses = self.whole.clone()?;
        Some(Self {
            phrase: phrase(&clauses),
            clauses,
            whole: None,
        })
    }
}

fn phrase(clauses: &[Clause]) -> Option<Clause> {
    let (last, before) = clauses.split_last()?;
    if before.is_empty() || before.iter().any(|clause| clause.prefix) {
        return None;
    }
    Some(Clause {
        words: clauses.iter().flat_map(|clause| clause.words.iter().cloned()).collect(),
        prefix: last.prefix,
    })
}

/// A part of what was typed: what stands in quotes, or between spaces.
#[derive(Debug)]
struct Piece<'a> {
    text: &'a str,
    /// Ends with an asterisk.
    starred: bool,
    /// Nothing says that its last word is complete.
    open: bool,
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

fn pieces(typed: &str) -> Vec<Piece<'_>> {
    let end = typed.char_indices().nth(READ).map_or(typed.len(), |(at, _)| at);
    let mut rest = typed.get(..end).unwrap_or_default();
    let mut pieces = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return pieces;
        };
        if is_quote(first) {
            let inside = rest.get(first.len_utf8()..).unwrap_or_default();
            let (text, after, open) = match inside.find(is_quote) {
                Some(at) => {
                    let (text, closing) = inside.split_at(at);
                    (text, closing.trim_start_matches(is_quote), false)
                }
                None => (inside, "", true),
            };
            pieces.push(Piece {
                text,
                starred: false,
                open,
            });
            rest = after;
        } else {
            let at = rest
                .find(|character: char| character.is_whitespace() || is_quote(character))
                .unwrap_or(rest.len());
            let (text, after) = rest.split_at(at);
            pieces.push(Piece {
                text,
                starred: text.ends_with('*'),
                open: true,
            });
            rest = after;
        }
    }
}

/// As FTS5 reads it: each token with one of the reaches before it, and a place in which all must lie.
pub(super) fn to_fts5(clauses: &[Clause], reaches: &[String], place: Option<&str>) -> String {
    let in_reach = |reach: &String| {
        let clauses: Vec<String> = clauses
            .iter()
            .map(|clause| {
                let words: Vec<String> = clause.words.iter().map(|word| format!("{reach}{word}")).collect();
                let star = if clause.prefix { " *" } else { "" };
                format!("\"{}\"{star}", words.join(" "))
            })
            .collect();
        format!("({})", clauses.join(" AND "))
    };
    let anywhere = reaches.iter().map(in_reach).collect::<Vec<_>>().join(" OR ");
    match place {
        Some(place) => format!("({anywhere}) AND \"{place}\""),
        None => anywhere,
    }
}

/// As a `tsquery`.
pub(super) fn to_tsquery(clauses: &[Clause]) -> String {
    let clauses: Vec<String> = clauses
        .iter()
        .map(|clause| {
            let words: Vec<String> = clause.words.iter().map(|word| format!("'{word}'")).collect();
            let star = if clause.prefix { ":*" } else { "" };
            format!("({}{star})", words.join(" <-> "))
        })
        .collect();
    clauses.join(" & ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(typed: &str) -> String {
        Query::read(typed).map_or_else(String::new, |query| to_tsquery(&query.clauses))
    }

    #[test]
    fn what_is_typed_is_a_query() {
        for (typed, query) in [
            ("", ""),
            ("% _ ' \" * ( NEAR", "('near':*)"),
            ("\"", ""),
            ("*", ""),
            ("rust", "('rust':*)"),
            ("r", "('r')"),
            ("r*", "('r':*)"),
            ("Rust async", "('rust') & ('async':*)"),
            ("as* rust", "('as':*) & ('rust':*)"),
            ("\"hello world\"", "('hello' <-> 'world')"),
            ("“hello world” ag", "('hello' <-> 'world') & ('ag':*)"),
            ("\"hello wor", "('hello' <-> 'wor':*)"),
            ("main.rs", "('main' <-> 'rs':*)"),
            ("a OR b AND NOT c", "('a') & ('or') & ('b') & ('and') & ('not') & ('c')"),
            ("terms:x ^y {z}", "('terms' <-> 'x') & ('y') & ('z')"),
            ("東京", "('東' <-> '京')"),
            ("👍", "('👍')"),
        ] {
            assert_eq!(read(typed), query, "{typed:?}");
        }
        assert_eq!(
            Query::read(&"word ".repeat(2_000)).map(|query| query.clauses.len()),
            Some(MOST_CLAUSES)
        );
    }

    #[test]
    fn each_token_is_within_reach() {
        let query = Query::read("\"a b\" cd").unwrap();
        assert_eq!(
            to_fts5(&query.clauses, &["u1".to_owned(), "s2".to_owned()], Some("t3")),
            r#"(("u1a u1b" AND "u1cd" *) OR ("s2a s2b" AND "s2cd" *)) AND "t3""#
        );
        assert_eq!(
            query.phrase.map(|phrase| to_tsquery(&[phrase])),
            Some("('a' <-> 'b' <-> 'cd':*)".to_owned())
        );
    }

    proptest! {
        #[test]
        fn anything_is_a_bounded_query(typed in "(?s).{0,300}") {
            if let Some(query) = Query::read(&typed) {
                prop_assert!(!query.clauses.is_empty() && query.clauses.len() <= MOST_CLAUSES);
                for clause in &query.clauses {
                    prop_assert!(!clause.words.is_empty() && clause.words.len() <= MOST_WORDS);
                }
                let quotes = to_fts5(&query.clauses, &["u".to_owned()], None).matches('"').count();
                prop_assert_eq!(quotes, 2 * query.clauses.len());
            }
        }
    }
}
