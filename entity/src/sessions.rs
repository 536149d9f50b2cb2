//! Signed-in sessions. A token carries its session id, so that ending the session ends the token.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// UUIDv7; the `sid` of tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who signed in.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// SHA-256 of the cookie in hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// Where from.
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    /// With what.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Last use, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    /// By `UserId`.
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "Column::UserId",
        to = "super::users::Column::Id"
    )]
    User,
}

impl Related<super::users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
