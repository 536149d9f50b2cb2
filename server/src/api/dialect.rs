//! Which of the three dialects a path speaks, and how each writes an error.

use axum::http::StatusCode;
use serde_json::{Value, json};
use types::{ApiError, ErrorCode};

/// Whose names and shapes an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Latchkey's own.
    Own,
    /// Those of `AnythingLLM`'s developer API.
    Workspace,
    /// Those of `OpenAI`'s API.
    OpenAi,
}

impl Dialect {
    /// The dialect of a path.
    pub fn of(path: &str) -> Self {
        if is_below(path, "/v1") || is_below(path, "/api/v1/openai") {
            Self::OpenAi
        } else if is_below(path, "/api/v1") {
            Self::Workspace
        } else {
            Self::Own
        }
    }

    /// The status of an error that has `status` in Latchkey's own dialect.
    pub fn status(self, code: ErrorCode, status: StatusCode) -> StatusCode {
        match (self, code) {
            (Self::Workspace, ErrorCode::InvalidApiKey | ErrorCode::Unauthenticated) => StatusCode::FORBIDDEN,
            _ => status,
        }
    }

    /// The body of an error as it is sent; in the two dialects that name its fields the same, in their order.
    ///
    /// # Errors
    /// None that an error of ours has.
    pub fn bytes(self, error: &ApiError, status: StatusCode) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Own => serde_json::to_vec(error),
            Self::Workspace | Self::OpenAi => serde_json::to_vec(&self.body(error, status)),
        }
    }

    /// The body of an error.
    pub fn body(self, error: &ApiError, status: StatusCode) -> Value {
        match self {
            Self::Workspace if matches!(error.code, ErrorCode::InvalidApiKey | ErrorCode::Unauthenticated) => {
                json!({ "error": "No valid api key found." })
            }
            Self::Own | Self::Workspace => json!(error),
            Self::OpenAi => envelope(
                &error.error,
                kind(status, error.code),
                error.fields.first().map(|field| field.field.as_str()),
                &code(status, error.code),
            ),
        }
    }
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An error as `OpenAI`'s API and its libraries know it.
pub fn envelope(message: &str, kind: &str, param: Option<&str>, code: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

fn kind(status: StatusCode, code: ErrorCode) -> &'static str {
    match (status, code) {
        (_, ErrorCode::MonthlyLimitReached) => "insufficient_quota",
        (StatusCode::TOO_MANY_REQUESTS, _) => "rate_limit_error",
        (StatusCode::FORBIDDEN, _) => "permission_error",
        (status, _) if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}

/// Programs look for `invalid_api_key`, whatever is wrong with a key; everything else has its own code.
fn code(status: StatusCode, code: ErrorCode) -> String {
    if status == StatusCode::UNAUTHORIZED {
        return "invalid_api_key".to_owned();
    }
    json!(code).as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_speaks_one_dialect() {
        for (path, dialect) in [
            ("/api/chat", Dialect::Own),
            ("/api", Dialect::Own),
            ("/api/v10/auth", Dialect::Own),
            ("/api/ping", Dialect::Own),
            ("/api/v1", Dialect::Workspace),
            ("/api/v1/auth", Dialect::Workspace),
            ("/api/v1/openaix", Dialect::Workspace),
            ("/api/v1/openai", Dialect::OpenAi),
            ("/api/v1/openai/models", Dialect::OpenAi),
            ("/v1", Dialect::OpenAi),
            ("/v1/models", Dialect::OpenAi),
            ("/v12", Dialect::Own),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }

    #[test]
    fn the_same_error_in_each_dialect() {
        let error = ApiError::new(ErrorCode::InvalidApiKey, "Invalid API key");
        let unauthorized = StatusCode::UNAUTHORIZED;
        for (dialect, status, body) in [
            (
                Dialect::Own,
                401,
                json!({ "error": "Invalid API key", "code": "invalid_api_key" }),
            ),
            (Dialect::Workspace, 403, json!({ "error": "No valid api key found." })),
            (
                Dialect::OpenAi,
                401,
                json!({ "error": {
                    "message": "Invalid API key", "type": "invalid_request_error", "param": null,
                    "code": "invalid_api_key",
                } }),
            ),
        ] {
            assert_eq!(dialect.status(error.code, unauthorized).as_u16(), status);
            assert_eq!(dialect.body(&error, unauthorized), body);
        }
        let expired = ApiError::new(ErrorCode::ApiKeyExpired, "API key expired");
        assert_eq!(Dialect::Workspace.status(expired.code, unauthorized), unauthorized);
        assert_eq!(
            Dialect::Workspace.body(&expired, unauthorized)["error"],
            "API key expired"
        );
    }
}
