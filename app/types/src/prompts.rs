//! What went into the prompt of an answer.

use serde::{Deserialize, Serialize};

/// What went into a prompt, what was shortened and what was left out, in tokens. `system`, `summary`, `sources`, `history`
/// and `user` together are `used`; answers of older versions say only the latter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PromptReport {
    /// The model's window as it was applied.
    pub window: u32,
    /// What was kept free for the answer, as it was applied.
    pub reserve: u32,
    /// The prompt's tokens, with what stands around each message.
    pub used: u32,
    /// Of these, the instructions.
    #[serde(default)]
    pub system: u32,
    /// Of these, the newest user message.
    #[serde(default)]
    pub user: u32,
    /// Of these, older messages.
    #[serde(default)]
    pub history: u32,
    /// Passages of documents.
    #[serde(default)]
    pub sources: SourcesReport,
    /// The summary of what was said before the oldest message that is in; null when the prompt holds none.
    #[serde(default)]
    pub summary: Option<SummaryReport>,
    /// Older messages that are in.
    pub included: u32,
    /// Whether older messages were left out.
    pub omitted: bool,
    /// What is in with less than its whole text.
    pub shortened: Vec<Shortened>,
    /// Damaged messages that were passed over.
    pub skipped: u32,
}

impl PromptReport {
    /// The report of an empty prompt for a window.
    pub fn new(window: u32, reserve: u32) -> Self {
        Self {
            window,
            reserve,
            used: 0,
            system: 0,
            user: 0,
            history: 0,
            sources: SourcesReport::default(),
            summary: None,
            included: 0,
            omitted: false,
            shortened: Vec::new(),
            skipped: 0,
        }
    }
}

/// Passages of documents in a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourcesReport {
    /// Passages that were found for the question.
    pub given: u32,
    /// Those of them that are in.
    pub included: u32,
    /// Tokens of those, with what stands around them.
    pub tokens: u32,
}

/// A summary in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SummaryReport {
    /// Its tokens, with what stands around it.
    pub tokens: u32,
    /// Number of the newest message it covers.
    pub up_to: i64,
}

/// A part of a prompt that was shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shortened {
    /// Which part.
    pub piece: Piece,
    /// Of an older message: how far back it is among those that are in; 1 is the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
    /// Of a passage: its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Tokens of its whole text.
    pub from: u32,
    /// Tokens of what is in; 0 when there was no room for any of it.
    pub to: u32,
}

/// A part of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// The system prompt.
    System,
    /// The newest user message.
    User,
    /// An older message.
    Turn,
    /// A passage of a document.
    Source,
    /// The summary of what was said before.
    Summary,
}
