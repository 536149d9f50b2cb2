//! Finding passages by the words of a question.
//!
//! In two steps. The index says which passages hold which words of the question, rare words counting more; the best few of
//! them are read and ranked by Okapi BM25 (Robertson et al., "Okapi at TREC-3", 1994; k1 = 1.2, b = 0.75). Both databases
//! say only what matches, so both give the same answer. A score is what a passage reaches of what one would that holds every
//! word of the question, from 0 to 1.

use std::collections::HashSet;

use entity::projects;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use super::add::passages_of;
use super::retrieve::{CANDIDATES, Found};
use crate::search::{self, tokens};

/// Words of a question that are looked up, and of those the rarest that count.
const LOOKED_UP: usize = 64;
const COUNTED: usize = 16;
/// Passages that are looked at for one word: a word that more have says little.
const MOST_MATCHES: i64 = 2_000;
/// How many passages a word is thought to be missing from besides those there are: in a project with three passages, a word
/// that is in all of them is not a frequent one yet.
const ELSEWHERE: f64 = 100.0;
/// From so many letters on a word stands for all that begin with it, and its plural for itself.
const SHORTEST_STEM: usize = 5;
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Words that are in every text and ask for nothing.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i",
    "if", "in", "into", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "out", "please", "s",
    "she", "should", "so", "some", "t", "tell", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "those", "to", "up", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whom",
    "whose", "why", "will", "with", "would", "you", "your",
];

/// A word of a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word {
    text: String,
    /// Whether it stands for all that begin with it.
    is_stem: bool,
}

impl Word {
    fn of(token: &str) -> Self {
        let stem = token.strip_suffix('s').filter(|stem| !stem.ends_with('s'));
        let stem = stem.unwrap_or(token);
        let is_stem = stem.len() >= SHORTEST_STEM && stem.bytes().all(|byte| byte.is_ascii_lowercase());
        Self {
            text: if is_stem { stem } else { token }.to_owned(),
            is_stem,
        }
    }

    fn is(&self, token: &str) -> bool {
        if self.is_stem {
            token.starts_with(&self.text)
        } else {
            token == self.text
        }
    }

    /// As a query of a full-text engine. A token holds nothing that is syntax there.
    fn query(&self, place: &str, backend: DbBackend) -> String {
        match (backend, self.is_stem) {
            (DbBackend::Postgres, true) => format!("'{}':*", self.text),
            (DbBackend::Postgres, false) => format!("'{}'", self.text),
            (_, true) => format!("\"{place}{}\" *", self.text),
            (_, false) => format!("\"{place}{}\"", self.text),
        }
    }
}

/// The words of a question, without those that ask for nothing.
fn words(question: &str) -> Vec<Word> {
    let mut seen = HashSet::new();
    let mut words = Vec::new();
    for token in tokens(question) {
        if words.len() == LOOKED_UP || STOP_WORDS.binary_search(&token.text.as_ref()).is_ok() {
            continue;
        }
        let word = Word::of(&token.text);
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// The passages of a project that hold words of a question, best first.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    project: &projects::Model,
    question: &str,
) -> Result<Vec<Found>, DbErr> {
    let words = words(question);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let there = passages_of(db, &project.id).await?;
    if there == 0 {
        return Ok(Vec::new());
    }
    let index = Index { db, project };
    let counts = index.counts(&words).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts of passages are far below 2^52")]
    let weight = |count: i64| idf(count as f64, there as f64 + ELSEWHERE);
    let mut weighed: Vec<(Word, i64, f64)> = words
        .into_iter()
        .zip(counts)
        .map(|(word, count)| (word, count, weight(count)))
        .collect();
    weighed.sort_by(|one, other| other.2.total_cmp(&one.2));
    weighed.truncate(COUNTED);
    let reachable: f64 = weighed.iter().map(|(.., weight)| weight).sum();
    let known: Vec<(Word, f64)> = weighed
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(word, _, weight)| (word, weight))
        .collect();
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let candidates = index.candidates(&known).await?;
    let mut found = rank(candidates, &known, reachable);
    found.retain(|found| found.score >= project.similarity);
    Ok(found)
}

/// How much a word says that so many of all passages have.
fn idf(count: f64, all: f64) -> f64 {
    ((all - count + 0.5) / (count + 0.5)).max(0.0).ln_1p()
}

/// Scores each passage and puts the best first.
fn rank(candidates: Vec<Found>, words: &[(Word, f64)], reachable: f64) -> Vec<Found> {
    let mut counted: Vec<(Found, Vec<f64>, f64)> = Vec::with_capacity(candidates.len());
    for found in candidates {
        let mut counts = vec![0.0; words.len()];
        let mut length = 0.0;
        for token in tokens(&found.text) {
            length += 1.0;
            for (count, _) in counts
                .iter_mut()
                .zip(words)
                .filter(|(_, (word, _))| word.is(&token.text))
            {
                *count += 1.0;
            }
        }
        counted.push((found, counts, length));
    }
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let usual = counted.iter().map(|(.., length)| length).sum::<f64>() / counted.len().max(1) as f64;
    let mut ranked: Vec<Found> = counted
        .into_iter()
        .map(|(mut found, counts, length)| {
            let much = K1 * (1.0 - B + B * length / usual.max(1.0));
            let of_word = |(count, (_, weight)): (&f64, &(Word, f64))| weight * count * (K1 + 1.0) / (count + much);
            let reached: f64 = counts.iter().zip(words).map(of_word).sum();
            found.score = (reached / reachable).min(1.0);
            found
        })
        .collect();
    // The order of the candidates, which is that of the index, settles what is alike.
    ranked.sort_by(|one, other| other.score.total_cmp(&one.score));
    ranked
}

/// The full-text index of one project.
struct Index<'a, C> {
    db: &'a C,
    project: &'a projects::Model,
}

impl<C: ConnectionTrait> Index<'_, C> {
    /// Which passages hold a word, as a query of `seq`; no more than are looked at.
    fn matching(&self, word: &Word, values: &mut Vec<Value>) -> String {
        let backend = self.db.get_database_backend();
        let place = search::term('p', &self.project.id);
        values.push(word.query(&place, backend).into());
        let query = values.len();
        if backend == DbBackend::Postgres {
            values.push(self.project.id.as_str().into());
            let place = values.len();
            format!(
                "SELECT seq FROM passages WHERE places @> ARRAY[${place}] AND tokens @@ ${query}::tsquery LIMIT {MOST_MATCHES}"
            )
        } else {
            format!("SELECT rowid AS seq FROM passage_index WHERE passage_index MATCH ${query} LIMIT {MOST_MATCHES}")
        }
    }

    /// How many passages hold each word.
    async fn counts(&self, words: &[Word]) -> Result<Vec<i64>, DbErr> {
        let mut values = Vec::new();
        let counts: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(at, word)| {
                let matching = self.matching(word, &mut values);
                format!("SELECT {at} AS place, (SELECT count(*) FROM ({matching}) AS matching) AS found")
            })
            .collect();
        let sql = format!("{} ORDER BY place", counts.join(" UNION ALL "));
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        let rows = self.db.query_all_raw(statement).await?;
        rows.iter().map(|row| row.try_get_by_index(1)).collect()
    }

    /// The passages that hold most of the words, rare ones counting more.
    async fn candidates(&self, words: &[(Word, f64)]) -> Result<Vec<Found>, DbErr> {
        let mut values = Vec::new();
        let weighed: Vec<String> = words
            .iter()
            .map(|(word, weight)| {
                let matching = self.matching(word, &mut values);
                format!("SELECT seq, CAST({weight:.6} AS DOUBLE PRECISION) AS weight FROM ({matching}) AS matching")
            })
            .collect();
        let sql = format!(
            "SELECT passages.document_id, documents.title, passages.number, passages.content
             FROM (SELECT seq, sum(weight) AS weight FROM ({}) AS each_word GROUP BY seq
                   ORDER BY 2 DESC, 1 LIMIT {CANDIDATES}) AS best
             JOIN passages ON passages.seq = best.seq
             JOIN documents ON documents.id = passages.document_id
             ORDER BY best.weight DESC, best.seq",
            weighed.join(" UNION ALL ")
        );
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        let found = |row: sea_orm::QueryResult| {
            Ok(Found {
                document_id: row.try_get_by_index(0)?,
                title: row.try_get_by_index(1)?,
                number: row.try_get_by_index(2)?,
                text: row.try_get_by_index(3)?,
                score: 0.0,
            })
        };
        let rows = self.db.query_all_raw(statement).await?;
        rows.into_iter().map(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(text: &str) -> Found {
        Found {
            document_id: String::new(),
            title: String::new(),
            number: 1,
            text: text.to_owned(),
            score: 0.0,
        }
    }

    #[test]
    fn stop_words_can_be_looked_up() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn what_is_asked_for() {
        let asked = |question: &str| -> Vec<String> { words(question).into_iter().map(|word| word.text).collect() };
        assert_eq!(asked("What is the capital of France?"), ["capital", "france"]);
        assert_eq!(asked("Refunds, refund: REFUND!"), ["refund"]);
        for nothing in ["Is it?", "?!"] {
            assert!(asked(nothing).is_empty(), "{nothing}");
        }
        assert_eq!(asked(&"tea tin ".repeat(5_000)), ["tea", "tin"]);
        assert_eq!(Word::of("glass").text, "glass");
        assert!(Word::of("refunds").is("refunded") && !Word::of("cat").is("cats"));
    }

    #[test]
    fn rare_words_and_short_passages_count_more() {
        let words = [(Word::of("refund"), 4.0), (Word::of("day"), 1.0)];
        let candidates = vec![
            passage("A day, and another day."),
            passage(&format!("A refund. {}", "Much else is told here. ".repeat(30))),
            passage("A refund within a day."),
            passage("A refund."),
        ];
        let ranked = rank(candidates, &words, 5.0);
        let order: Vec<&str> = ranked.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(ranked[0].text, "A refund within a day.");
        assert_eq!(ranked[3].text, "A day, and another day.", "{order:?}");
        assert!(ranked.iter().all(|found| (0.0..=1.0).contains(&found.score)));
        assert!(ranked[1].score > ranked[2].score);
    }

    #[test]
    fn a_word_says_the_less_the_more_have_it() {
        assert!(idf(0.0, 101.0) > idf(1.0, 101.0) && idf(1.0, 101.0) > idf(90.0, 101.0));
        assert!(idf(2_000.0, 101.0) >= 0.0);
    }
}
