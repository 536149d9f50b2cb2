//! API keys. The secret is not here: only its bcrypt hash.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The owner.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// The team it is scoped to.
    #[sea_orm(column_type = "Text", nullable)]
    pub team_id: Option<String>,
    /// Label.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Configured prefix and the first six hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub key_prefix: String,
    /// bcrypt of the whole key.
    #[sea_orm(column_type = "Text")]
    pub key_hash: String,
    /// First four bytes of SHA-256 of the whole key.
    pub key_tag: i64,
    /// When a request last carried it.
    pub last_used_at: Option<Timestamp>,
    /// Where from.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_used_ip: Option<String>,
    /// Requests that carried it.
    pub request_count: i64,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
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
    /// By `TeamId`.
    #[sea_orm(
        belongs_to = "super::teams::Entity",
        from = "Column::TeamId",
        to = "super::teams::Column::Id"
    )]
    Team,
}

impl Related<super::users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl Related<super::teams::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Team.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// A user's own keys that are not revoked. Nobody sees another's, in no team.
    pub fn live_of(user_id: &str) -> Select<Self> {
        Self::find()
            .filter(Column::UserId.eq(user_id))
            .filter(Column::RevokedAt.is_null())
    }
}
