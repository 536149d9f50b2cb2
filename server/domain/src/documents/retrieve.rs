//! Finding the passages of a project that bear on a question: by their words and by their meaning, made one list by reciprocal
//! rank fusion (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning
//! Methods", SIGIR 2009), which needs no common measure: a passage counts by its places in the lists.
//!
//! A score is what a passage reaches by words or by meaning, whichever is more, from 0 to 1. A project says from which score on
//! a passage counts, and how many do.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use entity::projects;
use sea_orm::DbErr;
use types::threads::Source;

use super::{vectors, words};
use crate::Core;
use crate::chat::context;

/// Characters of a question that are read.
const READ: usize = 4_000;
/// Passages in each list.
pub(super) const CANDIDATES: usize = 50;
/// How little the first places of a list are worth more than those after them; the value of the paper.
const K: f64 = 60.0;

/// A passage that bears on a question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) document_id: String,
    pub(crate) title: String,
    pub(crate) number: i32,
    pub(crate) text: String,
    pub(crate) score: f64,
}

impl Found {
    /// As it goes into a prompt.
    pub(crate) fn to_part(&self) -> context::Source {
        context::Source {
            title: self.title.clone(),
            text: self.text.clone(),
        }
    }

    /// As callers see it, under the number by which the answer cites it.
    pub(crate) fn to_wire(&self, number: u32) -> Source {
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1, for people to read")]
        let score = ((self.score * 10_000.0).round() / 10_000.0) as f32;
        Source {
            title: self.title.clone(),
            text: self.text.clone(),
            score,
            number: Some(number),
            document_id: Some(self.document_id.clone()),
            passage: Some(self.number),
        }
    }
}

/// The passages of a project that bear on a question, best first: as many as the project wants, from the score on that it
/// wants. Whether the caller may see the project is settled before. What can't be had from the embedding model in time is done
/// without.
pub(crate) async fn retrieve(core: &Core, project: &projects::Model, question: &str) -> Result<Vec<Found>, DbErr> {
    let most = usize::try_from(project.top_n).unwrap_or(0).min(CANDIDATES);
    if most == 0 {
        return Ok(Vec::new());
    }
    let end = question.char_indices().nth(READ).map_or(question.len(), |(at, _)| at);
    let question = question.get(..end).unwrap_or_default();
    let (by_words, by_meaning) = tokio::try_join!(
        words::find(core.db.read(), project, question),
        vectors::find(core, project, question)
    )?;
    let mut found = fuse([by_words, by_meaning]);
    found.truncate(most);
    Ok(found)
}

/// Makes lists one, each of them best first.
fn fuse(lists: [Vec<Found>; 2]) -> Vec<Found> {
    let mut fused: Vec<(Found, f64)> = Vec::new();
    let mut places = HashMap::new();
    for list in lists {
        for (rank, found) in (1_u32..).zip(list) {
            let share = 1.0 / (K + f64::from(rank));
            match places.entry((found.document_id.clone(), found.number)) {
                Entry::Vacant(place) => {
                    place.insert(fused.len());
                    fused.push((found, share));
                }
                Entry::Occupied(place) => {
                    if let Some((there, shares)) = fused.get_mut(*place.get()) {
                        there.score = there.score.max(found.score);
                        *shares += share;
                    }
                }
            }
        }
    }
    // What is alike keeps its place: words before meaning.
    fused.sort_by(|one, other| other.1.total_cmp(&one.1));
    fused.into_iter().map(|(found, _)| found).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(numbers: &[(i32, f64)]) -> Vec<Found> {
        let found = |&(number, score): &(i32, f64)| Found {
            document_id: "d".to_owned(),
            title: String::new(),
            number,
            text: String::new(),
            score,
        };
        numbers.iter().map(found).collect()
    }

    fn numbers(fused: &[Found]) -> Vec<i32> {
        fused.iter().map(|found| found.number).collect()
    }

    #[test]
    fn what_both_lists_hold_comes_first() {
        let words = list(&[(1, 0.9), (2, 0.5), (3, 0.4)]);
        let meaning = list(&[(4, 0.8), (3, 0.7), (1, 0.1)]);
        let fused = fuse([words, meaning]);
        assert_eq!(numbers(&fused), [1, 3, 4, 2]);
        let scores: Vec<f64> = fused.iter().map(|found| found.score).collect();
        assert_eq!(scores, [0.9, 0.7, 0.8, 0.5]);
        assert_eq!(numbers(&fuse([list(&[(1, 0.5)]), list(&[(2, 0.5)])])), [1, 2]);
    }

    fn ranking() -> impl Strategy<Value = Vec<Found>> {
        let numbers = prop::collection::btree_set(1..40_i32, 0..30).prop_map(|set| set.into_iter().collect::<Vec<_>>());
        numbers
            .prop_shuffle()
            .prop_map(|numbers| list(&numbers.into_iter().map(|number| (number, 0.5)).collect::<Vec<_>>()))
    }

    proptest! {
        #[test]
        fn one_list_keeps_its_order_and_nothing_is_lost_or_twice(words in ranking(), meaning in ranking()) {
            prop_assert_eq!(fuse([words.clone(), Vec::new()]), words.clone());
            prop_assert_eq!(fuse([Vec::new(), words.clone()]), words.clone());
            let mut all = numbers(&words);
            all.extend(numbers(&meaning));
            all.sort_unstable();
            all.dedup();
            let mut fused = numbers(&fuse([words, meaning]));
            fused.sort_unstable();
            prop_assert_eq!(fused, all);
        }
    }
}
