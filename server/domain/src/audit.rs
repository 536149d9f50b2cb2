//! The record of what matters for security, written in the transaction of what it records. Never a secret.

use entity::audit_log;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

use crate::accounts::Client;
use crate::clock::new_id;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An account was made.
    UserCreated,
    /// Plan, role or suspension of an account was changed.
    UserChanged,
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// Somebody signed out everywhere else.
    OthersSignedOut,
    /// Somebody changed their password.
    PasswordChanged,
    /// Somebody changed their e-mail address.
    EmailChanged,
    /// An API key was made.
    KeyCreated,
    /// An API key was renamed or got another expiry.
    KeyChanged,
    /// An API key was revoked.
    KeyRevoked,
    /// A team was made.
    TeamCreated,
    /// A team was archived.
    TeamArchived,
    /// Somebody joined a team or got another role in it.
    MemberSet,
    /// Somebody left a team or was removed from it.
    MemberRemoved,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::SignedIn => "session.created",
            Self::SignedOut => "session.ended",
            Self::OthersSignedOut => "session.others_ended",
            Self::PasswordChanged => "user.password_changed",
            Self::EmailChanged => "user.email_changed",
            Self::KeyCreated => "api_key.created",
            Self::KeyChanged => "api_key.changed",
            Self::KeyRevoked => "api_key.revoked",
            Self::TeamCreated => "team.created",
            Self::TeamArchived => "team.archived",
            Self::MemberSet => "team.member_set",
            Self::MemberRemoved => "team.member_removed",
        }
    }
}

/// Writes a row. `by` is empty for the command line.
pub async fn record(
    tx: &impl ConnectionTrait,
    action: Action,
    by: Option<&str>,
    target: &str,
    detail: Option<serde_json::Value>,
    client: &Client,
) -> Result<(), DbErr> {
    let row = audit_log::ActiveModel {
        id: Set(new_id()),
        user_id: Set(by.map(str::to_owned)),
        action: Set(action.name().to_owned()),
        target_id: Set(Some(target.to_owned())),
        detail: Set(detail.map(|detail| detail.to_string())),
        ip: Set(client.ip.map(|ip| ip.to_string())),
        user_agent: Set(client.user_agent.clone()),
        created_at: Set(client.at),
    };
    audit_log::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}
