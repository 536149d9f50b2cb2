//! The calls the browser makes, one file per area. Each does three things: who is asking, call `domain`, map the error.
//!
//! They live under `/_fn`, change nothing on GET, and are for people: a request with an API key is nobody's. With the
//! `hydrate` feature the same names are the browser's half, which sends the request.

pub mod accounts;
pub mod admin;
pub mod api_keys;
pub mod chat;
pub mod documents;
mod error;
pub mod projects;
pub mod search;
pub mod settings;
pub mod teams;
pub mod templates;
pub mod threads;
pub mod usage;

pub use error::Failure;
