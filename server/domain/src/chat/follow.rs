//! Following an answer from any byte on, while it is written and afterwards.

use std::sync::Arc;
use std::time::Duration;

use entity::messages::{self, MessageStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::watch;
use types::ErrorCode;

use super::run::{Ended, Progress, Run};
use crate::access::Principal;
use crate::{Core, Error, messages as rows};

/// How often the row of an answer is looked at that another server is writing.
const LOOK: Duration = Duration::from_millis(250);

/// What a follower is given next.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Everything that has come since.
    Text {
        /// The text.
        text: String,
        /// Bytes of the answer up to and with it.
        offset: usize,
    },
    /// It is over and written.
    End(Ended),
}

/// Somebody who reads an answer at their own speed. A slow reader gets bigger pieces, never a gap.
#[derive(Debug)]
pub struct Follower {
    /// The answer.
    pub message_id: String,
    /// The message it answers.
    pub user_message_id: String,
    /// The thread it is in.
    pub thread_id: String,
    offset: usize,
    over: bool,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Live {
        run: Arc<Run>,
        progress: watch::Receiver<Progress>,
    },
    Row {
        core: Arc<Core>,
        seq: i64,
        text: String,
        ended: Option<Ended>,
    },
}

impl Follower {
    pub(super) fn live(run: Arc<Run>, offset: usize) -> Self {
        Self {
            message_id: run.message_id.clone(),
            user_message_id: run.user_message_id.clone(),
            thread_id: run.thread_id.clone(),
            offset,
            over: false,
            source: Source::Live {
                progress: run.watch(),
                run,
            },
        }
    }

    fn row(core: Arc<Core>, message: messages::Model, offset: usize) -> Self {
        let ended = ended(&message);
        Self {
            message_id: message.id,
            user_message_id: message.reply_to.unwrap_or_default(),
            thread_id: message.thread_id,
            offset,
            over: false,
            source: Source::Row {
                core,
                seq: message.seq,
                text: message.content,
                ended,
            },
        }
    }

    /// The next piece; nothing after the end.
    pub async fn next(&mut self) -> Option<Piece> {
        if self.over {
            return None;
        }
        let piece = match &mut self.source {
            Source::Live { run, progress } => live_piece(run, progress, self.offset).await?,
            Source::Row { core, seq, text, ended } => row_piece(core, *seq, text, ended, self.offset).await?,
        };
        match &piece {
            Piece::Text { offset, .. } => self.offset = *offset,
            Piece::End(_) => self.over = true,
        }
        Some(piece)
    }
}

async fn live_piece(run: &Run, progress: &mut watch::Receiver<Progress>, offset: usize) -> Option<Piece> {
    loop {
        let Progress { length, ended } = progress.borrow_and_update().clone();
        if length > offset {
            let (text, offset) = run.text_from(offset);
            return Some(Piece::Text { text, offset });
        }
        if let Some(ended) = ended {
            return Some(Piece::End(ended));
        }
        progress.changed().await.ok()?;
    }
}

async fn row_piece(
    core: &Core,
    seq: i64,
    text: &mut String,
    ended_as: &mut Option<Ended>,
    offset: usize,
) -> Option<Piece> {
    loop {
        // The row may still be behind what the follower has from the server that writes it.
        if text.len() > offset {
            return Some(Piece::Text {
                text: text[text.floor_char_boundary(offset)..].to_owned(),
                offset: text.len(),
            });
        }
        if let Some(ended) = ended_as.clone() {
            return Some(Piece::End(ended));
        }
        if tokio::time::timeout(LOOK, core.chat.drained()).await.is_ok() {
            return None;
        }
        match messages::Entity::find()
            .filter(messages::Column::Seq.eq(seq))
            .one(core.db.read())
            .await
        {
            Ok(Some(message)) => {
                *ended_as = ended(&message);
                *text = message.content;
            }
            Ok(None) => return None,
            Err(error) => {
                tracing::warn!(%error, "an answer could not be followed");
                return None;
            }
        }
    }
}

/// How the answer in a row ended; nothing while it is being written.
pub(super) fn ended(message: &messages::Model) -> Option<Ended> {
    let status = rows::status_to_wire(message.status);
    let error = match message.status {
        MessageStatus::Queued | MessageStatus::Streaming => return None,
        MessageStatus::Complete | MessageStatus::Stopped => None,
        MessageStatus::Failed => Some((
            message.error.clone().unwrap_or_else(|| "The model failed.".to_owned()),
            match message.error_code.as_deref() {
                Some("model_timeout") => ErrorCode::ModelTimeout,
                Some("internal") => ErrorCode::Internal,
                _ => ErrorCode::ModelFailed,
            },
        )),
        MessageStatus::Interrupted => Some((
            "The server was restarted while this was being written. What had arrived is kept.".to_owned(),
            ErrorCode::Unavailable,
        )),
    };
    Some(Ended {
        status,
        usage: rows::usage_of(message),
        finish_reason: rows::finish_reason_of(message),
        error,
    })
}

/// Follows an answer the caller may see, from a byte of it on.
pub async fn follow(core: &Arc<Core>, who: &Principal, message_id: &str, after: usize) -> Result<Follower, Error> {
    // The run is looked up before the row: an answer that ends in between is then either live or already written.
    let run = core.chat.run(message_id);
    let (message, _) = rows::find_message(core.db.read(), who, message_id).await?;
    if message.role != messages::MessageRole::Assistant {
        return Err(Error::NotFound("Answer"));
    }
    Ok(match run {
        Some(run) => Follower::live(run, after),
        None => Follower::row(Arc::clone(core), message, after),
    })
}

/// Whether somebody who follows an answer may go on: their credential is good still, and the answer is still theirs to
/// see.
pub async fn may_follow(core: &Core, who: &Principal, message_id: &str) -> Result<(), Error> {
    core.still_allowed(who).await?;
    rows::find_message(core.db.read(), who, message_id).await.map(drop)
}
