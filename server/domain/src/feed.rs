//! News of threads and messages, for pages that are open.
//!
//! Whoever changes a thread or a message publishes it after the commit. What is published says only what changed and whom
//! it concerns; who hears of it reads the rows under their own scope, so nothing can be learnt here that could not be read.
//! The newest changes are kept, so that a page that was away for a moment goes on where it was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use entity::threads::{self, Visibility};
use tokio::sync::watch;

use crate::clock::new_id;

/// Changes that are kept.
const KEPT: usize = 512;

/// What happened to a thread or a message in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The thread was made, changed, restored or read.
    Thread,
    /// The thread was deleted.
    ThreadGone,
    /// Many threads of the user changed at once; `thread_id` is empty. Lists are to be read anew.
    Threads,
    /// Projects were made, changed or deleted, or threads moved in or out; `thread_id` is empty, or that of a thread which
    /// lies or lay in one.
    Projects,
    /// A message was written or changed.
    Message(String),
    /// A message left the thread: it was deleted, or another took its place.
    MessageGone(String),
    /// An answer began; its row is there.
    Began(String),
    /// An answer ended, and its end is written.
    Ended(String),
}

/// A change that is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whom it concerns: whose thread it is, or who read it.
    pub user_id: String,
    /// The team whose members it concerns too.
    pub team_id: Option<String>,
    /// The thread.
    pub thread_id: String,
    /// What happened.
    pub kind: Kind,
}

/// What is told of a thread that came or went: its project, if it has one, then holds another number of threads.
pub(crate) fn counted(thread: &threads::Model, kind: Kind) -> impl Iterator<Item = Kind> {
    let projects = thread.project_id.is_some().then_some(Kind::Projects);
    [kind].into_iter().chain(projects)
}

/// Changes in a thread, for everybody who may see it.
pub(crate) fn changes(thread: &threads::Model, kinds: impl IntoIterator<Item = Kind>) -> Vec<Change> {
    let team_id = match thread.visibility {
        Visibility::Shared => thread.team_id.as_ref(),
        Visibility::Private => None,
    };
    let change = |kind| Change {
        user_id: thread.user_id.clone(),
        team_id: team_id.cloned(),
        thread_id: thread.id.clone(),
        kind,
    };
    kinds.into_iter().map(change).collect()
}

/// The feed of this process.
#[derive(Debug)]
pub struct Feed {
    process: String,
    kept: Mutex<Kept>,
    newest: watch::Sender<Newest>,
}

#[derive(Debug, Default)]
struct Kept {
    /// How many were published before the oldest that is kept.
    before: u64,
    changes: VecDeque<Change>,
}

/// How many were published, and whether no more will be.
#[derive(Debug, Clone, Copy, Default)]
struct Newest {
    count: u64,
    closed: bool,
}

/// Somebody who hears of changes.
#[derive(Debug)]
pub struct Subscription {
    feed: Arc<Feed>,
    at: u64,
    newest: watch::Receiver<Newest>,
}

/// What a subscriber is told next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// All changes since, in their order.
    Changes(Vec<Change>),
    /// More has changed than is kept; the subscriber goes on from now, and has to read anew what it shows.
    Missed,
    /// The server is ending.
    Over,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            process: new_id(),
            kept: Mutex::default(),
            newest: watch::channel(Newest::default()).0,
        }
    }
}

impl Feed {
    /// Tells of a change that is committed.
    pub fn publish(&self, change: Change) {
        self.publish_all([change]);
    }

    /// Tells of changes that were committed together.
    pub fn publish_all(&self, changes: impl IntoIterator<Item = Change>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            if kept.changes.len() == KEPT {
                kept.changes.pop_front();
                kept.before += 1;
            }
            kept.changes.push_back(change);
        }
        let count = kept.count();
        // Still under the lock, so that the count never goes back.
        self.newest.send_if_modified(|newest| {
            let grown = newest.count != count;
            newest.count = count;
            grown
        });
    }

    /// Where the feed stands. What is read after this holds everything up to it.
    pub fn position(&self) -> String {
        self.written(self.newest.borrow().count)
    }

    /// Everything from now on.
    pub fn subscribe(self: &Arc<Self>) -> Subscription {
        let at = self.newest.borrow().count;
        self.from(at)
    }

    /// Everything since a [`Feed::position`]; nothing when that is another process's, or more has changed than is kept.
    pub fn since(self: &Arc<Self>, position: &str) -> Option<Subscription> {
        let (process, at) = position.rsplit_once('-')?;
        let at = at.parse().ok()?;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (process == self.process && (kept.before..=kept.count()).contains(&at)).then(|| self.from(at))
    }

    /// Tells all subscribers that nothing more comes.
    pub(crate) fn close(&self) {
        self.newest.send_modify(|newest| newest.closed = true);
    }

    fn from(self: &Arc<Self>, at: u64) -> Subscription {
        Subscription {
            feed: Arc::clone(self),
            at,
            newest: self.newest.subscribe(),
        }
    }

    fn written(&self, at: u64) -> String {
        format!("{}-{at}", self.process)
    }
}

impl Kept {
    fn count(&self) -> u64 {
        self.before + self.changes.len() as u64
    }
}

impl Subscription {
    /// What comes next; waits for it. May be dropped while it waits without losing anything.
    pub async fn next(&mut self) -> News {
        let at = self.at;
        // The sender lives in the feed, which this holds.
        let Ok(newest) = self
            .newest
            .wait_for(|newest| newest.closed || newest.count > at)
            .await
            .map(|newest| *newest)
        else {
            return News::Over;
        };
        if newest.count == at {
            return News::Over;
        }
        let kept = self.feed.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.at = kept.count();
        match usize::try_from(at.wrapping_sub(kept.before)) {
            Ok(skipped) if at >= kept.before => News::Changes(kept.changes.iter().skip(skipped).cloned().collect()),
            _ => News::Missed,
        }
    }

    /// Where this subscriber stands: pass it to [`Feed::since`] to go on from here.
    pub fn position(&self) -> String {
        self.feed.written(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: usize) -> Change {
        Change {
            user_id: "u".to_owned(),
            team_id: None,
            thread_id: number.to_string(),
            kind: Kind::Thread,
        }
    }

    fn changes(numbers: impl IntoIterator<Item = usize>) -> News {
        News::Changes(numbers.into_iter().map(change).collect())
    }

    #[tokio::test]
    async fn a_subscriber_hears_everything_in_order_from_where_it_began() {
        let feed = Arc::new(Feed::default());
        feed.publish(change(1));
        let at = feed.position();
        let mut now = feed.subscribe();
        feed.publish_all([change(2), change(3)]);
        assert_eq!(now.next().await, changes([2, 3]));
        let mut again = feed.since(&at).unwrap();
        assert_eq!(again.next().await, changes([2, 3]));
        assert_eq!(again.position(), feed.position());
        // Nothing new is waited for, and waiting that is broken off loses nothing.
        assert!(futures::FutureExt::now_or_never(again.next()).is_none());
        feed.publish(change(4));
        assert_eq!(again.next().await, changes([4]));
    }

    #[tokio::test]
    async fn positions_that_are_foreign_or_too_old_are_refused() {
        let feed = Arc::new(Feed::default());
        let first = feed.position();
        for number in 0..KEPT {
            feed.publish(change(number));
        }
        assert_eq!(feed.since(&first).unwrap().next().await, changes(0..KEPT));
        feed.publish(change(KEPT));
        assert!(feed.since(&first).is_none());
        let beyond = format!("{}-{}", feed.process, KEPT + 2);
        for bad in ["", "-", "7", &Feed::default().position(), &beyond, &format!("{first}x")] {
            assert!(feed.since(bad).is_none(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_subscriber_that_fell_behind_is_told_so_and_goes_on() {
        let feed = Arc::new(Feed::default());
        let mut slow = feed.subscribe();
        feed.publish_all((0..=KEPT).map(change));
        assert_eq!(slow.next().await, News::Missed);
        feed.publish(change(1_000));
        assert_eq!(slow.next().await, changes([1_000]));
    }

    #[tokio::test]
    async fn the_end_comes_after_what_was_published_before_it() {
        let feed = Arc::new(Feed::default());
        let mut last = feed.subscribe();
        feed.publish(change(1));
        feed.close();
        assert_eq!(last.next().await, changes([1]));
        assert_eq!(last.next().await, News::Over);
    }
}
