//! What was said in a thread before what still fits into a prompt, in short.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "thread_summaries")]
pub struct Model {
    /// The thread.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub thread_id: String,
    /// Whose the thread is.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// Number of the newest message it covers.
    pub up_to_seq: i64,
    /// The summary.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// The model that wrote it.
    #[sea_orm(column_type = "Text")]
    pub model: String,
    /// When it was written.
    pub updated_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
