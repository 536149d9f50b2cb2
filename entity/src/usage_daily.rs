//! Messages and tokens per user, team, key, model and day.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_daily")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// UTC day, `2026-01-31`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// Which model.
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    /// In which team; empty for none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: String,
    /// Through which key; empty for none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub api_key_id: String,
    /// Answers.
    pub messages: i64,
    /// Tokens of prompts.
    pub prompt_tokens: i64,
    /// Tokens of answers.
    pub completion_tokens: i64,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
