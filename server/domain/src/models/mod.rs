//! Models: who can answer a prompt, and how.
//!
//! A provider turns a [`ChatPrompt`] into a stream of [`ModelEvent`]s and every fault of its server into a
//! [`ModelError`]. It holds no conversation and retries nothing: what is sent, and whether it is sent again, is the chat
//! engine's matter. Dropping a stream closes the connection to the server.

mod asking;
mod builtin;
mod catalogue;
mod error;
mod http;
mod lines;
mod ollama;
mod openai;
mod refusal;
#[cfg(test)]
mod tests;
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
pub use error::ModelError;

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

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatPrompt {
    /// The messages, oldest first; the last one is to be answered.
    pub messages: Vec<PromptMessage>,
    /// Where the answer is cut off; none leaves it to the model.
    pub max_output_tokens: Option<u32>,
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
    /// `builtin`, `ollama` or `openai`.
    pub provider: &'static str,
    /// Tokens of prompt and answer together as configured; none when they are not.
    pub context_window: Option<u32>,
}

/// Something that can answer a prompt.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What it is.
    fn info(&self) -> &ModelInfo;

    /// Tokens of a text: exact, or an estimate that is high for usual text, as [`tokens`] says.
    fn count_tokens(&self, text: &str) -> u32 {
        tokens::estimate(text)
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

    /// Whether its server can be reached and knows us. A model without a server always can.
    async fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }

    /// Asks for an answer. An error here means that nothing of it has begun.
    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError>;
}
