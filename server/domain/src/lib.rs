//! Latchkey's rules: accounts, keys, threads, the chat engine, context assembly and model providers.
//!
//! A REST handler and a server function for the same act call the same function here. Nothing here knows HTTP or
//! Leptos, and no entity leaves: callers get `types`.

pub mod access;
pub mod accounts;
pub mod api_keys;
pub mod archive;
pub mod audit;
pub mod chat;
pub mod clock;
pub mod config;
mod core;
pub mod db;
pub mod documents;
pub mod epochs;
mod error;
pub mod export;
pub mod feed;
pub mod idempotency;
pub mod messages;
pub mod models;
pub mod page;
pub mod projects;
pub mod rate;
mod realm;
pub mod search;
pub mod settings;
pub mod teams;
pub mod templates;
pub mod text;
pub mod threads;
pub mod usage;
pub mod views;
pub mod workspaces;

pub use self::core::{Core, StartError};
pub use self::error::Error;
