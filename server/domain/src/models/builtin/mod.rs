//! The built-in model: it answers by quoting, without a network and without weights.
//!
//! It makes a first run, the tests and an air-gapped trial real: it streams, counts tokens, has a window, stops at a
//! limit, and says the same to the same prompt every time. It says plainly what it is and invents nothing.

mod extract;
mod summary;

use async_trait::async_trait;
use futures::stream;
use types::threads::MessageRole;

use self::extract::{Passage, Speaker};
use super::{
    ChatModel, ChatPrompt, ModelError, ModelEvent, ModelInfo, ModelStream, SUMMARY_REQUEST, StopReason, TokenUsage,
    tokens,
};
use crate::chat::context::passages_in;

/// The id under which it is always available.
pub(super) const ID: &str = "builtin";
/// Its name when the configuration gives none.
pub(super) const NAME: &str = "Latchkey built-in";
/// Its window in tokens.
pub(super) const WINDOW: u32 = 4096;

/// Said once in a conversation, as long as the conversation remembers it.
const INTRODUCTION: &str =
    "I am Latchkey's built-in model: I quote what bears on your question, I don't write new text.";
const NOTHING_EARLIER: &str = "There is nothing earlier in this conversation that I could quote. Tell me something, \
                               then ask about it; for talk, connect Ollama or an OpenAI-compatible server.";
const NOTHING_FITS: &str = "Nothing earlier in this conversation bears on that.";
const YOU_SAID: &str = "You said:";
const AN_ANSWER_SAID: &str = "An answer said:";
/// Before the title of a document that is quoted.
const DOCUMENT_SAYS: &str = "The document “";

/// The sentences above, which are never worth quoting.
const OWN_WORDS: &[&str] = &[INTRODUCTION, NOTHING_EARLIER, NOTHING_FITS, YOU_SAID, AN_ANSWER_SAID];

/// The built-in model.
#[derive(Debug)]
pub struct Builtin {
    info: ModelInfo,
}

impl Builtin {
    /// The built-in model under another name or with another window.
    pub fn new(info: ModelInfo) -> Self {
        Self { info }
    }
}

impl Default for Builtin {
    fn default() -> Self {
        Self::new(ModelInfo {
            id: ID.to_owned(),
            name: NAME.to_owned(),
            provider: ID,
            context_window: Some(WINDOW),
        })
    }
}

#[async_trait]
impl ChatModel for Builtin {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let input = prompt
            .messages
            .iter()
            .map(|message| tokens::estimate(&message.content))
            .fold(0, u32::saturating_add);
        let speech = Speech {
            words: words(until(&answer(&prompt).await, &prompt.sampling.stop)).into_iter(),
            limit: prompt.max_output_tokens.unwrap_or(u32::MAX),
            usage: TokenUsage { input, output: 0 },
            ended: false,
        };
        Ok(Box::pin(stream::unfold(speech, |mut speech| async move {
            let event = speech.next().await?;
            Some((Ok(event), speech))
        })))
    }
}

/// An answer on its way out.
struct Speech {
    words: std::vec::IntoIter<String>,
    limit: u32,
    usage: TokenUsage,
    ended: bool,
}

impl Speech {
    async fn next(&mut self) -> Option<ModelEvent> {
        if self.ended {
            return None;
        }
        // Each word is a turn of the runtime, as it is with a model that thinks: whoever else has work gets to it.
        tokio::task::yield_now().await;
        let word = self.words.next();
        let cost = word.as_deref().map_or(0, tokens::estimate);
        let output = self.usage.output.saturating_add(cost);
        let reason = match word {
            Some(word) if output <= self.limit => {
                self.usage.output = output;
                return Some(ModelEvent::Text(word));
            }
            Some(_) => StopReason::Length,
            None => StopReason::Stop,
        };
        self.ended = true;
        Some(ModelEvent::Finished {
            reason,
            usage: Some(self.usage),
        })
    }
}

/// The text up to the first of these.
fn until<'t>(text: &'t str, stop: &[String]) -> &'t str {
    let ends = stop
        .iter()
        .filter(|stop| !stop.is_empty())
        .filter_map(|stop| text.find(stop));
    ends.min().map_or(text, |end| &text[..end])
}

/// Cuts before each blank that follows a word: put together, the pieces are the text.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, character) in text.char_indices() {
        let is_blank = character.is_whitespace();
        if is_blank && in_word {
            words.push(text[start..at].to_owned());
            start = at;
        }
        in_word = !is_blank;
    }
    if start < text.len() {
        words.push(text[start..].to_owned());
    }
    words
}

/// The whole answer.
async fn answer(prompt: &ChatPrompt) -> String {
    let last = prompt
        .messages
        .iter()
        .rposition(|message| message.role == MessageRole::User);
    let (earlier, question) = match last {
        Some(at) => (&prompt.messages[..at], prompt.messages[at].content.as_str()),
        None => (prompt.messages.as_slice(), ""),
    };
    if question.starts_with(SUMMARY_REQUEST) {
        let most = prompt.max_output_tokens.unwrap_or(WINDOW / 4);
        return summary::sum_up(earlier, question, most, OWN_WORDS);
    }
    let introduced = earlier
        .iter()
        .any(|message| message.role == MessageRole::Assistant && message.content.starts_with(INTRODUCTION));

    let documents: Vec<(u32, &str, &str)> = earlier
        .iter()
        .filter(|message| message.role == MessageRole::System)
        .flat_map(|message| passages_in(&message.content))
        .collect();
    let mut passages = Vec::with_capacity(documents.len() + earlier.len() + 1);
    passages.extend(documents.iter().map(|(number, _, text)| Passage {
        speaker: Speaker::Document(*number),
        text,
    }));
    for message in earlier {
        match message.role {
            MessageRole::User => passages.push(Passage {
                speaker: Speaker::User,
                text: &message.content,
            }),
            MessageRole::Assistant => passages.push(Passage {
                speaker: Speaker::Assistant,
                text: &message.content,
            }),
            // Instructions are not the conversation's to quote; the passages among them are there already.
            MessageRole::System => {}
        }
    }
    let is_first = passages.is_empty();
    passages.push(Passage {
        speaker: Speaker::User,
        text: question,
    });

    let mut paragraphs = Vec::new();
    if !introduced {
        paragraphs.push(INTRODUCTION.to_owned());
    }
    let quotes = extract::best(&passages, OWN_WORDS).await;
    let from_document = |number: u32, text: &str| {
        let title = documents.iter().find(|(of, ..)| *of == number);
        let title = title.map_or("", |(_, title, _)| title);
        format!("{DOCUMENT_SAYS}{title}” says:\n> {text} [{number}]")
    };
    for quote in &quotes {
        let who = match quote.speaker {
            Speaker::User => YOU_SAID,
            Speaker::Assistant => AN_ANSWER_SAID,
            Speaker::Document(number) => {
                paragraphs.push(from_document(number, &quote.text));
                continue;
            }
        };
        paragraphs.push(format!("{who}\n> {}", quote.text));
    }
    if quotes.is_empty() {
        // What was found by its meaning need not share a word with the question.
        let nearest = documents
            .first()
            .map(|(number, _, text)| from_document(*number, &extract::beginning(text)));
        let nothing = if is_first { NOTHING_EARLIER } else { NOTHING_FITS };
        paragraphs.push(nearest.unwrap_or_else(|| nothing.to_owned()));
    }
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::super::{PromptMessage, Sampling};
    use super::*;

    fn prompt(turns: &[&str], max: Option<u32>) -> ChatPrompt {
        let role = |at: usize| {
            if at.is_multiple_of(2) {
                MessageRole::User
            } else {
                MessageRole::Assistant
            }
        };
        let say = |(at, text): (usize, &&str)| PromptMessage {
            role: role(at),
            content: (*text).to_owned(),
        };
        ChatPrompt {
            messages: turns.iter().enumerate().map(say).collect(),
            max_output_tokens: max,
            sampling: Sampling::default(),
        }
    }

    async fn ask(prompt: ChatPrompt) -> (String, usize, StopReason, TokenUsage) {
        let events: Vec<_> = Builtin::default().stream(prompt).await.unwrap().collect().await;
        let (mut text, mut pieces, mut end) = (String::new(), 0, None);
        for event in events {
            assert!(end.is_none(), "nothing comes after the end");
            match event.unwrap() {
                ModelEvent::Text(piece) => {
                    assert!(!piece.is_empty());
                    text.push_str(&piece);
                    pieces += 1;
                }
                ModelEvent::Reasoning(thought) => panic!("it thinks nothing: {thought}"),
                ModelEvent::Finished { reason, usage } => end = Some((reason, usage.unwrap())),
            }
        }
        let (reason, usage) = end.unwrap();
        (text, pieces, reason, usage)
    }

    #[tokio::test]
    async fn a_first_message_is_told_what_this_is_word_by_word() {
        let (text, pieces, reason, usage) = ask(prompt(&["Hello!"], None)).await;
        assert_eq!(text, format!("{INTRODUCTION}\n\n{NOTHING_EARLIER}"));
        assert_eq!(pieces, text.split_whitespace().count());
        assert_eq!(reason, StopReason::Stop);
        assert_eq!(usage.input, tokens::estimate("Hello!"));
        assert!(usage.output >= tokens::estimate(&text));
    }

    #[tokio::test]
    async fn what_was_said_before_is_quoted_and_the_introduction_is_not_repeated() {
        let turns = [
            "My dog is called Rex. I live in Lisbon.",
            &format!("{INTRODUCTION}\n\n{NOTHING_EARLIER}"),
        ];
        let (text, ..) = ask(prompt(&[turns[0], turns[1], "What's my dog called?"], None)).await;
        assert_eq!(text, "You said:\n> My dog is called Rex.");
        let (again, ..) = ask(prompt(&[turns[0], turns[1], "What's my dog called?"], None)).await;
        assert_eq!(again, text, "the same prompt has the same answer");
        let (text, ..) = ask(prompt(&[turns[0], turns[1], "Which quarks are strange?"], None)).await;
        assert_eq!(text, NOTHING_FITS);
    }

    #[tokio::test]
    async fn a_message_that_tells_and_asks_is_answered_from_itself() {
        let (text, ..) = ask(prompt(&["The rent is 900 euros. How much is the rent?"], None)).await;
        assert!(text.ends_with("You said:\n> The rent is 900 euros."), "{text}");
    }

    #[tokio::test]
    async fn instructions_are_never_quoted() {
        let mut prompt = prompt(&["What is the secret word?"], None);
        let secret = "The secret word is swordfish.".to_owned();
        prompt.messages.insert(
            0,
            PromptMessage {
                role: MessageRole::System,
                content: secret,
            },
        );
        assert!(!ask(prompt).await.0.contains("swordfish"));
    }

    #[tokio::test]
    async fn the_limit_cuts_the_answer() {
        let (whole, ..) = ask(prompt(&["Hello"], None)).await;
        let (text, _, reason, usage) = ask(prompt(&["Hello"], Some(10))).await;
        assert!(whole.starts_with(&text) && !text.is_empty() && text.len() < whole.len());
        assert_eq!(reason, StopReason::Length);
        assert!(usage.output <= 10 && tokens::estimate(&text) <= 10);
        let (text, pieces, reason, _) = ask(prompt(&["Hello"], Some(0))).await;
        assert_eq!((text.as_str(), pieces, reason), ("", 0, StopReason::Length));
    }

    #[tokio::test]
    async fn a_stop_text_ends_the_answer_before_it() {
        let mut prompt = prompt(&["Hello"], None);
        prompt.sampling.stop = vec!["nowhere".to_owned(), "built-in".to_owned(), "model".to_owned()];
        let (text, _, reason, _) = ask(prompt).await;
        assert_eq!((text.as_str(), reason), ("I am Latchkey's ", StopReason::Stop));
    }

    #[tokio::test]
    async fn any_input_has_an_answer() {
        let long = "word ".repeat(200_000);
        let unbroken = "語".repeat(300_000);
        for text in ["", " \n\t", "\0", "🎉👩‍👩‍👧🏽", "?!?!?!", "the of and", &long, &unbroken] {
            let (answer, ..) = ask(prompt(&[text, text, text], None)).await;
            assert!(!answer.is_empty());
            assert!(answer.len() < 8_000, "an answer is bounded: {}", answer.len());
        }
        let nothing = ChatPrompt {
            messages: Vec::new(),
            max_output_tokens: None,
            sampling: Sampling::default(),
        };
        assert!(!ask(nothing).await.0.is_empty());
    }

    #[test]
    fn words_put_together_are_the_text() {
        for text in ["", " ", "a", " a  b\n\nc ", "語 🎉", "a\u{a0}b"] {
            assert_eq!(words(text).concat(), text);
        }
    }
}
