//! Latchkey's tables as `SeaORM` entities, one file each, and the owner-scoped doors to them.
//!
//! Every read of a user's rows starts at a `visible_to` of its entity with the [`scope::Scope`] of who is asking, so
//! that a row which is unknown and a row which is somebody else's look the same.

pub mod api_keys;
pub mod audit_log;
pub mod auth_epoch;
pub mod documents;
pub mod idempotency;
pub mod instance;
pub mod message_documents;
pub mod messages;
pub mod passage_vectors;
pub mod passages;
pub mod plan_usage;
pub mod projects;
pub mod scope;
pub mod sessions;
pub mod team_invites;
pub mod team_members;
pub mod teams;
pub mod templates;
pub mod thread_reads;
pub mod thread_summaries;
pub mod threads;
pub mod timestamp;
pub mod usage_daily;
pub mod users;

pub use scope::Scope;
pub use timestamp::Timestamp;
