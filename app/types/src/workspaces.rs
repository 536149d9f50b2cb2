//! Projects as `AnythingLLM`'s developer API knows them: workspaces with their settings, and conversations in them.
//!
//! Names and shapes are those of that API, so that programs written for it find what they expect.

use serde::{Deserialize, Serialize};

use crate::Patch;
use crate::threads::Source;

/// From what an answer in a workspace is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChatMode {
    /// From what the model knows, the conversation and the documents.
    #[default]
    Chat,
    /// From the documents alone; without any that fit, nothing is answered.
    Query,
    /// The same as `chat`.
    Automatic,
}

impl ChatMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Query, Self::Automatic];

    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Query => "query",
            Self::Automatic => "automatic",
        }
    }

    /// The mode of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The project's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is called by in paths.
    pub slug: String,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub last_updated_at: String,
    /// The temperature its model answers with; null leaves it to the model.
    pub open_ai_temp: Option<f64>,
    /// So many exchanges of a conversation are in a prompt at most.
    pub open_ai_history: i32,
    /// Its instructions; null when there are none.
    pub open_ai_prompt: Option<String>,
    /// Passages that fit less than this, from 0 to 1, are not in a prompt.
    pub similarity_threshold: f64,
    /// So many passages are in a prompt at most.
    pub top_n: i32,
    /// What a message is answered from that doesn't say so itself.
    pub chat_mode: ChatMode,
    /// Who runs the model; null when it follows the caller's default.
    pub chat_provider: Option<String>,
    /// The model; null follows the caller's default.
    pub chat_model: Option<String>,
    /// What is said when a query finds nothing; null is the usual sentence.
    pub query_refusal_response: Option<String>,
    /// Its documents.
    pub documents: Vec<WorkspaceDocument>,
    /// The caller's threads in it, the newest first.
    pub threads: Vec<WorkspaceThread>,
}

/// A document in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceDocument {
    /// The document's id.
    pub doc_id: String,
    /// Its file's name.
    pub filename: String,
    /// When it came.
    pub created_at: String,
}

/// A thread in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkspaceThread {
    /// The thread's id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// What it is called by in paths: its id.
    pub slug: String,
    /// Whose it is.
    pub user_id: String,
    /// The workspace it is in.
    pub workspace_id: String,
}

/// `{workspaces}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkspaceList {
    /// The workspaces, newest first.
    pub workspaces: Vec<Workspace>,
}

/// `{workspace:[…]}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundWorkspace {
    /// The workspace alone, or nothing when there is none of this slug.
    pub workspace: Vec<Workspace>,
}

/// `{workspace,message}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkspaceAnswer {
    /// The workspace; null when it could not be made or changed.
    pub workspace: Option<Workspace>,
    /// Why not.
    pub message: Option<String>,
}

/// `{thread,message}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkspaceThreadAnswer {
    /// The thread; null when it could not be made or changed.
    pub thread: Option<WorkspaceThread>,
    /// Why not.
    pub message: Option<String>,
}

/// Name and settings of a workspace; what is absent stays as it is, or as it is by default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceRequest {
    /// Its name, at most 100 characters on one line.
    #[serde(default)]
    pub name: Option<String>,
    /// From 0 to 2; null leaves it to the model.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub open_ai_temp: Patch<f64>,
    /// From 0 to 1,000.
    #[serde(default)]
    pub open_ai_history: Option<i32>,
    /// At most 8,000 characters; null is none.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub open_ai_prompt: Patch<String>,
    /// From 0 to 1.
    #[serde(default)]
    pub similarity_threshold: Option<f64>,
    /// From 1 to 50.
    #[serde(default)]
    pub top_n: Option<i32>,
    /// `chat`, `query` or `automatic`.
    #[serde(default)]
    pub chat_mode: Option<String>,
    /// A configured model; null follows the caller's default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub chat_model: Patch<String>,
    /// At most 1,000 characters; null is the usual sentence.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub query_refusal_response: Patch<String>,
}

/// A thread to be made, or its new name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkspaceThreadRequest {
    /// At most 200 characters on one line.
    #[serde(default)]
    pub name: Option<String>,
}

/// Something said in a workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceChatRequest {
    /// The text.
    #[serde(default)]
    pub message: Option<String>,
    /// `chat`, `query` or `automatic`; the workspace's own when absent.
    #[serde(default)]
    pub mode: Option<String>,
    /// Which of the caller's conversations in the workspace; at most 200 characters. Threads know none.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Files sent with it: `{name, mime, contentString}` with a data URL. Those with text in them are read.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Leaves everything said so far out of the conversation, before the message is answered.
    #[serde(default)]
    pub reset: bool,
}

/// A file sent with a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The file's name.
    #[serde(default)]
    pub name: String,
    /// Its media type.
    #[serde(default)]
    pub mime: String,
    /// Its content, as a data URL.
    #[serde(default)]
    pub content_string: String,
}

/// What an answer cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metrics {
    /// Tokens of the prompt.
    pub prompt_tokens: i64,
    /// Tokens of the answer.
    pub completion_tokens: i64,
    /// Both.
    pub total_tokens: i64,
    /// Tokens of the answer for each second.
    #[serde(rename = "outputTps")]
    pub output_tps: f64,
    /// Seconds the answer took.
    pub duration: f64,
    /// The model that answered.
    pub model: Option<String>,
    /// Who runs it.
    pub provider: Option<String>,
    /// When it was done.
    pub timestamp: String,
}

/// A whole answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceReply {
    /// The answer's id.
    pub id: String,
    /// `textResponse`, or `abort`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The answer; null when there is none.
    pub text_response: Option<String>,
    /// What it was made from.
    pub sources: Vec<Source>,
    /// Always true: nothing follows.
    pub close: bool,
    /// Why there is no answer.
    pub error: Option<String>,
    /// The exchange's number in its history; null when nothing was written.
    #[serde(default)]
    pub chat_id: Option<i64>,
    /// What it cost; null when nothing was answered.
    #[serde(default)]
    pub metrics: Option<Metrics>,
}

/// `{history}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// What was said, in the order asked for.
    pub history: Vec<Said>,
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "role", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Said {
    /// By the caller.
    User {
        /// The text.
        content: String,
        /// When, in seconds since 1970.
        sent_at: i64,
        /// Always empty: what was attached is part of the text.
        attachments: Vec<String>,
        /// The exchange's number.
        chat_id: i64,
    },
    /// By the model.
    Assistant {
        /// `chat` or `query`.
        #[serde(rename = "type")]
        kind: String,
        /// The text.
        content: String,
        /// What it was made from.
        sources: Vec<Source>,
        /// The exchange's number.
        chat_id: i64,
        /// When, in seconds since 1970.
        sent_at: i64,
        /// Whether the caller found it good; null when they said nothing.
        feedback_score: Option<bool>,
        /// What it cost.
        metrics: Option<Metrics>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_have_one_name_everywhere() {
        for mode in ChatMode::ALL {
            let json = serde_json::to_string(&mode).unwrap();
            assert_eq!(json, format!("\"{}\"", mode.as_str()));
            assert_eq!(ChatMode::named(mode.as_str()), Some(mode));
        }
        assert_eq!(ChatMode::named("Query"), None);
    }

    #[test]
    fn what_is_said_has_the_names_of_that_api() {
        let said = Said::Assistant {
            kind: "chat".to_owned(),
            content: "Hello".to_owned(),
            sources: Vec::new(),
            chat_id: 7,
            sent_at: 1_767_225_600,
            feedback_score: None,
            metrics: None,
        };
        assert_eq!(
            serde_json::to_value(said).unwrap(),
            serde_json::json!({
                "role": "assistant", "type": "chat", "content": "Hello", "sources": [], "chatId": 7,
                "sentAt": 1_767_225_600, "feedbackScore": null, "metrics": null,
            })
        );
    }
}
