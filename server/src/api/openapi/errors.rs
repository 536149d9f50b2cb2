//! Why requests are refused: every code with its status and sentence, and which of them a route can answer with.

use std::time::Duration;

use app::ssr::status;
use axum::http::StatusCode;
use domain::Error;
use domain::api_keys::KeyRejection;
use domain::api_keys::gate::is_never_open;
use domain::rate::Exceeded;
use schemars::schema_for;
use serde_json::{Map, Value, json};
use types::{ApiError, ErrorCode, FieldError};

use super::Operation;
use crate::api::dialect::Dialect;

/// A code, for people.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    /// The code.
    pub code: ErrorCode,
    /// Its status.
    pub status: u16,
    /// What it means.
    pub meaning: String,
    /// The sentence that comes with it, or one of them.
    pub sentence: String,
}

impl Reason {
    /// Its status in a dialect.
    fn in_dialect(&self, dialect: Dialect) -> u16 {
        dialect.status(self.code, self.http()).as_u16()
    }

    fn http(&self) -> StatusCode {
        status(self.code)
    }

    /// As the document lists it.
    pub(super) fn to_json(&self) -> Value {
        json!({ "status": self.status, "code": self.code, "meaning": self.meaning, "sentence": self.sentence })
    }
}

/// All of them, by status.
pub(super) fn reasons() -> Vec<Reason> {
    let schema = schema_for!(ErrorCode).to_value();
    let variants = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let reason = |variant: Value| {
        let code: ErrorCode = serde_json::from_value(variant["const"].clone()).ok()?;
        let meaning = variant["description"].as_str().unwrap_or_default();
        // The comment on the code begins with its status, for who reads the source.
        let meaning = meaning.split_once(": ").map_or(meaning, |(_, meaning)| meaning);
        Some(Reason {
            code,
            status: status(code).as_u16(),
            meaning: capital(&meaning.replace('\n', " ")),
            sentence: sentence(code),
        })
    };
    let mut reasons: Vec<Reason> = variants.into_iter().filter_map(reason).collect();
    reasons.sort_by_key(|reason| reason.status);
    reasons
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A sentence that comes with a code, from where it is written.
fn sentence(code: ErrorCode) -> String {
    let exceeded = Exceeded {
        limit: 600,
        wait: Duration::from_secs(7),
    };
    let domain = match code {
        ErrorCode::InvalidCursor => Error::InvalidCursor,
        ErrorCode::Unauthenticated => Error::Unauthenticated,
        ErrorCode::InvalidCredentials => Error::InvalidCredentials,
        ErrorCode::InvalidApiKey => KeyRejection::Invalid.into(),
        ErrorCode::ApiKeyExpired => KeyRejection::Expired.into(),
        ErrorCode::ApiKeyNotTeamMember => KeyRejection::NotTeamMember.into(),
        ErrorCode::ApiKeysDisabled => KeyRejection::Disabled.into(),
        ErrorCode::EndpointNotAllowed => KeyRejection::EndpointNotAllowed.into(),
        ErrorCode::PlanNotAllowed => Error::PlanNotAllowed,
        ErrorCode::NotTeamMember => Error::NotTeamMember,
        ErrorCode::RegistrationClosed => Error::RegistrationClosed,
        ErrorCode::NotFound => Error::NotFound("Thread"),
        ErrorCode::EmailTaken => Error::EmailTaken,
        ErrorCode::KeyLimitReached => Error::KeyLimitReached(100),
        ErrorCode::IdempotencyInProgress => Error::IdempotencyInProgress,
        ErrorCode::SecretShownOnce => Error::SecretShownOnce,
        ErrorCode::IdempotencyKeyReused => Error::IdempotencyKeyReused,
        ErrorCode::RateLimited => KeyRejection::RateLimited(exceeded).into(),
        ErrorCode::Unavailable => Error::Busy,
        code => return fixed(code).to_owned(),
    };
    domain.to_string()
}

/// Sentences that depend on the request; these are examples of them.
fn fixed(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::MalformedRequest => "The body is not JSON: EOF while parsing an object at line 1 column 1",
        ErrorCode::InvalidRequest => "The limit must be between 1 and 100",
        ErrorCode::CrossOrigin => "This request must come from this server's own pages",
        ErrorCode::Forbidden => "API keys cannot do this. Sign in instead.",
        ErrorCode::MethodNotAllowed => "This method is not allowed here; the Allow header names those that are",
        ErrorCode::RequestTimeout => "The body took too long to arrive",
        ErrorCode::Conflict => "The team needs an owner. Make somebody else one first.",
        ErrorCode::BodyTooLarge => "The body is too long: at most 1048576 bytes",
        ErrorCode::UnsupportedMediaType => "Send the body as JSON, with Content-Type: application/json",
        ErrorCode::MonthlyLimitReached => {
            "Your plan's 1000 messages for this month are used up. It renews on 2026-02-01."
        }
        ErrorCode::HeadersTooLarge => "The request's headers are too long",
        ErrorCode::ModelFailed => "The model's server does not answer. Try again, or choose another model.",
        ErrorCode::ModelTimeout => "The model's server did not answer in time. Try again, or choose another model.",
        _ => "Something went wrong on our side. Please try again.",
    }
}

/// What a route can refuse with.
pub(super) fn of(operation: &Operation) -> Vec<ErrorCode> {
    use ErrorCode as Code;
    let takes = &operation.takes;
    let mut codes = vec![
        Code::MalformedRequest,
        Code::ApiKeysDisabled,
        Code::EndpointNotAllowed,
        Code::HeadersTooLarge,
        Code::Internal,
        Code::Unavailable,
    ];
    // A key is judged before anything is routed, also where nobody has to say who they are.
    if !is_never_open(operation.path) {
        codes.extend([
            Code::InvalidApiKey,
            Code::ApiKeyExpired,
            Code::ApiKeyNotTeamMember,
            Code::PlanNotAllowed,
            Code::RateLimited,
        ]);
        if operation.people_only {
            codes.push(Code::Forbidden);
        }
    }
    if takes.caller {
        codes.push(Code::Unauthenticated);
    }
    if takes.key {
        codes.push(Code::InvalidApiKey);
    }
    if !operation.method.is_safe() {
        codes.push(Code::CrossOrigin);
    }
    if takes.path {
        codes.push(Code::NotFound);
    }
    if !takes.query.is_empty() {
        codes.push(Code::InvalidRequest);
    }
    if takes.body.is_some() || !takes.file.is_empty() || takes.form.is_some() {
        codes.extend([
            Code::InvalidRequest,
            Code::RequestTimeout,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
        ]);
    }
    if takes.idempotency_key {
        codes.extend([
            Code::InvalidRequest,
            Code::IdempotencyInProgress,
            Code::IdempotencyKeyReused,
        ]);
    }
    codes.extend(&operation.refuses);
    let mut distinct = Vec::new();
    for code in codes {
        if !distinct.contains(&code) {
            distinct.push(code);
        }
    }
    distinct
}

/// The answers of a route to what it refuses, by status.
pub(super) fn responses(codes: &[ErrorCode], reasons: &[Reason], dialect: Dialect) -> Map<String, Value> {
    let mut responses = Map::new();
    for status in reasons.iter().map(|reason| reason.in_dialect(dialect)) {
        let these: Vec<&Reason> = reasons
            .iter()
            .filter(|reason| reason.in_dialect(dialect) == status && codes.contains(&reason.code))
            .collect();
        if !these.is_empty() {
            responses.insert(status.to_string(), response(status, &these, dialect));
        }
    }
    responses
}

/// One of them.
pub(super) fn response(status: u16, reasons: &[&Reason], dialect: Dialect) -> Value {
    let names: Vec<Value> = reasons.iter().map(|reason| json!(reason.code)).collect();
    let lines: Vec<String> = reasons
        .iter()
        .zip(&names)
        .map(|(reason, name)| format!("- `{}`: {}", name.as_str().unwrap_or_default(), reason.meaning))
        .collect();
    let examples: Map<String, Value> = reasons
        .iter()
        .zip(&names)
        .map(|(reason, name)| {
            let mut error = ApiError::new(reason.code, &reason.sentence);
            error.request_id = Some("019b9f1c-63a5-7e6b-9f0c-2f1c9b3a7d10".to_owned());
            if reason.code == ErrorCode::InvalidRequest {
                error.fields = vec![FieldError::new("limit", &reason.sentence)];
            }
            let value = dialect.body(&error, reason.http());
            (name.as_str().unwrap_or_default().to_owned(), json!({ "value": value }))
        })
        .collect();
    let mut headers = super::document::headers(&["X-Request-Id"]);
    for (at, name) in [
        (401, "WWW-Authenticate"),
        (405, "Allow"),
        (429, "Retry-After"),
        (429, "RateLimit"),
        (429, "RateLimit-Policy"),
        (503, "Retry-After"),
    ] {
        if at == status {
            headers.extend(super::document::headers(&[name]));
        }
    }
    json!({
        "description": lines.join("\n"),
        "headers": headers,
        "content": { "application/json": {
            "schema": match dialect {
                Dialect::Own => json!({ "allOf": [
                    { "$ref": "#/components/schemas/ApiError" },
                    { "properties": { "code": { "enum": names } }, "required": ["requestId"] },
                ] }),
                Dialect::Workspace => json!({
                    "type": "object",
                    "properties": { "error": { "type": "string" } },
                    "required": ["error"],
                }),
                Dialect::OpenAi => json!({
                    "type": "object",
                    "properties": { "error": {
                        "type": "object",
                        "properties": {
                            "message": { "type": "string" },
                            "type": { "type": "string" },
                            "param": { "type": ["string", "null"] },
                            "code": { "type": ["string", "null"] },
                        },
                        "required": ["message", "type", "param", "code"],
                    } },
                    "required": ["error"],
                }),
            },
            "examples": examples,
        } },
    })
}
