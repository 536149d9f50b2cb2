//! Looking for messages by what they say.

use serde::{Deserialize, Serialize};

use crate::threads::MessageRole;

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// The message's id.
    pub id: String,
    /// The thread it is in.
    pub thread_id: String,
    /// That thread's title.
    pub thread_title: String,
    /// Who speaks.
    pub role: MessageRole,
    /// The passage that was found, as plain text of at most a few hundred characters; `…` where it was cut.
    pub content: String,
    /// The same passage as escaped HTML, with what was found in `<mark>`.
    pub highlight: String,
    /// When it was said.
    pub created_at: String,
}

/// `GET /api/search`: best first. Of very many, the newest are ranked and come first, then the older ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchAnswer {
    /// The messages of this page.
    pub results: Vec<SearchResult>,
    /// How many messages are found in all.
    pub total: u64,
    /// Whether `total` is that number; false when there are more.
    pub total_is_exact: bool,
    /// Where the next page goes on; null at the end.
    pub next_cursor: Option<String>,
}
