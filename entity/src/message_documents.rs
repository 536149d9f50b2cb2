//! Which answers hold passages of a document.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_documents")]
pub struct Model {
    /// The document.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub document_id: String,
    /// The answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_seq: i64,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
