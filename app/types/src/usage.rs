//! What somebody has used.

use serde::{Deserialize, Serialize};

/// By what use is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// By UTC day.
    #[default]
    Day,
    /// By model.
    Model,
    /// By API key; what was asked without one is together in a group of its own.
    Key,
}

/// Tokens, as the model's server counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenCount {
    /// Of prompts.
    pub prompt: i64,
    /// Of answers.
    pub completion: i64,
}

/// `GET /api/user/usage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageAnswer {
    /// Id of the user's plan.
    pub plan: String,
    /// Answers this month, within what the caller may see.
    pub messages_this_month: i64,
    /// Answers a month that the plan gives the user in all; null when there is no limit.
    pub monthly_limit: Option<u32>,
    /// When the next month begins.
    pub renews_at: String,
    /// Tokens this month.
    pub tokens_this_month: TokenCount,
    /// First day of `periods`.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date")))]
    pub from: String,
    /// Last day of `periods`.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date")))]
    pub to: String,
    /// What a period is.
    pub group_by: GroupBy,
    /// The groups in which there was anything, in the order of their names.
    pub periods: Vec<UsagePeriod>,
}

/// The use of a day, of a model or of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsagePeriod {
    /// The UTC day, when grouped by day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date")))]
    pub day: Option<String>,
    /// Id of the model, when grouped by model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Id of the key, when grouped by key; absent for what was asked without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<String>,
    /// Name of the key, as long as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Answers.
    pub messages: i64,
    /// Tokens.
    pub tokens: TokenCount,
}
