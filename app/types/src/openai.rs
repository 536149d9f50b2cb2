//! Models and completions as `OpenAI`'s API knows them. Names and shapes are those of that API; what it has and is not here
//! is refused or ignored, as each field says.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::threads::Source;

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelObject {
    /// What it is chosen by.
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// When it was made, in seconds since 1970; 0 when that is not known.
    pub created: i64,
    /// Who runs it.
    pub owned_by: String,
}

/// All models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelObjects {
    /// Always `list`.
    pub object: String,
    /// The models.
    pub data: Vec<ModelObject>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CompletionRole {
    /// Instructions.
    System,
    /// Instructions, as newer programs call them.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CompletionContent {
    /// A text.
    Text(String),
    /// Pieces of it.
    Parts(Vec<CompletionPart>),
}

/// A piece of what is said. Only texts can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionPart {
    /// `text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
}

/// A message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionInput {
    /// Who speaks.
    pub role: CompletionRole,
    /// What is said.
    #[serde(default)]
    pub content: Option<CompletionContent>,
}

/// Texts at which an answer ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CompletionStop {
    /// One.
    One(String),
    /// At most four.
    Some(Vec<String>),
}

/// How a stream is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamOptions {
    /// Whether what it cost comes before the end.
    #[serde(default)]
    pub include_usage: Option<bool>,
}

/// What an answer is to be like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResponseFormat {
    /// `text`; others are refused.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// `POST /v1/chat/completions`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionRequest {
    /// The model.
    pub model: String,
    /// The whole conversation; the last message is the user's.
    pub messages: Vec<CompletionInput>,
    /// Whether the answer comes as it is written.
    #[serde(default)]
    pub stream: Option<bool>,
    /// How the stream is to be.
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
    /// Tokens the answer may have at most.
    #[serde(default)]
    pub max_completion_tokens: Option<u32>,
    /// The same by its older name.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// Texts at which it ends.
    #[serde(default)]
    pub stop: Option<CompletionStop>,
    /// From 0 to 2.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// From 0 to 1.
    #[serde(default)]
    pub top_p: Option<f64>,
    /// How many answers; only 1 can be had.
    #[serde(default)]
    pub n: Option<u32>,
    /// `thread_id` names the thread it is written to; a new one when absent.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Tools can't be used: anything but an empty list is refused.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<BTreeMap<String, String>>>"))]
    pub tools: Option<Vec<IgnoredAny>>,
    /// Only `text` can be had.
    #[serde(default)]
    pub response_format: Option<ResponseFormat>,
}

/// What it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionUsage {
    /// Tokens of the prompt.
    pub prompt_tokens: i64,
    /// Tokens of the answer.
    pub completion_tokens: i64,
    /// Both.
    pub total_tokens: i64,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Completion {
    /// `chatcmpl-` and the message's id.
    pub id: String,
    /// Always `chat.completion`.
    pub object: String,
    /// When it was begun, in seconds since 1970.
    pub created: i64,
    /// The model that was asked for.
    pub model: String,
    /// The answer, alone.
    pub choices: Vec<CompletionChoice>,
    /// What it cost; null when that is not known.
    pub usage: Option<CompletionUsage>,
    /// `thread_id` names the thread it is in.
    pub metadata: BTreeMap<String, String>,
    /// The passages of documents it was made from.
    pub sources: Vec<Source>,
}

/// The answer in a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionChoice {
    /// Always 0.
    pub index: u32,
    /// The answer.
    pub message: CompletionMessage,
    /// Always null.
    pub logprobs: Option<u32>,
    /// `stop` or `length`.
    pub finish_reason: String,
}

/// What the model said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionMessage {
    /// Always `assistant`.
    pub role: String,
    /// The text.
    pub content: String,
    /// Always null.
    pub refusal: Option<String>,
}
