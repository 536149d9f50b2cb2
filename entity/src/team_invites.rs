//! Invitations to teams. The token is not here: only its hash.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect, SelectTwo};

use crate::team_members::TeamRole;
use crate::{Timestamp, teams, users};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_invites")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The team.
    #[sea_orm(column_type = "Text")]
    pub team_id: String,
    /// SHA-256 of the token in hexadecimal; unique.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// What whoever accepts it becomes.
    pub role: TeamRole,
    /// The account it is for, in lower case; none for whoever has the token.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// Who invites.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was accepted; it can be only once.
    pub accepted_at: Option<Timestamp>,
    /// By whom.
    #[sea_orm(column_type = "Text", nullable)]
    pub accepted_by: Option<String>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    /// By `TeamId`.
    #[sea_orm(
        belongs_to = "super::teams::Entity",
        from = "Column::TeamId",
        to = "super::teams::Column::Id"
    )]
    Team,
    /// By `CreatedBy`.
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "Column::CreatedBy",
        to = "super::users::Column::Id"
    )]
    Creator,
}

impl Related<teams::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Team.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The invitations of a team that can still be accepted.
    pub fn open_of(team_id: &str, now: Timestamp) -> Select<Self> {
        Self::open(now).filter(Column::TeamId.eq(team_id))
    }

    /// The open invitation with the hash of a token, as long as its team is not archived and who invites not suspended.
    pub fn with_token(token_hash: &str, now: Timestamp) -> SelectTwo<Self, teams::Entity> {
        Self::open(now)
            .filter(Column::TokenHash.eq(token_hash))
            .join(JoinType::InnerJoin, Relation::Creator.def())
            .filter(users::Column::SuspendedAt.is_null())
            .find_also_related(teams::Entity)
            .filter(teams::Column::ArchivedAt.is_null())
    }

    fn open(now: Timestamp) -> Select<Self> {
        Self::find()
            .filter(Column::AcceptedAt.is_null())
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
    }
}
