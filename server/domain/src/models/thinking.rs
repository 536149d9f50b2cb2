//! Thoughts that a model writes into its answer: `<think>…</think>` at its very beginning, as many local models do whose server
//! doesn't set them apart.

use super::ModelEvent;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Tells the thoughts at the beginning of an answer from the answer, however it is cut into pieces.
#[derive(Debug, Default)]
pub struct Thinking {
    place: Place,
    /// What can't be told yet.
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but blanks came yet.
    #[default]
    Beginning,
    Thought,
    /// Behind the thoughts, before the first word of the answer.
    Between,
    Answer,
}

impl Thinking {
    /// Takes in a piece of the answer, and gives what is known of it now.
    pub fn take(&mut self, piece: &str) -> Vec<ModelEvent> {
        self.held.push_str(piece);
        let mut known = Vec::new();
        while let Some(event) = self.next() {
            known.push(event);
        }
        known
    }

    /// What was held back, at the end of the answer.
    pub fn finish(&mut self) -> Option<ModelEvent> {
        let held = std::mem::take(&mut self.held);
        match self.place {
            _ if held.is_empty() => None,
            Place::Thought => Some(ModelEvent::Reasoning(held)),
            Place::Between => None,
            Place::Beginning | Place::Answer => Some(ModelEvent::Text(held)),
        }
    }

    fn next(&mut self) -> Option<ModelEvent> {
        loop {
            match self.place {
                Place::Beginning => {
                    let begun = self.held.trim_start();
                    if let Some(thought) = begun.strip_prefix(OPEN) {
                        self.held = thought.to_owned();
                        self.place = Place::Thought;
                    } else if OPEN.starts_with(begun) {
                        return None;
                    } else {
                        self.place = Place::Answer;
                    }
                }
                Place::Thought => {
                    if let Some((thought, answer)) = self.held.split_once(CLOSE) {
                        let thought = thought.to_owned();
                        self.held = answer.to_owned();
                        self.place = Place::Between;
                        if !thought.is_empty() {
                            return Some(ModelEvent::Reasoning(thought));
                        }
                    } else {
                        let sure = self.held.len() - half_closed(&self.held);
                        let thought: String = self.held.drain(..sure).collect();
                        return (!thought.is_empty()).then_some(ModelEvent::Reasoning(thought));
                    }
                }
                Place::Between => {
                    self.held = self.held.trim_start().to_owned();
                    if self.held.is_empty() {
                        return None;
                    }
                    self.place = Place::Answer;
                }
                Place::Answer => {
                    let text = std::mem::take(&mut self.held);
                    return (!text.is_empty()).then_some(ModelEvent::Text(text));
                }
            }
        }
    }
}

/// Bytes at the end of a text that may become the end of the thoughts.
fn half_closed(text: &str) -> usize {
    (1..CLOSE.len())
        .rev()
        .find(|length| text.ends_with(&CLOSE[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told<'p>(pieces: impl IntoIterator<Item = &'p str>) -> (String, String) {
        let mut thinking = Thinking::default();
        let (mut thought, mut text) = (String::new(), String::new());
        let mut note = |event| match event {
            ModelEvent::Reasoning(piece) => thought.push_str(&piece),
            ModelEvent::Text(piece) => {
                assert!(!piece.is_empty());
                text.push_str(&piece);
            }
            ModelEvent::Finished { .. } => panic!("it ends nothing"),
        };
        for piece in pieces {
            thinking.take(piece).into_iter().for_each(&mut note);
        }
        thinking.finish().into_iter().for_each(&mut note);
        (thought, text)
    }

    #[test]
    fn thoughts_at_the_beginning_are_no_answer() {
        for (whole, thought, text) in [
            ("Hello", "", "Hello"),
            ("<think>Hm.</think>\n\nHello", "Hm.", "Hello"),
            (" \n<think>Hm.</think>Hello</think>", "Hm.", "Hello</think>"),
            ("<think></think>Hello", "", "Hello"),
            ("<think>Hm, a < b", "Hm, a < b", ""),
            ("<think>Hm.</thi", "Hm.</thi", ""),
            ("<thinking", "", "<thinking"),
            ("<th", "", "<th"),
            ("Say <think>no</think>", "", "Say <think>no</think>"),
            ("  Hello", "", "  Hello"),
            ("", "", ""),
        ] {
            assert_eq!(told([whole]), (thought.to_owned(), text.to_owned()), "{whole}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_does_not_depend_on_the_pieces(
            whole in "( |\n|<think>|</think>|</th|<th|a|é|語){0,12}",
            cuts in proptest::collection::vec(1usize..4, 0..40),
        ) {
            let mut rest = whole.as_str();
            let mut pieces = Vec::new();
            for cut in cuts {
                let at = rest.char_indices().nth(cut).map_or(rest.len(), |(at, _)| at);
                let (piece, after) = rest.split_at(at);
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(told(pieces), told([whole.as_str()]));
        }
    }
}
