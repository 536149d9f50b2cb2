//! The error shape of everything under `/api`, and the codes a program may switch on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stable, machine-readable reason of a failure. The sentence beside it may change; these do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// 400: the body is not JSON, or a value in it has the wrong type.
    MalformedRequest,
    /// 400: a value breaks a rule; `fields` names each.
    InvalidRequest,
    /// 400: the cursor was not made by this list.
    InvalidCursor,
    /// 401: nobody is signed in, or the session or token has ended.
    Unauthenticated,
    /// 401: e-mail and password do not belong together.
    InvalidCredentials,
    /// 401: the API key is malformed, unknown, wrong or revoked, or its owner is gone or suspended.
    InvalidApiKey,
    /// 401: the API key's expiry date has passed.
    ApiKeyExpired,
    /// 401: the owner of a team key is no longer a member of that team.
    ApiKeyNotTeamMember,
    /// 403: API keys are switched off, or no endpoint is open to them.
    ApiKeysDisabled,
    /// 403: this endpoint is not open to API keys.
    EndpointNotAllowed,
    /// 403: the user's plan has no API access.
    PlanNotAllowed,
    /// 403: the team is unknown, or the user is not a member of it.
    NotTeamMember,
    /// 403: the request came from another site.
    CrossOrigin,
    /// 403: registration is closed on this instance.
    RegistrationClosed,
    /// 403: the user may not do this.
    Forbidden,
    /// 404: unknown, or somebody else's.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 408: the request took too long to arrive.
    RequestTimeout,
    /// 409: the request does not fit the present state.
    Conflict,
    /// 409: the e-mail address has an account already.
    EmailTaken,
    /// 409: the user has as many live keys as allowed.
    KeyLimitReached,
    /// 409: an earlier request with the same idempotency key is still being worked on.
    IdempotencyInProgress,
    /// 409: the repeated request made an API key or an invitation, whose secret is shown only once.
    SecretShownOnce,
    /// 413: the body is too long.
    BodyTooLarge,
    /// 415: the body is not JSON.
    UnsupportedMediaType,
    /// 422: the idempotency key was used with another request.
    IdempotencyKeyReused,
    /// 429: too many requests.
    RateLimited,
    /// 429: the plan's messages of this month are used up.
    MonthlyLimitReached,
    /// 431: the request's headers are too long.
    HeadersTooLarge,
    /// 500: a fault of the server; the request id leads to it in the log.
    Internal,
    /// 502: the model's server failed.
    ModelFailed,
    /// 503: the server is too busy, or is shutting down.
    Unavailable,
    /// 504: the model's server did not answer in time.
    ModelTimeout,
}

/// One invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field's name as it stands in the body or query.
    pub field: String,
    /// One sentence a person can act on.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The body of every failed request under `/api`, and the error of every server function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// One sentence for a person.
    pub error: String,
    /// The reason for a program.
    pub code: ErrorCode,
    /// Leads from an answer to its line in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The invalid fields, when the code is [`ErrorCode::InvalidRequest`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
}

impl ApiError {
    /// An error with its sentence.
    pub fn new(code: ErrorCode, error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            code,
            request_id: None,
            fields: Vec::new(),
        }
    }

    /// What is wrong with one field, if something is.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.field == name)
            .map(|field| field.message.as_str())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl std::error::Error for ApiError {}
