//! Events of `GET /_live`: what happens to the threads of the person who looks, while they look.
//!
//! Each is one server-sent event whose name is its type. The id of an event is where the feed stands once everything up
//! to it was taken in: a browser that connects again by itself goes on from there.

use serde::{Deserialize, Serialize};

use crate::teams::TeamChoice;
use crate::threads::ThreadRow;
use crate::views::{MessageView, ProjectRows};

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LiveEvent {
    /// The first of all.
    Hello {
        /// Where the feed stands: to be passed as `since` when connecting again.
        at: String,
    },
    /// More has changed than can be told one by one: the newest threads, pinned ones among them.
    Sidebar {
        /// The threads, newest activity first.
        threads: Vec<ThreadRow>,
    },
    /// A thread was made or has changed.
    Thread {
        /// The thread as it is now.
        row: ThreadRow,
    },
    /// A thread is gone, or no longer for this person to see.
    ThreadGone {
        /// The thread's id.
        id: String,
    },
    /// The person's teams, by name, when they may be others than before.
    Teams {
        /// The teams.
        teams: Vec<TeamChoice>,
    },
    /// Projects were made, have changed or are gone, or threads moved in or out.
    Projects {
        /// The newest projects of the realm on show.
        projects: ProjectRows,
    },
    /// In the open thread: a message is new or has changed. They are ordered by `seq`.
    Message {
        /// The message as it is now.
        message: MessageView,
    },
    /// In the open thread: a message is gone.
    MessageGone {
        /// The message's id.
        id: String,
    },
    /// In the open thread: a running answer has grown.
    Piece {
        /// The answer's id.
        id: String,
        /// The first block that has changed.
        from: usize,
        /// All blocks from there on, in place of those that were there.
        blocks: Vec<String>,
    },
    /// In the open thread more has changed than is told: it is to be loaded anew.
    Refetch,
    /// The session has ended. Nothing comes after this, and coming back is of no use.
    Over {
        /// Why, for a person.
        error: String,
    },
}

impl LiveEvent {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Sidebar { .. } => "sidebar",
            Self::Thread { .. } => "thread",
            Self::ThreadGone { .. } => "threadGone",
            Self::Teams { .. } => "teams",
            Self::Projects { .. } => "projects",
            Self::Message { .. } => "message",
            Self::MessageGone { .. } => "messageGone",
            Self::Piece { .. } => "piece",
            Self::Refetch => "refetch",
            Self::Over { .. } => "over",
        }
    }
}
