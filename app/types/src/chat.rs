//! Sending a message and following the answer.

use serde::{Deserialize, Serialize};

use crate::ErrorCode;
use crate::threads::{Message, MessageStatus, Thread, Usage};

/// `POST /api/chat`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChatRequest {
    /// What the user says; not empty after trimming.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), regex(pattern = crate::schema::BODY)))]
    pub content: String,
    /// The thread to write to; a new one is made and titled from the text when absent.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// Project of a new thread.
    #[serde(default)]
    pub project_id: Option<String>,
    /// Team of a new thread; a team key's own team takes its place.
    #[serde(default)]
    pub team_id: Option<String>,
    /// A configured model; the thread's, then the instance's default otherwise.
    #[serde(default)]
    pub model: Option<String>,
    /// A message of the caller's own that this one takes the place of: it and everything after it leaves the thread.
    #[serde(default)]
    pub replaces: Option<String>,
    /// False waits for the whole answer; true or absent streams it.
    #[serde(default)]
    pub stream: Option<bool>,
}

/// `POST /api/chat/{messageId}/regenerate`; the body may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegenerateRequest {
    /// A configured model; the thread's, then the instance's default otherwise.
    #[serde(default)]
    pub model: Option<String>,
    /// False waits for the whole answer; true or absent streams it.
    #[serde(default)]
    pub stream: Option<bool>,
}

/// The answer of a chat that is not streamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatAnswer {
    /// The thread it was written to.
    pub thread: Thread,
    /// The assistant's message.
    pub message: Message,
}

/// `{message}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageAnswer {
    /// The message.
    pub message: Message,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The model's token limit was reached.
    Length,
    /// The user stopped it.
    Stopped,
}

/// One event of a streamed answer. The SSE event's name is the same as `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ChatEvent {
    /// The thread the answer is in; first of all.
    Thread {
        /// The thread's id.
        thread_id: String,
        /// The thread's title.
        title: String,
    },
    /// The user's message is written, and the answer has an id.
    Start {
        /// The answer's id.
        message_id: String,
        /// The user's message.
        user_message_id: String,
    },
    /// More text. The SSE id is the length of the answer in bytes up to and with this piece.
    Delta {
        /// The piece.
        content: String,
    },
    /// The answer has ended well.
    Done {
        /// The answer's id.
        message_id: String,
        /// `complete` or `stopped`.
        status: MessageStatus,
        /// Tokens it cost, when known.
        usage: Option<Usage>,
        /// Why it ended.
        finish_reason: FinishReason,
    },
    /// The answer has ended badly; what had arrived is kept.
    Error {
        /// One sentence for a person.
        error: String,
        /// The reason for a program.
        code: ErrorCode,
        /// The answer's id.
        message_id: String,
    },
}

impl ChatEvent {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Thread { .. } => "thread",
            Self::Start { .. } => "start",
            Self::Delta { .. } => "delta",
            Self::Done { .. } => "done",
            Self::Error { .. } => "error",
        }
    }
}
