//! What the browser, the server functions and the REST API say to each other.
//!
//! Only data lives here: no I/O, no clock, no configuration, so that the same crate compiles for the server and for
//! WebAssembly. Ids are opaque strings (`UUIDv7` in text); times are RFC 3339 in UTC with milliseconds and `Z`. On the
//! wire everything is camelCase.

pub mod accounts;
pub mod api_keys;
pub mod archive;
pub mod chat;
pub mod documents;
pub mod error;
pub mod live;
pub mod models;
pub mod openai;
pub mod patch;
pub mod projects;
pub mod prompts;
#[cfg(feature = "schema")]
pub mod schema;
pub mod search;
pub mod settings;
pub mod teams;
pub mod templates;
pub mod threads;
pub mod usage;
pub mod views;
pub mod workspaces;

pub use error::{ApiError, ErrorCode, FieldError};
pub use patch::Patch;
