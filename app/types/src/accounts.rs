//! Accounts: register, sign in, who am I, and what an administrator may change.

use serde::{Deserialize, Serialize};

/// What a user is to the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An ordinary user.
    User,
    /// May see and change every account.
    Admin,
}

/// The signed-in user as they see themself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    pub id: String,
    /// Lower-case e-mail address.
    pub email: String,
    /// Display name; may be empty.
    pub name: String,
    /// Id of the user's plan.
    pub plan: String,
    /// What the user is to the instance.
    pub role: Role,
}

/// `POST /api/auth/register`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    /// E-mail address; stored in lower case.
    #[cfg_attr(feature = "schema", schemars(length(min = 3, max = 254), regex(pattern = crate::schema::EMAIL)))]
    pub email: String,
    /// At least 8 characters, at most 71 bytes.
    #[cfg_attr(feature = "schema", schemars(length(min = 8, max = 71), regex(pattern = crate::schema::TEXT)))]
    pub password: String,
    /// Display name, at most 100 characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME_OR_NOTHING)))]
    pub name: Option<String>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// E-mail address, in any case.
    pub email: String,
    /// The password.
    pub password: String,
}

/// What somebody must type before their account is deleted.
pub const DELETE_ACCOUNT_CONFIRMATION: &str = "delete my account";

/// `DELETE /api/auth/me`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeleteAccountRequest {
    /// The password.
    pub password: String,
    /// [`DELETE_ACCOUNT_CONFIRMATION`], so that no program does this unawares.
    pub confirmation: String,
}

/// Answer of register and login.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who signed in.
    pub user: User,
    /// A JSON Web Token for programs that act as the person for a while.
    pub token: String,
    /// When the token ends.
    pub expires_at: String,
}

/// `{user}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAnswer {
    /// The user.
    pub user: User,
}

/// A user as an administrator sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ManagedUser {
    /// The user's id.
    pub id: String,
    /// Lower-case e-mail address.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Id of the user's plan.
    pub plan: String,
    /// What the user is to the instance.
    pub role: Role,
    /// When the account was suspended; null when it is not.
    pub suspended_at: Option<String>,
    /// When the account was made.
    pub created_at: String,
    /// When a session of the user was last used; null when never.
    pub last_seen_at: Option<String>,
}

/// `GET /api/admin/users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ManagedUserList {
    /// The users, newest first.
    pub users: Vec<ManagedUser>,
    /// Where the next page begins; null when this is the last.
    pub next_cursor: Option<String>,
}

/// `GET /api/admin/stats`: how much there is on this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstanceStats {
    /// Accounts, suspended ones too.
    pub users: u64,
    /// Teams that are not archived.
    pub teams: u64,
    /// Threads that are not deleted.
    pub threads: u64,
    /// Messages in them, superseded ones too.
    pub messages: u64,
    /// API keys that are not revoked.
    pub keys: u64,
}

/// What was done that matters for security.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The row's id.
    pub id: String,
    /// What, as `api_key.created`.
    pub action: String,
    /// E-mail address of who did it; null for the command line, and for an account that is gone.
    pub by: Option<String>,
    /// Id of what it was done to.
    pub target_id: Option<String>,
    /// More about it, as JSON; never a secret.
    pub detail: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// When.
    pub created_at: String,
}

/// A page of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditList {
    /// What was done, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; null when this is the last.
    pub next_cursor: Option<String>,
}

/// `{user}` of the administration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ManagedUserAnswer {
    /// The user.
    pub user: ManagedUser,
}

/// `PATCH /api/admin/users/{id}`; an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ManageUserRequest {
    /// Id of a configured plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// True suspends the account at once, false lets it in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}
