//! API keys as their owner sees them.

use serde::{Deserialize, Serialize};

use crate::Patch;

/// The team a key is scoped to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TeamRef {
    /// The team's id.
    pub id: String,
    /// The team's name.
    pub name: String,
}

/// A key in a list. The secret is not in it and cannot be had again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The key's id.
    pub id: String,
    /// The label its owner gave it.
    pub name: String,
    /// The configured prefix and the first six hexadecimal digits.
    pub key_prefix: String,
    /// The team it is scoped to; null for a personal key.
    pub team_id: Option<String>,
    /// The same team with its name.
    pub team: Option<TeamRef>,
    /// When a request last carried it.
    pub last_used_at: Option<String>,
    /// From when on it is refused; null means never.
    pub expires_at: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// `{keys}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyList {
    /// Newest first; expired keys stay listed, revoked ones do not.
    pub keys: Vec<ApiKey>,
    /// Cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `POST /api/api-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateApiKeyRequest {
    /// 1 to 100 characters after trimming, without control characters.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: String,
    /// A team the caller is a member of; absent or null makes a personal key.
    #[serde(default)]
    pub team_id: Option<String>,
    /// RFC 3339, in the future and at most ten years away; absent or null means never.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// The key part of [`CreatedApiKey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    /// The key's id.
    pub id: String,
    /// The label its owner gave it.
    pub name: String,
    /// The configured prefix and the first six hexadecimal digits.
    pub key_prefix: String,
    /// The team it is scoped to; null for a personal key.
    pub team_id: Option<String>,
    /// That team's name.
    pub team_name: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is refused; null means never.
    pub expires_at: Option<String>,
}

/// The one answer that carries a secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedApiKey {
    /// What was made.
    pub key: NewApiKey,
    /// The whole key. It is shown here and nowhere else.
    pub secret: String,
}

/// `PATCH /api/api-keys/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeApiKeyRequest {
    /// The new label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: Option<String>,
    /// The new expiry; null means never.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub expires_at: Patch<String>,
}

/// `{key}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyAnswer {
    /// The key.
    pub key: ApiKey,
}

/// `{success:true}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Success {
    /// Always true.
    pub success: bool,
}

/// `GET /api/api-keys/access`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyAccess {
    /// Whether the user may make keys.
    pub can_access: bool,
}

/// What the page of API keys shows; everything but `can_access` and `now` is empty for a person who may not have keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysPage {
    /// Whether the person may have keys.
    pub can_access: bool,
    /// The keys that are good first, then the expired ones, each newest first.
    pub keys: Vec<ApiKey>,
    /// How many of them are good.
    pub live: u32,
    /// How many may be.
    pub limit: u32,
    /// Patterns of the paths a key may reach.
    pub endpoints: Vec<String>,
    /// Teams a key can be made for, by name.
    pub teams: Vec<TeamRef>,
    /// A call that a key may really make; none when there is none that could be shown.
    pub example: Option<Example>,
    /// The server's time.
    pub now: String,
}

/// A call to show how a key is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// `GET` or `POST`.
    pub method: String,
    /// The path on this server.
    pub path: String,
    /// The JSON to send.
    pub body: Option<String>,
    /// Whether the answer arrives as an event stream.
    pub stream: bool,
}
