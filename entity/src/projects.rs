//! Projects; the workspace dialect calls them workspaces.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;

use crate::{Scope, Timestamp};

/// A row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who made it.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// Its team; none for a personal project.
    #[sea_orm(column_type = "Text", nullable)]
    pub team_id: Option<String>,
    /// Unique within its owner or team.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Colour in lists.
    #[sea_orm(column_type = "Text", nullable)]
    pub color: Option<String>,
    /// Instructions for prompts.
    #[sea_orm(column_type = "Text")]
    pub context: String,
    /// `private` or `team`.
    #[sea_orm(column_type = "Text")]
    pub sharing: String,
    /// Model of its threads.
    #[sea_orm(column_type = "Text", nullable)]
    pub model: Option<String>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Turns of history in a prompt.
    pub history: i32,
    /// Passages in a prompt.
    pub top_n: i32,
    /// Least score of a passage.
    pub similarity: f64,
    /// `chat`, `query` or `automatic`.
    #[sea_orm(column_type = "Text")]
    pub chat_mode: String,
    /// What is said when nothing is found.
    #[sea_orm(column_type = "Text", nullable)]
    pub refusal: Option<String>,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    /// By `UserId`.
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "Column::UserId",
        to = "super::users::Column::Id"
    )]
    User,
}

impl Related<super::users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The projects somebody may see.
    pub fn visible_to(scope: &Scope) -> Select<Self> {
        scope.narrow(
            Self::find(),
            Column::UserId,
            Column::TeamId,
            Condition::all().add(Column::Sharing.eq("team")),
        )
    }
}
