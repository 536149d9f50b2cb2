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

/// Whether a role in a team may write there: every one but the viewer's.
pub fn may_write(role: TeamRole) -> bool {
    match role {
        TeamRole::Owner | TeamRole::Admin | TeamRole::Member => true,
        TeamRole::Viewer => false,
    }
}
