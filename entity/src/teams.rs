//! Teams.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The team's text for prompts.
    #[sea_orm(column_type = "Text")]
    pub context: String,
    /// When it was archived; nothing in it can be reached since.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
