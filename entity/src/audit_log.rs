//! Who changed what matters for security. Never a secret.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who did it; none once the user is deleted, or for the command line.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_id: Option<String>,
    /// What was done, as `api_key.revoked`.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// To what.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_id: Option<String>,
    /// JSON with the rest.
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
    /// Where from.
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    /// With what.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
