//! Prompts that are kept to be used again. Those of the configuration are not here.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;

use crate::{Scope, Timestamp};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who made it.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// Its team; none for a personal template.
    #[sea_orm(column_type = "Text", nullable)]
    pub team_id: Option<String>,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The text, with its variables.
    #[sea_orm(column_type = "Text")]
    pub prompt: String,
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
    /// The templates somebody may see: their own, and all of a team.
    pub fn visible_to(scope: &Scope) -> Select<Self> {
        scope.narrow(
            Self::find(),
            Column::UserId,
            Column::TeamId,
            Condition::all().add(Column::TeamId.is_not_null()),
        )
    }
}
