//! Who is asking, and what they may do.

use entity::Scope;
use entity::team_members::TeamRole;
use entity::users::UserRole;

use crate::Error;

/// The door a request came through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// The session cookie of a browser.
    Session {
        /// The session.
        session_id: String,
    },
    /// A token of `/api/auth/login`.
    Token {
        /// The session it belongs to.
        session_id: String,
    },
    /// An API key.
    ApiKey {
        /// The key.
        key_id: String,
        /// For a team key: what its owner is in that team.
        team_role: Option<TeamRole>,
    },
}

/// Somebody whose credential was checked for this very request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// As whom everything is done and written.
    pub user_id: String,
    /// What the user is to the instance.
    pub role: UserRole,
    /// The user's plan.
    pub plan: String,
    /// The door.
    pub via: Via,
    /// The rows they may see.
    pub scope: Scope,
}

impl Principal {
    /// Whether the request carried an API key.
    pub fn is_key(&self) -> bool {
        matches!(self.via, Via::ApiKey { .. })
    }

    /// The API key, when it carried one.
    pub fn api_key_id(&self) -> Option<&str> {
        match &self.via {
            Via::ApiKey { key_id, .. } => Some(key_id),
            Via::Session { .. } | Via::Token { .. } => None,
        }
    }

    /// The session of a browser or token.
    pub fn session_id(&self) -> Option<&str> {
        match &self.via {
            Via::Session { session_id } | Via::Token { session_id } => Some(session_id),
            Via::ApiKey { .. } => None,
        }
    }

    /// How far the caller reaches, in a word. What one reach was answered another must not be shown, even to the same
    /// user: a key of a team sees its team only.
    pub fn reach(&self) -> &str {
        match &self.scope {
            Scope::Everywhere { .. } => "everywhere",
            Scope::Personal { .. } => "personal",
            Scope::Team { team_id, .. } => team_id,
        }
    }

    /// Keys cannot make, list or change keys, nor touch the account.
    pub fn require_person(&self) -> Result<(), Error> {
        if self.is_key() {
            Err(Error::Forbidden("API keys cannot do this. Sign in instead."))
        } else {
            Ok(())
        }
    }

    /// What only administrators may see does not exist for anybody else.
    pub fn require_admin(&self) -> Result<(), Error> {
        if self.role == UserRole::Admin && !self.is_key() {
            Ok(())
        } else {
            Err(Error::NotFound("Page"))
        }
    }
}

/// What can be done in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamAct {
    /// See the team, who is in it and what it shares.
    Read,
    /// Leave it.
    Leave,
    /// Write threads and whatever else lies in it.
    Write,
    /// Rename it and change its text for prompts.
    Change,
    /// Invite, take invitations back, change roles and remove members; where no owner is concerned.
    ManageMembers,
    /// The same for owners.
    ManageOwners,
    /// Archive it.
    Archive,
}

/// What each role in a team may do there. This is the only place that says so.
pub fn may(role: TeamRole, act: TeamAct) -> bool {
    use TeamRole::{Admin, Member, Owner};
    match act {
        TeamAct::Read | TeamAct::Leave => true,
        TeamAct::Write => matches!(role, Owner | Admin | Member),
        TeamAct::Change | TeamAct::ManageMembers => matches!(role, Owner | Admin),
        TeamAct::ManageOwners | TeamAct::Archive => matches!(role, Owner),
    }
}

/// Refuses what a role may not do, with the reason.
pub(crate) fn require(role: TeamRole, act: TeamAct) -> Result<(), Error> {
    if may(role, act) {
        return Ok(());
    }
    Err(Error::Forbidden(match act {
        TeamAct::Read | TeamAct::Leave | TeamAct::Write => "Viewers can read this team's threads but not write to them",
        TeamAct::Change | TeamAct::ManageMembers => "Only owners and administrators of this team can do this",
        TeamAct::ManageOwners => "Only owners of this team can make, change or remove its owners",
        TeamAct::Archive => "Only owners of this team can archive it",
    }))
}

/// What changes who has a role takes.
pub(crate) fn to_give(role: TeamRole) -> TeamAct {
    match role {
        TeamRole::Owner => TeamAct::ManageOwners,
        TeamRole::Admin | TeamRole::Member | TeamRole::Viewer => TeamAct::ManageMembers,
    }
}

/// Whether the first of two roles may do more than the second.
pub(crate) fn is_above(role: TeamRole, other: TeamRole) -> bool {
    let rank = |role| match role {
        TeamRole::Owner => 3,
        TeamRole::Admin => 2,
        TeamRole::Member => 1,
        TeamRole::Viewer => 0,
    };
    rank(role) > rank(other)
}

/// Whether a role in a team may write there.
pub fn may_write(role: TeamRole) -> bool {
    may(role, TeamAct::Write)
}

#[cfg(test)]
mod tests {
    use super::TeamAct::{Archive, Change, Leave, ManageMembers, ManageOwners, Read, Write};
    use super::*;

    const ROLES: [TeamRole; 4] = [TeamRole::Owner, TeamRole::Admin, TeamRole::Member, TeamRole::Viewer];

    #[test]
    fn what_each_role_may_do() {
        for (act, expected) in [
            (Read, [true, true, true, true]),
            (Leave, [true, true, true, true]),
            (Write, [true, true, true, false]),
            (Change, [true, true, false, false]),
            (ManageMembers, [true, true, false, false]),
            (ManageOwners, [true, false, false, false]),
            (Archive, [true, false, false, false]),
        ] {
            assert_eq!(ROLES.map(|role| may(role, act)), expected, "{act:?}");
            assert_eq!(ROLES.map(|role| require(role, act).is_ok()), expected, "{act:?}");
        }
        assert_eq!(ROLES.map(may_write), [true, true, true, false]);
        let gives_itself = ROLES.map(|role| may(role, to_give(role)));
        assert_eq!(gives_itself, [true, true, false, false]);
    }

    #[test]
    fn roles_stand_above_each_other_in_the_order_of_what_they_may() {
        const ACTS: [TeamAct; 7] = [Read, Leave, Write, Change, ManageMembers, ManageOwners, Archive];
        let acts = |role| ACTS.iter().filter(|act| may(role, **act)).count();
        for one in ROLES {
            for other in ROLES {
                assert_eq!(is_above(one, other), acts(one) > acts(other), "{one:?} {other:?}");
            }
        }
    }
}
