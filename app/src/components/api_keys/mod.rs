//! What the page of API keys is made of.

pub mod create;
pub mod examples;
pub mod expiry;
pub mod guard;
pub mod list;
pub mod reveal;
pub mod revoke;
pub mod row;
pub mod snippet;
pub mod store;
pub mod trial;
pub mod usage;
