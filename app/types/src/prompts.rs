//! What went into the prompts of answers.

use serde::{Deserialize, Serialize};

/// What went into a prompt, what was shortened and what was left out, in tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PromptReport {
    /// The model's window as it was applied.
    pub window: u32,
    /// What was kept free for the answer.
    pub reserve: u32,
    /// The prompt's tokens.
    pub used: u32,
    /// Older messages that are in.
    pub included: u32,
    /// Whether older messages were left out.
    pub omitted: bool,
    /// What is in with less than its whole text.
    pub shortened: Vec<Shortened>,
    /// Damaged messages that were passed over.
    pub skipped: u32,
}

/// A part of a prompt that was shortened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Shortened {
    /// Which part.
    pub piece: PromptPiece,
    /// Of an older message: how far back it is; 1 is the newest.
    #[serde(default)]
    pub age: Option<u32>,
    /// Tokens of its whole text.
    pub from: u32,
    /// Tokens of what is in.
    pub to: u32,
}

/// A part of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PromptPiece {
    /// The system prompt.
    System,
    /// The newest user message.
    User,
    /// An older message.
    Turn,
}
