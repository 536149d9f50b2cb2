//! Who is asking, as a filter on rows.

use sea_orm::sea_query::{Condition, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use crate::{team_members, teams};

/// The rows a caller may see. Made by `domain::access` from the caller's credential; never from a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The user's own rows outside any team.
    Personal {
        /// The user.
        user_id: String,
    },
    /// One team's rows, as far as this member may see them.
    Team {
        /// The member.
        user_id: String,
        /// The team.
        team_id: String,
    },
    /// The user's own rows and those of every team they are a member of: a person in the browser.
    Everywhere {
        /// The user.
        user_id: String,
    },
}

impl Scope {
    /// Who is asking.
    pub fn user_id(&self) -> &str {
        match self {
            Self::Personal { user_id } | Self::Team { user_id, .. } | Self::Everywhere { user_id } => user_id,
        }
    }

    /// The team it is narrowed to.
    pub fn team_id(&self) -> Option<&str> {
        match self {
            Self::Team { team_id, .. } => Some(team_id),
            Self::Personal { .. } | Self::Everywhere { .. } => None,
        }
    }

    /// The rows of a table with an owner, a team and a mark for what its whole team may see.
    pub(crate) fn narrow<E: EntityTrait, C: ColumnTrait>(
        &self,
        rows: Select<E>,
        owner: C,
        team: C,
        shared: Condition,
    ) -> Select<E> {
        let visible_in_team = |user_id: &str| Condition::any().add(owner.eq(user_id)).add(shared);
        match self {
            Self::Personal { user_id } => rows.filter(owner.eq(user_id)).filter(team.is_null()),
            Self::Team { user_id, team_id } => rows.filter(team.eq(team_id)).filter(visible_in_team(user_id)),
            Self::Everywhere { user_id } => rows.filter(
                Condition::any()
                    .add(Condition::all().add(owner.eq(user_id)).add(team.is_null()))
                    .add(
                        Condition::all()
                            .add(team.in_subquery(teams_of(user_id)))
                            .add(visible_in_team(user_id)),
                    ),
            ),
        }
    }
}

/// The teams a user is a member of, without the archived ones.
fn teams_of(user_id: &str) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column((team_members::Entity, team_members::Column::TeamId))
        .from(team_members::Entity)
        .inner_join(
            teams::Entity,
            sea_orm::sea_query::Expr::col((teams::Entity, teams::Column::Id))
                .equals((team_members::Entity, team_members::Column::TeamId)),
        )
        .and_where(team_members::Column::UserId.eq(user_id))
        .and_where(teams::Column::ArchivedAt.is_null())
        .take()
}
