//! Passages of documents. What they are found by is in columns and tables of each database's own.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passages")]
pub struct Model {
    /// Its number among all.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// The document.
    #[sea_orm(column_type = "Text")]
    pub document_id: String,
    /// The document's project.
    #[sea_orm(column_type = "Text")]
    pub project_id: String,
    /// Its place in the document, from 1.
    pub number: i32,
    /// Its text.
    #[sea_orm(column_type = "Text")]
    pub content: String,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
