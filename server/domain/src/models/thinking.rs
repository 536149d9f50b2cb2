//! Keeping what a model thinks apart from what it answers.
//!
//! Servers that know a model sends thoughts say so in a field of their own. Others pass on what the model writes, which
//! for many models begins with `<think>`, their thoughts and `</think>`. Only at the very beginning of an answer does that
//! mean thoughts; anywhere else it is text about them.

use std::collections::VecDeque;

use futures::{StreamExt as _, stream};

use super::{ModelEvent, ModelStream};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// Blanks held back at the beginning, in bytes; more of them are an answer.
const MOST_BLANKS: usize = 256;

/// An answer with the thoughts at its beginning taken out of its text.
pub(super) fn keep_apart(events: ModelStream) -> ModelStream {
    let state = (events, Splitter::default(), VecDeque::new());
    Box::pin(stream::unfold(
        state,
        |(mut events, mut splitter, mut ready)| async move {
            while ready.is_empty() {
                match events.next().await {
                    Some(Ok(ModelEvent::Text(text))) => ready.extend(splitter.push(&text).map(Ok)),
                    Some(Ok(thought @ ModelEvent::Reasoning(_))) => ready.push_back(Ok(thought)),
                    Some(end) => {
                        ready.extend(splitter.finish().map(Ok));
                        ready.push_back(end);
                    }
                    None => return None,
                }
            }
            ready.pop_front().map(|event| (event, (events, splitter, ready)))
        },
    ))
}

/// Where in an answer its text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// At the beginning: it may become either.
    #[default]
    Beginning,
    /// Among thoughts.
    Thoughts,
    /// Between thoughts and answer.
    Gap,
    /// In the answer.
    Answer,
}

/// Splits a text that comes in pieces. What it says does not depend on how the text is cut.
#[derive(Debug, Default)]
struct Splitter {
    place: Place,
    /// What can't be told yet.
    held: String,
}

impl Splitter {
    fn push(&mut self, piece: &str) -> impl Iterator<Item = ModelEvent> + use<> {
        self.held.push_str(piece);
        let mut thought = String::new();
        if self.place == Place::Beginning {
            let rest = self.held.trim_start();
            if let Some(after) = rest.strip_prefix(OPEN) {
                self.held = after.to_owned();
                self.place = Place::Thoughts;
            } else if !OPEN.starts_with(rest) || self.held.len() > MOST_BLANKS {
                self.place = Place::Answer;
            }
        }
        if self.place == Place::Thoughts {
            if let Some((before, after)) = self.held.split_once(CLOSE) {
                thought = before.to_owned();
                self.held = after.to_owned();
                self.place = Place::Gap;
            } else {
                let rest = self.held.split_off(self.held.len() - begun(&self.held, CLOSE));
                thought = std::mem::replace(&mut self.held, rest);
            }
        }
        if self.place == Place::Gap {
            self.held = self.held.trim_start().to_owned();
            if !self.held.is_empty() {
                self.place = Place::Answer;
            }
        }
        let text = if self.place == Place::Answer {
            std::mem::take(&mut self.held)
        } else {
            String::new()
        };
        events(thought, text)
    }

    /// What is left at the end.
    fn finish(&mut self) -> impl Iterator<Item = ModelEvent> + use<> {
        let held = std::mem::take(&mut self.held);
        match self.place {
            Place::Thoughts => events(held, String::new()),
            _ => events(String::new(), held),
        }
    }
}

fn events(thought: String, text: String) -> impl Iterator<Item = ModelEvent> {
    let thought = Some(thought).filter(|thought| !thought.is_empty());
    let text = Some(text).filter(|text| !text.is_empty());
    thought
        .map(ModelEvent::Reasoning)
        .into_iter()
        .chain(text.map(ModelEvent::Text))
}

/// Bytes at the end of a text that may be the beginning of a mark.
fn begun(text: &str, mark: &str) -> usize {
    (1..mark.len())
        .rev()
        .find(|length| text.ends_with(&mark[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let mut splitter = Splitter::default();
        let mut seen: Vec<_> = pieces.into_iter().flat_map(|piece| splitter.push(piece)).collect();
        seen.extend(splitter.finish());
        let (mut thought, mut text) = (String::new(), String::new());
        for event in seen {
            match event {
                ModelEvent::Reasoning(piece) => {
                    assert!(text.is_empty(), "thoughts come first");
                    thought.push_str(&piece);
                }
                ModelEvent::Text(piece) => text.push_str(&piece),
                ModelEvent::Finished { .. } => unreachable!(),
            }
        }
        (thought, text)
    }

    #[test]
    fn only_thoughts_at_the_beginning_are_thoughts() {
        for (whole, thought, text) in [
            ("", "", ""),
            ("\n ", "", "\n "),
            ("Hello", "", "Hello"),
            ("<think>hm</think>\n\nHello", "hm", "Hello"),
            (
                "\n<think>\na < b </thin\n</think>Hello </think>",
                "\na < b </thin\n",
                "Hello </think>",
            ),
            ("<think></think>Hello", "", "Hello"),
            ("<think>hm</think>  ", "hm", ""),
            ("<think>cut off </thi", "cut off </thi", ""),
            ("<thin", "", "<thin"),
            ("<thinking>hm", "", "<thinking>hm"),
            ("Use <think>hm</think>", "", "Use <think>hm</think>"),
        ] {
            assert_eq!(split([whole]), (thought.to_owned(), text.to_owned()), "{whole:?}");
        }
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            before in "[ \n]{0,3}(<think>)?",
            parts in proptest::collection::vec("[a語🎉 \n<>/]{0,4}|</?think>", 0..12),
            cuts in proptest::collection::vec(1usize..5, 0..40),
        ) {
            let whole = before + &parts.concat();
            let mut pieces = Vec::new();
            let mut rest = whole.as_str();
            for cut in cuts {
                let (piece, after) = rest.split_at(rest.ceil_char_boundary(cut.min(rest.len())));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(split(pieces), split([whole.as_str()]));
        }

        #[test]
        fn nothing_is_lost(whole in "[a語 <>/]{0,40}") {
            let (thought, text) = split([whole.as_str()]);
            prop_assert_eq!((thought.as_str(), text), ("", whole));
        }
    }
}
