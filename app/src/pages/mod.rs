//! The pages, one module per route. A page owns its data and what can be done with it.

pub mod admin;
pub mod api_keys;
pub mod chat;
pub mod gallery;
pub mod invitation;
pub mod not_found;
pub mod projects;
pub mod sign_in;
pub mod sign_up;
pub mod teams;
