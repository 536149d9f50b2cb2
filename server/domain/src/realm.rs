//! Where things lie: with their owner alone, or in a team.

use entity::Scope;
use entity::team_members::TeamRole;
use sea_orm::ConnectionTrait;

use crate::access::{Principal, Via, may_write};
use crate::{Core, Error, teams};

/// The scope of a list: a key's own; for a person their own things outside teams, or those of a team they name.
pub(crate) async fn to_list(core: &Core, who: &Principal, team_id: Option<&str>) -> Result<Scope, Error> {
    if who.is_key() {
        return Ok(who.scope.clone());
    }
    let user_id = who.user_id.clone();
    match team_id {
        None => Ok(Scope::Personal { user_id }),
        Some(team_id) => {
            let membership = teams::require_member(core.db.read(), &user_id, team_id).await?;
            Ok(Scope::Team {
                user_id,
                team_id: membership.team.id,
            })
        }
    }
}

/// The scope in which somebody makes something: a key's own; for a person the team they name, or none. `viewers` is what
/// viewers of that team are told.
pub(crate) async fn to_write(
    tx: &impl ConnectionTrait,
    who: &Principal,
    team_id: Option<&str>,
    viewers: &'static str,
) -> Result<Scope, Error> {
    let team_id = match &who.via {
        Via::ApiKey { team_role, .. } => {
            require_writer(*team_role, viewers)?;
            who.scope.team_id().map(str::to_owned)
        }
        Via::Session { .. } | Via::Token { .. } => match team_id.or(who.scope.team_id()) {
            Some(team_id) => {
                let membership = teams::require_member(tx, &who.user_id, team_id).await?;
                require_writer(Some(membership.role), viewers)?;
                Some(membership.team.id)
            }
            None => None,
        },
    };
    Ok(of_row(who, team_id.as_deref()))
}

/// The scope in which a row of the caller's own or of a team lies.
pub(crate) fn of_row(who: &Principal, team_id: Option<&str>) -> Scope {
    let user_id = who.user_id.clone();
    match team_id {
        Some(team_id) => Scope::Team {
            user_id,
            team_id: team_id.to_owned(),
        },
        None => Scope::Personal { user_id },
    }
}

/// What the caller is in the team of a row; nothing for what is in none.
pub(crate) async fn role_in(
    db: &impl ConnectionTrait,
    who: &Principal,
    team_id: Option<&str>,
) -> Result<Option<TeamRole>, Error> {
    match (&who.via, team_id) {
        (Via::ApiKey { team_role, .. }, _) => Ok(*team_role),
        (_, Some(team_id)) => Ok(Some(teams::require_member(db, &who.user_id, team_id).await?.role)),
        (_, None) => Ok(None),
    }
}

/// Refuses who may only read, with a sentence.
pub(crate) fn require_writer(role: Option<TeamRole>, viewers: &'static str) -> Result<(), Error> {
    if role.is_none_or(may_write) {
        Ok(())
    } else {
        Err(Error::Forbidden(viewers))
    }
}
