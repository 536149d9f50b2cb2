//! What went into a prompt.

use serde::{Deserialize, Serialize};

/// What went into a prompt, what was shortened and what was left out, in tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The window as applied.
    pub window: u32,
    /// What was kept free for the answer, as applied.
    pub reserve: u32,
    /// The prompt's tokens, with what stands around each message.
    pub used: u32,
    /// Older turns that are in.
    pub included: u32,
    /// Whether older turns were left out.
    pub omitted: bool,
    /// What is in with less than its whole text.
    pub shortened: Vec<Shortened>,
    /// Damaged turns that were passed over.
    pub skipped: u32,
}

impl Report {
    pub(in crate::chat) fn new(window: u32, reserve: u32) -> Self {
        Self {
            window,
            reserve,
            used: 0,
            included: 0,
            omitted: false,
            shortened: Vec::new(),
            skipped: 0,
        }
    }
}

/// A shortened piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortened {
    /// Which one.
    #[serde(flatten)]
    pub piece: Piece,
    /// Tokens of its whole text.
    pub from: u32,
    /// Tokens of what is in; 0 when there was no room for any of it.
    pub to: u32,
}

/// A piece of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "lowercase")]
pub enum Piece {
    /// The system prompt.
    System,
    /// The newest user message.
    User,
    /// An older turn.
    Turn {
        /// How far back it is among the turns that are in; 1 is the newest.
        age: u32,
    },
}
