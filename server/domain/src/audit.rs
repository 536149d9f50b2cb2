//! The record of what matters for security, written in the transaction of what it records. Never a secret.

use std::collections::HashMap;

use entity::{audit_log, users};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use types::accounts::{AuditEntry, AuditList};

use crate::access::Principal;
use crate::accounts::Client;
use crate::clock::new_id;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An account was made.
    UserCreated,
    /// Plan, role or suspension of an account was changed.
    UserChanged,
    /// An account was deleted.
    UserDeleted,
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
    /// A team was renamed or got another text.
    TeamChanged,
    /// A team was archived.
    TeamArchived,
    /// Somebody joined a team or got another role in it.
    MemberSet,
    /// Somebody left a team or was removed from it.
    MemberRemoved,
    /// Somebody was invited to a team.
    InviteCreated,
    /// An invitation to a team was taken back.
    InviteRevoked,
    /// An invitation to a team was accepted.
    InviteAccepted,
    /// A project was made.
    ProjectCreated,
    /// A project was shared with its team, or taken back.
    ProjectShared,
    /// A project was deleted.
    ProjectDeleted,
    /// A document was put into a project.
    DocumentAdded,
    /// A document was deleted.
    DocumentDeleted,
    /// Somebody took everything of theirs as an archive.
    DataExported,
    /// Somebody imported a file.
    DataImported,
    /// A template of a team was made.
    TemplateCreated,
    /// A template of a team got another name or text.
    TemplateChanged,
    /// A template of a team was deleted.
    TemplateDeleted,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDeleted => "user.deleted",
            Self::SignedIn => "session.created",
            Self::SignedOut => "session.ended",
            Self::OthersSignedOut => "session.others_ended",
            Self::PasswordChanged => "user.password_changed",
            Self::EmailChanged => "user.email_changed",
            Self::KeyCreated => "api_key.created",
            Self::KeyChanged => "api_key.changed",
            Self::KeyRevoked => "api_key.revoked",
            Self::TeamCreated => "team.created",
            Self::TeamChanged => "team.changed",
            Self::TeamArchived => "team.archived",
            Self::MemberSet => "team.member_set",
            Self::MemberRemoved => "team.member_removed",
            Self::InviteCreated => "team.invite_created",
            Self::InviteRevoked => "team.invite_revoked",
            Self::InviteAccepted => "team.invite_accepted",
            Self::ProjectCreated => "project.created",
            Self::ProjectShared => "project.shared",
            Self::ProjectDeleted => "project.deleted",
            Self::DocumentAdded => "document.added",
            Self::DocumentDeleted => "document.deleted",
            Self::DataExported => "data.exported",
            Self::DataImported => "data.imported",
            Self::TemplateCreated => "template.created",
            Self::TemplateChanged => "template.changed",
            Self::TemplateDeleted => "template.deleted",
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

const LIST: &str = "audit";

/// What was done lately, newest first: for administrators.
pub async fn recent(core: &Core, who: &Principal, page: &PageRequest) -> Result<AuditList, Error> {
    use audit_log::Column;
    who.require_admin()?;
    let limit = page.limit()?;
    let mut rows = audit_log::Entity::find();
    if let Some(after) = page.after(LIST)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor_after(LIST, last.created_at, &last.id)?),
        _ => None,
    };
    let by = rows.iter().filter_map(|row| row.user_id.as_deref());
    let emails: HashMap<String, String> = users::Entity::find()
        .select_only()
        .columns([users::Column::Id, users::Column::Email])
        .filter(users::Column::Id.is_in(by))
        .filter(users::Column::DeletedAt.is_null())
        .into_tuple::<(String, String)>()
        .all(core.db.read())
        .await?
        .into_iter()
        .collect();
    let entry = |row: audit_log::Model| AuditEntry {
        id: row.id,
        action: row.action,
        by: row.user_id.and_then(|id| emails.get(&id).cloned()),
        target_id: row.target_id,
        detail: row.detail,
        ip: row.ip,
        created_at: row.created_at.to_string(),
    };
    Ok(AuditList {
        entries: rows.into_iter().map(entry).collect(),
        next_cursor,
    })
}
