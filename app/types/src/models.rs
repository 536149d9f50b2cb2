//! The models of an instance.

use serde::{Deserialize, Serialize};

/// `GET /api/models`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModelsAnswer {
    /// The models, in the order of the configuration.
    pub models: Vec<ModelView>,
}

/// A model that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    /// What requests and threads refer to.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// What speaks to it: `builtin`, `ollama`, `openai`, `anthropic` or `gemini`.
    pub provider: String,
    /// Tokens of prompt and answer together, as far as is known now.
    pub context_window: Option<u32>,
    /// Whether threads that have chosen none are answered by it.
    pub is_default: bool,
    /// How its server last did.
    pub status: ModelStatus,
    /// What is wrong while it is failing, and what can be done.
    pub problem: Option<String>,
}

/// How a model's server last did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ModelStatus {
    /// It answered.
    Ok,
    /// Nothing has been heard of it yet.
    Unknown,
    /// It failed, and has not done better since.
    Failing,
}
