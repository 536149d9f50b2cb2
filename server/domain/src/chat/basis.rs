//! What an answer is made from, and how it is to be made: what one request may ask for beyond its text.

use super::context::Turn;
use crate::models::Sampling;

/// What an answer is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Basis {
    /// The thread's conversation, with what its team, its project and the asker say, and the project's documents.
    #[default]
    Thread,
    /// The same, but only if the project's documents have something on it: what they have not is refused, and neither the
    /// question nor the refusal is in later prompts.
    Documents,
    /// A conversation that the caller brings along.
    Given(Given),
}

/// A conversation that the caller brings along; nothing of the thread's is in the prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Instructions.
    pub system: Vec<String>,
    /// What was said before, oldest first.
    pub turns: Vec<Turn>,
    /// Whether the project's instructions and documents are in the prompt too.
    pub with_project: bool,
}

/// How an answer is to be made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Tokens it may have at most.
    pub max_output_tokens: Option<u32>,
    /// How the model chooses its words; without a temperature it is the project's.
    pub sampling: Sampling,
}
