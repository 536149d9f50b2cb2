//! Vectors of passages: those of passages that follow one another in one row.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passage_vectors")]
pub struct Model {
    /// The document.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub document_id: String,
    /// The place in the document of the first of the passages, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first: i32,
    /// The document's project.
    #[sea_orm(column_type = "Text")]
    pub project_id: String,
    /// What made them; only vectors of the same model can be compared.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub model: String,
    /// How many passages there are.
    pub passage_count: i32,
    /// One vector after the other, a signed byte for each dimension.
    pub vectors: Vec<u8>,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
