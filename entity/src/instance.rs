//! What the instance remembers about itself.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Its value.
    #[sea_orm(column_type = "Text")]
    pub value: String,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
