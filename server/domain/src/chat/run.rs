//! The life of one answer, in memory. It belongs to the server, not to the socket that asked for it.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use types::ErrorCode;
use types::chat::FinishReason;
use types::threads::{MessageStatus, Usage};

/// How an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// `complete`, `stopped`, `failed` or `interrupted`.
    pub status: MessageStatus,
    /// What it cost, when known.
    pub usage: Option<Usage>,
    /// Why it ended, when it ended well.
    pub finish_reason: Option<FinishReason>,
    /// Why it failed: a sentence for a person and a code for a program.
    pub error: Option<(String, ErrorCode)>,
}

/// How far an answer is.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Bytes of text.
    pub(super) length: usize,
    /// Set once, when it is over and written.
    pub(super) ended: Option<Ended>,
}

/// Why a run is to end early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The user asked for it.
    Stopped,
    /// The server is shutting down.
    Interrupted,
}

/// An answer that is being written.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) seq: i64,
    pub(super) message_id: String,
    pub(super) user_message_id: String,
    pub(super) thread_id: String,
    text: Mutex<String>,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
    interrupt: CancellationToken,
    flushed: AtomicUsize,
    leased_at: AtomicI64,
}

impl Run {
    pub(super) fn new(
        seq: i64,
        message_id: String,
        user_message_id: String,
        thread_id: String,
        leased_at: i64,
    ) -> Self {
        Self {
            seq,
            message_id,
            user_message_id,
            thread_id,
            text: Mutex::default(),
            progress: watch::channel(Progress::default()).0,
            stop: CancellationToken::new(),
            interrupt: CancellationToken::new(),
            flushed: AtomicUsize::new(0),
            leased_at: AtomicI64::new(leased_at),
        }
    }

    pub(super) fn push(&self, piece: &str) {
        let length = {
            let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            // PostgreSQL keeps no NUL: it would fail the write of this answer, and of all that are written with it.
            text.extend(piece.chars().map(|character| match character {
                '\0' => char::REPLACEMENT_CHARACTER,
                other => other,
            }));
            text.len()
        };
        self.progress.send_modify(|progress| progress.length = length);
    }

    /// Whether nothing of the answer has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.progress.borrow().length == 0
    }

    /// The text so far.
    pub(super) fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text from a byte on, from the beginning of the character it is in; and the bytes of all the text.
    pub(super) fn text_from(&self, offset: usize) -> (String, usize) {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        (text[text.floor_char_boundary(offset)..].to_owned(), text.len())
    }

    pub(super) fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) fn end(&self, ended: Ended) {
        self.progress.send_modify(|progress| progress.ended = Some(ended));
    }

    /// Waits until it is over and written.
    pub(super) async fn ended(&self) {
        // The sender is this run's own, so the wait can't fail while it is borrowed.
        let _ = self.watch().wait_for(|progress| progress.ended.is_some()).await;
    }

    pub(super) fn cut(&self, why: Cut) {
        match why {
            Cut::Stopped => self.stop.cancel(),
            Cut::Interrupted => self.interrupt.cancel(),
        }
    }

    pub(super) async fn until_cut(&self) -> Cut {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Cut::Stopped,
            () = self.interrupt.cancelled() => Cut::Interrupted,
        }
    }

    /// Ends it because its row is gone, or no longer this process's.
    pub(super) fn abandon(&self) {
        self.stop.cancel();
    }

    /// Whether its row should be written: the text has grown, or the lease is getting old.
    pub(super) fn needs_flush(&self, now: i64, renew_after: i64) -> bool {
        self.progress.borrow().length > self.flushed.load(Ordering::Relaxed)
            || now - self.leased_at.load(Ordering::Relaxed) >= renew_after
    }

    pub(super) fn flushed(&self, length: usize, at: i64) {
        self.flushed.store(length, Ordering::Relaxed);
        self.leased_at.store(at, Ordering::Relaxed);
    }
}
