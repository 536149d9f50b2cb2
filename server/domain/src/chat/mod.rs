//! Conversations: starting an answer, following it, and what goes into its prompt.

mod ask;
mod attempts;
mod basis;
pub mod context;
mod engine;
mod follow;
mod keeper;
mod life;
mod prompt;
mod reset;
mod run;
pub(crate) mod summaries;
mod supersede;

pub(crate) use ask::stop_all;
pub use ask::{Anew, Ask, Started, regenerate, start, stop};
pub use basis::{Basis, Given, Wishes};
pub use engine::Engine;
pub use follow::{Follower, Piece, follow, may_follow};
pub use prompt::offer_history;
pub use reset::reset;
pub use run::Ended;

/// Characters of the newest message that a list of threads shows.
pub(crate) const PREVIEW_LENGTH: usize = 140;
