//! The answers that are being written by this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::run::{Cut, Run};
use crate::Error;
use crate::clock::new_id;

/// The answers that are being written by this process.
#[derive(Debug)]
pub struct Engine {
    runs: Mutex<HashMap<String, Arc<Run>>>,
    owner: String,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    drained: CancellationToken,
}

impl Engine {
    /// An engine that writes so many answers at a time at most.
    pub fn new(most: usize) -> Self {
        Self {
            runs: Mutex::default(),
            owner: new_id(),
            places: Arc::new(Semaphore::new(most)),
            tasks: TaskTracker::new(),
            drained: CancellationToken::new(),
        }
    }

    /// The text so far of an answer that is being written here.
    pub fn text_of(&self, message_id: &str) -> Option<String> {
        self.run(message_id).map(|run| run.text())
    }

    /// Gives the answers that are being written a moment to complete; interrupts the rest, and writes it.
    pub(crate) async fn drain(&self, moment: Duration) {
        self.places.close();
        self.tasks.close();
        if tokio::time::timeout(moment, self.tasks.wait()).await.is_err() {
            for run in self.runs() {
                run.cut(Cut::Interrupted);
            }
            self.tasks.wait().await;
        }
        self.drained.cancel();
    }

    /// Resolves when everything is over.
    pub(super) async fn drained(&self) {
        self.drained.cancelled().await;
    }

    /// Ends the answers of a thread that was deleted.
    pub(crate) fn abandon_thread(&self, thread_id: &str) {
        for run in self.runs().iter().filter(|run| run.thread_id == thread_id) {
            run.abandon();
        }
    }

    /// Ends an answer that was deleted.
    pub(crate) fn abandon(&self, message_id: &str) {
        if let Some(run) = self.run(message_id) {
            run.abandon();
        }
    }

    /// A place among the answers that may be written at a time.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Busy)
    }

    /// Lets an answer run by itself; the end of the server waits for it.
    pub(super) fn spawn(&self, life: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(life);
    }

    /// Whether no new answers are begun any more.
    pub(super) fn is_ending(&self) -> bool {
        self.places.is_closed()
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn run(&self, message_id: &str) -> Option<Arc<Run>> {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(message_id)
            .cloned()
    }

    pub(super) fn is_live(&self, message_id: &str) -> bool {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(message_id)
    }

    pub(super) fn runs(&self) -> Vec<Arc<Run>> {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(super) fn add(&self, run: &Arc<Run>) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.message_id.clone(), Arc::clone(run));
    }

    pub(super) fn remove(&self, message_id: &str) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(message_id);
    }
}
