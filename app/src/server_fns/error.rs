//! The error of every server function.

use std::fmt;

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use types::{ApiError, ErrorCode};

use crate::wire::Json;

/// Why a server function failed: the error shape of the API, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(pub ApiError);

impl Failure {
    /// The reason for a program.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The sentence about the whole, unless the fields say it all.
    pub fn sentence(&self) -> Option<&str> {
        self.0.fields.is_empty().then_some(self.0.error.as_str())
    }

    /// What is wrong with one field, if something is.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.field(name)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl FromServerFnError for Failure {
    type Encoder = Json;

    /// What goes wrong around a function rather than in it. The technical text stays away from people: it names types.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        const INCOMPLETE: (ErrorCode, &str) = (
            ErrorCode::MalformedRequest,
            "The form arrived incomplete. Reload the page and try again.",
        );
        let (code, sentence) = match error {
            ServerFnErrorErr::Request(_) => (
                ErrorCode::Unavailable,
                "The server can't be reached. Check the connection and try again.",
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => INCOMPLETE,
            // On the server it is the arguments that can't be read, in the browser the answer.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => INCOMPLETE,
            _ => (ErrorCode::Internal, "Something went wrong. Try again in a moment."),
        };
        #[cfg(feature = "ssr")]
        crate::ssr::set_status(code);
        Self(ApiError::new(code, sentence))
    }
}
