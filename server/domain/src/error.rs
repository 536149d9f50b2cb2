//! What can go wrong in the domain. Nothing here knows HTTP: each dialect maps it to a status in one place.

use std::time::Duration;

use entity::Timestamp;
use sea_orm::DbErr;
use types::{ApiError, ErrorCode, FieldError};

use crate::api_keys::KeyRejection;
use crate::rate::Exceeded;

/// A failed act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values that break a rule.
    #[error("The request is not valid")]
    Invalid(Vec<FieldError>),
    /// A cursor that this list did not make.
    #[error("The cursor is not valid for this list. Start again without one.")]
    InvalidCursor,
    /// Nobody is signed in.
    #[error("You are not signed in")]
    Unauthenticated,
    /// E-mail and password do not belong together.
    #[error("The e-mail or the password is wrong")]
    InvalidCredentials,
    /// The API key was refused.
    #[error(transparent)]
    Key(#[from] KeyRejection),
    /// The user's plan has no API access.
    #[error("API access not available for your plan")]
    PlanNotAllowed,
    /// The team is unknown or the user is not in it.
    #[error("You are not a member of this team")]
    NotTeamMember,
    /// Accounts are made by the operator only.
    #[error("Registration is closed on this server. Ask its operator for an account.")]
    RegistrationClosed,
    /// The user may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Unknown, or somebody else's: `Thread not found`.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The e-mail address has an account.
    #[error("There is already an account with this e-mail address. Sign in instead.")]
    EmailTaken,
    /// As many live keys as allowed.
    #[error("You have {0} API keys, which is the limit. Revoke one that you no longer need.")]
    KeyLimitReached(u32),
    /// The plan's answers of this month are used up.
    #[error("Your plan's {limit} messages for this month are used up. It renews on {}.", .renews_at.day())]
    MonthlyLimitReached {
        /// Answers a month.
        limit: u32,
        /// When the next month begins.
        renews_at: Timestamp,
        /// How long that is from now.
        wait: Duration,
    },
    /// Somebody is the last owner of a team, which has this name, and others are in it.
    #[error("The team “{0}” has no other owner. Make another member an owner first.")]
    LastOwner(String),
    /// It does not fit the present state.
    #[error("{0}")]
    Conflict(&'static str),
    /// The idempotency key was used with another request.
    #[error("This Idempotency-Key was used with another request")]
    IdempotencyKeyReused,
    /// An earlier request with the same idempotency key is still at work.
    #[error("A request with this Idempotency-Key is still being worked on. Try again in a moment.")]
    IdempotencyInProgress,
    /// The repeated request made an API key.
    #[error(
        "This request has made an API key already, and its secret is shown only once. Revoke that key and create another."
    )]
    SecretShownOnce,
    /// The repeated request made an invitation.
    #[error(
        "This request has made an invitation already, and its link is shown only once. Take that one back and make another."
    )]
    InviteShownOnce,
    /// Too often.
    #[error("Too many attempts. Try again in {} seconds.", .0.wait.as_secs().max(1))]
    RateLimited(Exceeded),
    /// The server has too much to do.
    #[error("The server is busy. Try again in a moment.")]
    Busy,
    /// The model failed; the sentence is for the user.
    #[error("{sentence}")]
    Model {
        /// What the user can do about it.
        sentence: String,
        /// Whether it was too slow.
        timeout: bool,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// One invalid field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// The stable code of it.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::InvalidRequest,
            Self::InvalidCursor => ErrorCode::InvalidCursor,
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::InvalidCredentials => ErrorCode::InvalidCredentials,
            Self::Key(rejection) => rejection.code(),
            Self::PlanNotAllowed => ErrorCode::PlanNotAllowed,
            Self::NotTeamMember => ErrorCode::NotTeamMember,
            Self::RegistrationClosed => ErrorCode::RegistrationClosed,
            Self::Forbidden(_) => ErrorCode::Forbidden,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::EmailTaken => ErrorCode::EmailTaken,
            Self::KeyLimitReached(_) => ErrorCode::KeyLimitReached,
            Self::MonthlyLimitReached { .. } => ErrorCode::MonthlyLimitReached,
            Self::Conflict(_) | Self::LastOwner(_) => ErrorCode::Conflict,
            Self::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused,
            Self::IdempotencyInProgress => ErrorCode::IdempotencyInProgress,
            Self::SecretShownOnce | Self::InviteShownOnce => ErrorCode::SecretShownOnce,
            Self::RateLimited(_) => ErrorCode::RateLimited,
            Self::Busy => ErrorCode::Unavailable,
            Self::Model { timeout: false, .. } => ErrorCode::ModelFailed,
            Self::Model { timeout: true, .. } => ErrorCode::ModelTimeout,
            Self::Database(error) if is_contention(error) => ErrorCode::Unavailable,
            Self::Database(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// What the caller is told. A fault of ours is never told, only logged.
    pub fn to_api(&self) -> ApiError {
        let mut answer = match self.code() {
            ErrorCode::Internal => ApiError::new(
                ErrorCode::Internal,
                "Something went wrong on our side. Please try again.",
            ),
            ErrorCode::Unavailable => ApiError::new(ErrorCode::Unavailable, Self::Busy.to_string()),
            code => ApiError::new(code, self.to_string()),
        };
        if let Self::Invalid(fields) = self {
            // The seed's errors are one sentence; a program that reads only that still learns what to mend.
            if let [only] = fields.as_slice() {
                answer.error.clone_from(&only.message);
            }
            answer.fields.clone_from(fields);
        }
        answer
    }

    /// Which limit was exceeded, and its name in the answer's headers.
    pub fn exceeded(&self) -> Option<(&'static str, Exceeded)> {
        match self {
            Self::RateLimited(exceeded) => Some(("sign-in", *exceeded)),
            Self::MonthlyLimitReached { limit, wait, .. } => Some((
                "month",
                Exceeded {
                    limit: *limit,
                    wait: *wait,
                },
            )),
            Self::Key(KeyRejection::RateLimited(exceeded)) => Some(("key", *exceeded)),
            _ => None,
        }
    }

    /// How long the caller should wait before another try, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(exceeded) => Some(exceeded.wait),
            Self::MonthlyLimitReached { wait, .. } => Some(*wait),
            Self::Key(rejection) => rejection.retry_after(),
            Self::Busy | Self::IdempotencyInProgress => Some(Duration::from_secs(1)),
            Self::Database(error) if is_contention(error) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

/// Whether the database had no time for us, rather than being at fault: no connection was free, the file was locked, or
/// two transactions waited for each other and this one had to give way.
pub(crate) fn is_contention(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    let text = error.to_string();
    text.contains("database is locked") || text.contains("deadlock detected")
}

/// Collects the invalid fields of a request, so that a person hears of all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<FieldError>);

impl Problems {
    /// Notes a problem and gives back nothing.
    pub(crate) fn note<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|problem| self.0.push(problem)).ok()
    }

    /// Fails when something was noted.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}
