//! Conversations: starting an answer, following it, and what goes into its prompt.

pub mod context;
mod engine;
mod follow;
mod keeper;
mod run;

pub use engine::{Ask, Engine, Started, start, stop};
pub use follow::{Follower, Piece, follow};
pub use run::Ended;
