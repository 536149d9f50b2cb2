//! API keys: making them, keeping them, and judging a request that carries one.
//!
//! The way of a request: [`gate`] (may keys reach this path at all?) → [`verify`] (whose key is this, proven by bcrypt
//! once and remembered; and what may it do right now, never remembered beyond a change) → a
//! [`Principal`](crate::access::Principal).

pub mod gate;
pub mod last_used;
mod page;
pub mod secret;
mod service;
pub mod verify;

use std::time::Duration;

use types::ErrorCode;

use crate::rate::Exceeded;

pub use page::page;
pub use service::{OwnedKey, access, change, create, list, list_of_everyone, open_to, revoke, revoke_by_id};

/// Every way in which a key is refused, in the order in which they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRejection {
    /// Keys are switched off, or no endpoint is open to them.
    #[error("API key access is not enabled for any endpoints")]
    Disabled,
    /// This endpoint is not open to keys.
    #[error("API key access is not allowed for this endpoint")]
    EndpointNotAllowed,
    /// Malformed, unknown, wrong, revoked, or the owner is suspended or gone. Which of them is nobody's business.
    #[error("Invalid API key")]
    Invalid,
    /// Its expiry has passed.
    #[error("API key expired")]
    Expired,
    /// A team key whose owner is not a member any more, or whose team is archived.
    #[error("API key invalid - no longer a team member")]
    NotTeamMember,
    /// The owner's plan has no API access.
    #[error("API access not available for your plan")]
    PlanNotAllowed,
    /// More requests than the key may make.
    #[error("Too many requests with this API key. Try again in {} seconds.", .0.wait.as_secs().max(1))]
    RateLimited(Exceeded),
    /// Too many keys are being proven at once.
    #[error("The server is busy. Try again in a moment.")]
    Busy,
    /// The database failed; the reason is in the log.
    #[error("Something went wrong on our side. Please try again.")]
    Failed,
}

impl KeyRejection {
    /// The stable code of it.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Disabled => ErrorCode::ApiKeysDisabled,
            Self::EndpointNotAllowed => ErrorCode::EndpointNotAllowed,
            Self::Invalid => ErrorCode::InvalidApiKey,
            Self::Expired => ErrorCode::ApiKeyExpired,
            Self::NotTeamMember => ErrorCode::ApiKeyNotTeamMember,
            Self::PlanNotAllowed => ErrorCode::PlanNotAllowed,
            Self::RateLimited(_) => ErrorCode::RateLimited,
            Self::Busy => ErrorCode::Unavailable,
            Self::Failed => ErrorCode::Internal,
        }
    }

    /// How long to wait before another try.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited(exceeded) => Some(exceeded.wait),
            Self::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
