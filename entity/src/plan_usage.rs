//! Answers per user and month, as the limits of plans count them.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_usage")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// UTC month, `2026-01`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    /// Answers that were begun and not given back.
    pub messages: i64,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
