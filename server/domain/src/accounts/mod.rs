//! Users, passwords, sessions and tokens.

mod deletion;
mod device;
mod directory;
mod own;
pub mod passwords;
pub mod sessions;
pub mod tokens;
mod users;

use std::net::IpAddr;

use entity::Timestamp;
use secrecy::SecretString;
use types::accounts::{SignedIn, User};
use types::settings::SettingsAnswer;

pub(crate) use deletion::clear_closed;
pub use deletion::{delete_by_email, delete_own};
pub use directory::{find, list, stats};
pub use own::{change_email, change_password, end_other_sessions, end_session, my_sessions};
pub use sessions::{authenticate, still_signed_in};
pub(crate) use users::email as check_email;
pub use users::{NewUser, account, add, login, logout, manage, me, register, registration_open, set_by_email};

/// Longest user agent that is kept.
const LONGEST_USER_AGENT: usize = 300;

/// Where a request came from and when; for sessions and the audit log.
#[derive(Debug, Clone)]
pub struct Client {
    /// The address; none for the command line.
    pub ip: Option<IpAddr>,
    /// What it calls itself, at most 300 characters.
    pub user_agent: Option<String>,
    /// When the request arrived.
    pub at: Timestamp,
}

impl Client {
    /// Somebody on the network.
    pub fn remote(ip: IpAddr, user_agent: Option<&str>, at: Timestamp) -> Self {
        let user_agent = user_agent.map(|text| text.chars().take(LONGEST_USER_AGENT).collect());
        Self {
            ip: Some(ip),
            user_agent,
            at,
        }
    }

    /// The operator on the command line.
    pub fn local(at: Timestamp) -> Self {
        Self {
            ip: None,
            user_agent: Some("command line".to_owned()),
            at,
        }
    }
}

/// Somebody's own account.
#[derive(Debug)]
pub struct Account {
    /// The user.
    pub user: User,
    /// What they have set.
    pub settings: SettingsAnswer,
}

/// Somebody has just signed in.
pub struct NewSession {
    /// The answer.
    pub signed_in: SignedIn,
    /// What they have set.
    pub settings: SettingsAnswer,
    /// Value of the session cookie.
    pub cookie: SecretString,
    /// How long the cookie is good for, in seconds.
    pub max_age_seconds: i64,
}
