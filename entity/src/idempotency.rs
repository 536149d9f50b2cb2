//! First answers of requests that carried an `Idempotency-Key`.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Who asked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// The header.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of method, path and body.
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    /// The attempt that is at work.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    /// Until when that attempt is believed alive; none once it is answered.
    pub lease_until: Option<Timestamp>,
    /// Status of the first answer.
    pub status: Option<i32>,
    /// Body of the first answer.
    #[sea_orm(column_type = "Text", nullable)]
    pub response: Option<String>,
    /// The answer a chat started.
    #[sea_orm(column_type = "Text", nullable)]
    pub message_id: Option<String>,
    /// When it was first seen.
    pub created_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
