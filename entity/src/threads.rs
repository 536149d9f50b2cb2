//! Conversations.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;

use crate::{Scope, Timestamp};

/// Who in its team may read a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Visibility {
    /// Its user alone.
    #[sea_orm(string_value = "private")]
    Private,
    /// Every member.
    #[sea_orm(string_value = "shared")]
    Shared,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "threads")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Whose it is.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// Its team; none for a personal thread.
    #[sea_orm(column_type = "Text", nullable)]
    pub team_id: Option<String>,
    /// The project it lies in.
    #[sea_orm(column_type = "Text", nullable)]
    pub project_id: Option<String>,
    /// Title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Chosen model.
    #[sea_orm(column_type = "Text", nullable)]
    pub model: Option<String>,
    /// Who in the team may read it.
    pub visibility: Visibility,
    /// The workspace dialect's sessionId.
    #[sea_orm(column_type = "Text", nullable)]
    pub session_key: Option<String>,
    /// The thread it was branched from.
    #[sea_orm(column_type = "Text", nullable)]
    pub parent_thread_id: Option<String>,
    /// When it was pinned.
    pub pinned_at: Option<Timestamp>,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// Newest activity; lists are ordered by it.
    pub last_message_at: Timestamp,
    /// The beginning of the newest message.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_message_preview: Option<String>,
    /// Messages in it, without those that others took the place of.
    pub message_count: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted; gone for everybody, kept for an hour.
    pub deleted_at: Option<Timestamp>,
    /// The key that made it.
    #[sea_orm(column_type = "Text", nullable)]
    pub api_key_id: Option<String>,
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
    /// The threads somebody may see. What was deleted nobody sees.
    pub fn visible_to(scope: &Scope) -> Select<Self> {
        Self::within(scope).filter(Column::DeletedAt.is_null())
    }

    /// Somebody's own threads that were deleted and not yet forgotten.
    pub fn deleted_of(scope: &Scope) -> Select<Self> {
        Self::within(scope)
            .filter(Column::UserId.eq(scope.user_id()))
            .filter(Column::DeletedAt.is_not_null())
    }

    fn within(scope: &Scope) -> Select<Self> {
        scope.narrow(
            Self::find(),
            Column::UserId,
            Column::TeamId,
            Condition::all().add(Column::Visibility.eq(Visibility::Shared)),
        )
    }
}
