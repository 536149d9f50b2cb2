//! Models: who can answer a prompt, and how.
//!
//! A provider turns a [`ChatPrompt`] into a stream of [`ModelEvent`]s and every fault of its server into a
//! [`ModelError`]. It holds no conversation and retries nothing: what is sent, and whether it is sent again, is the chat
//! engine's matter. Dropping a stream closes the connection to the server.

mod anthropic;
mod asking;
mod builtin;
mod catalogue;
mod counting;
mod embedding;
mod error;
mod events;
mod fallback;
mod gemini;
mod http;
mod lines;
mod ollama;
mod openai;
mod overview;
mod refusal;
mod remote;
#[cfg(test)]
mod tests;
mod thinking;
pub mod tokens;
mod window;
mod wire;

use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;
use serde::Serialize;
use types::threads::MessageRole;

pub(crate) use asking::keep_asking;
pub use builtin::Builtin;
pub use catalogue::Catalogue;
pub use counting::Counter;
pub use embedding::Embedder;
pub use error::ModelError;
pub use overview::{choices, overview};
pub use thinking::Thinking;

/// How a message begins that asks for a summary of the messages before it.
pub(crate) const SUMMARY_REQUEST: &str = "Sum up the conversation above in a few sentences, in the language it is in. If there is a summary of what was said \
     before it, take that in. Answer with the summary alone.";

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
}

/// How a model chooses its words; what is absent is left to the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// How much chance there is, from 0 to 2.
    pub temperature: Option<f64>,
    /// From which share of the likeliest words each is chosen, from 0 to 1.
    pub top_p: Option<f64>,
    /// Texts at which the answer ends; they are not part of it.
    pub stop: Vec<String>,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatPrompt {
    /// The messages, oldest first; the last one is to be answered.
    pub messages: Vec<PromptMessage>,
    /// Where the answer is cut off; none leaves it to the model.
    pub max_output_tokens: Option<u32>,
    /// How its words are chosen.
    pub sampling: Sampling,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    Stop,
    /// The token limit was reached.
    Length,
}

/// What an answer cost, as the model counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenUsage {
    /// Tokens of the prompt.
    pub input: u32,
    /// Tokens of the answer.
    pub output: u32,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelEvent {
    /// More text; never empty.
    Text(String),
    /// More of what the model thinks before it answers; never empty, and never part of the answer.
    Reasoning(String),
    /// The answer is whole. The stream ends after this.
    Finished {
        /// Why it ended.
        reason: StopReason,
        /// What it cost, when the server says.
        usage: Option<TokenUsage>,
    },
}

/// An answer as it comes. It ends after [`ModelEvent::Finished`] or the first error, and with nothing else.
pub type ModelStream = Pin<Box<dyn Stream<Item = Result<ModelEvent, ModelError>> + Send>>;

/// A model as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// The id it is chosen by.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// `builtin`, `ollama`, `openai`, `anthropic` or `gemini`.
    pub provider: &'static str,
    /// Tokens of prompt and answer together as configured; none when they are not.
    pub context_window: Option<u32>,
}

/// How a model's server last did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nothing has been heard of it yet.
    Unknown,
    /// It answered. A model without a server always does.
    Ok,
    /// It failed, and has not done better since.
    Failing {
        /// A sentence a person can act on.
        problem: String,
    },
}

/// Something that can answer a prompt.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What it is.
    fn info(&self) -> &ModelInfo;

    /// How tokens of a prompt are counted now: exactly, or by an estimate that is high for usual text, as [`tokens`] says.
    fn counter(&self) -> Counter {
        Counter::ESTIMATE
    }

    /// Tokens of a text.
    fn count_tokens(&self, text: &str) -> u32 {
        self.counter().count(text)
    }

    /// Tokens of prompt and answer together, as far as is known now: configured, told by the server, or learnt from what
    /// it refused. Never waits.
    fn window(&self) -> Option<u32> {
        self.info().context_window
    }

    /// Remembers that its server refuses prompts and answers of more than this many tokens.
    fn refused_above(&self, _tokens: u32) {}

    /// Asks its server for the window and remembers it, unless one is configured. An error when there is no answer that can
    /// be read; well also when the window is not in it.
    async fn ask_window(&self) -> Result<(), ModelError> {
        Ok(())
    }

    /// How its server last did, as far as is known now. Never waits.
    fn health(&self) -> Health {
        Health::Ok
    }

    /// Asks its server for what is not known of it, and remembers how that went.
    async fn look_after(&self) -> Result<(), ModelError> {
        Ok(())
    }

    /// Whether its server can be reached and knows us. A model without a server always can.
    async fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }

    /// Asks for an answer. An error here means that nothing of it has begun.
    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError>;
}
