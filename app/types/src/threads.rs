//! Threads and the messages in them.

use serde::{Deserialize, Serialize};

use crate::Patch;
use crate::chat::FinishReason;
use crate::prompts::PromptReport;

/// Who may read a team's thread. Personal threads are always private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Its user alone.
    Private,
    /// Every member of its team.
    Shared,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageRole {
    /// Instructions to the model.
    System,
    /// The person or their program.
    User,
    /// The model.
    Assistant,
}

/// Where a message is in its life. User messages are complete from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// Accepted; the model has not been asked yet.
    Queued,
    /// The model is answering.
    Streaming,
    /// The whole answer is there.
    Complete,
    /// The user stopped it; what had arrived is there.
    Stopped,
    /// The model failed; what had arrived is there.
    Failed,
    /// The server went away in the middle; what it had written is there.
    Interrupted,
}

impl MessageStatus {
    /// Whether the text can still grow.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Queued | Self::Streaming)
    }
}

/// A thread in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// The thread's id.
    pub id: String,
    /// Its title, "New Chat" until it has one.
    pub title: String,
    /// The project it lies in.
    pub project_id: Option<String>,
    /// The team it belongs to; null for a personal thread.
    pub team_id: Option<String>,
    /// Who may read it.
    pub visibility: Visibility,
    /// The model chosen for it; null follows the instance's default.
    pub model: Option<String>,
    /// Whether it is pinned to the top.
    pub pinned: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Messages in it.
    pub message_count: i32,
    /// The beginning of its newest message.
    pub last_message_preview: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When something was last said in it; lists are ordered by this.
    pub updated_at: String,
}

/// What somebody must type before all their chats are deleted.
pub const DELETE_ALL_CONFIRMATION: &str = "delete all chats";

/// A thread as the browser lists it: with what is true for the person who looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRow {
    /// The thread.
    pub thread: Thread,
    /// Whether an answer in it is being written.
    pub answering: bool,
    /// Whether something was said since the person last looked.
    pub unread: bool,
    /// Whether it was made through an API key.
    pub by_program: bool,
    /// Who started it, when that is somebody else.
    pub author: Option<String>,
    /// Name of the project it lies in.
    pub project: Option<String>,
}

/// What somebody thinks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Feedback {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

/// `POST /api/chat/{messageId}/feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("required" = ["type"]))
)]
pub struct FeedbackRequest {
    /// What they think of it; null takes it back. It can't be left out, lest a slip of the pen takes something back.
    #[serde(rename = "type", deserialize_with = "Option::deserialize")]
    pub feedback: Option<Feedback>,
    /// Why, in at most 2,000 characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 2_000), regex(pattern = crate::schema::TEXT)))]
    pub comment: Option<String>,
}

/// `{threads,nextCursor}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadList {
    /// Newest activity first.
    pub threads: Vec<Thread>,
    /// Cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `{thread}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadAnswer {
    /// The thread.
    pub thread: Thread,
}

/// A thread with its newest messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadWithMessages {
    /// The thread.
    #[serde(flatten)]
    pub thread: Thread,
    /// The newest messages, oldest of them first.
    pub messages: Vec<Message>,
    /// Cursor for older messages; null when these are all.
    pub messages_cursor: Option<String>,
}

/// `{thread:{…,messages}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadWithMessagesAnswer {
    /// The thread.
    pub thread: ThreadWithMessages,
}

/// `{messages,nextCursor}`: a page of messages, going back in time; within the page oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageList {
    /// The messages.
    pub messages: Vec<Message>,
    /// Cursor for older messages; null at the beginning of the thread.
    pub next_cursor: Option<String>,
}

/// Tokens an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: i64,
    /// Tokens of the answer.
    pub output_tokens: i64,
    /// Both.
    pub total_tokens: i64,
}

/// The API key a message came through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Via {
    /// The key's label.
    pub name: String,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id.
    pub id: String,
    /// The thread it is in.
    pub thread_id: String,
    /// Whose it is, whichever door it came through.
    pub user_id: String,
    /// Who speaks.
    pub role: MessageRole,
    /// The text so far.
    pub content: String,
    /// Where it is in its life.
    pub status: MessageStatus,
    /// The model that answers.
    pub model: Option<String>,
    /// The key it came through.
    pub api_key_id: Option<String>,
    /// That key's label; null when it did not come through a key.
    pub via: Option<Via>,
    /// Passages the answer stands on.
    pub sources: Vec<Source>,
    /// Tokens, once they are known.
    pub usage: Option<Usage>,
    /// What the model thought before it answered; null when it said nothing of it.
    pub reasoning: Option<String>,
    /// What went into the prompt of an answer; null while it is being written.
    pub prompt_report: Option<PromptReport>,
    /// Why an answer ended; null while it is being written, and when it failed.
    pub finish_reason: Option<FinishReason>,
    /// Why it failed.
    pub error: Option<String>,
    /// What was thought of it.
    pub feedback: Option<Feedback>,
    /// Of an answer: the request that asked for it, as the server's log knows it.
    pub request_id: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// A passage an answer stands on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Title of the document it is from.
    pub title: String,
    /// The passage.
    pub text: String,
    /// How well it fits, 0 to 1.
    pub score: f32,
    /// The number by which the answer cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The document, which may have been deleted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// The place of the passage in the document, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<i32>,
}

/// `POST /api/threads`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateThreadRequest {
    /// At most 200 characters; "New Chat" when absent or empty.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::TITLE_OR_NOTHING)))]
    pub title: Option<String>,
    /// A project the caller may write to.
    #[serde(default)]
    pub project_id: Option<String>,
    /// A team the caller is in; a team key's own team takes its place.
    #[serde(default)]
    pub team_id: Option<String>,
    /// A configured model.
    #[serde(default)]
    pub model: Option<String>,
    /// Who may read it; team threads only.
    #[serde(default)]
    pub visibility: Option<Visibility>,
}

/// `PATCH /api/threads/{id}`; an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeThreadRequest {
    /// The new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::TITLE)))]
    pub title: Option<String>,
    /// Who may read it; team threads only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Pinned to the top or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Archived or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// The project to move it to; null takes it out.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub project_id: Patch<String>,
    /// The model for the next answers; null means the instance's default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub model: Patch<String>,
}
