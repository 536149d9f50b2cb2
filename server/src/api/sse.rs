//! An answer as server-sent events, or as one piece of JSON when it is complete.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::Core;
use domain::access::Principal;
use domain::chat::{Ended, Follower, Piece};
use futures::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};
use types::chat::{ChatEvent, FinishReason};
use types::threads::{MessageStatus, Thread};
use types::{ApiError, ErrorCode};

use super::problem::Problem;

const PING: Duration = Duration::from_secs(15);

/// Where a follower wants to go on: the header of a browser that reconnects, or `?after=`.
pub fn resume_from(headers: &HeaderMap, after: Option<&str>) -> Result<usize, Problem> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    match header.or(after) {
        None | Some("") => Ok(0),
        Some(text) => text.parse().map_err(|_| {
            Problem::invalid(
                "after",
                "The place to go on from is a number of bytes, as in the event ids",
            )
        }),
    }
}

/// Whether the caller wants one piece of JSON: they say so in the body, or accept JSON and no event stream.
pub fn wants_json(headers: &HeaderMap, stream: Option<bool>) -> bool {
    stream.map_or_else(
        || {
            let accepted = headers
                .get(header::ACCEPT)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            accepted.contains("application/json") && !accepted.contains("text/event-stream")
        },
        |stream| !stream,
    )
}

/// Follows an answer as far as its reader is allowed to.
struct Watched {
    core: Arc<Core>,
    who: Principal,
    news: watch::Receiver<u64>,
    look: Interval,
    follower: Follower,
}

enum Next {
    Piece(Piece),
    Refused(domain::Error),
    Over,
}

impl Watched {
    fn new(core: &Arc<Core>, who: Principal, follower: Follower) -> Self {
        let mut news = core.epochs.news();
        // What was published since the credential was checked counts too: the first turn looks again.
        news.mark_changed();
        // Expiry is a change that nobody publishes. A key's is known from memory, a session's is a query.
        let every = if who.is_key() { Duration::from_secs(1) } else { PING };
        Self {
            core: Arc::clone(core),
            who,
            news,
            look: interval_at(Instant::now() + every, every),
            follower,
        }
    }

    /// The next piece, unless the credential stops being good while it is waited for.
    async fn next(&mut self) -> Next {
        loop {
            let looked = tokio::select! {
                biased;
                Ok(()) = self.news.changed() => {
                    domain::chat::may_follow(&self.core, &self.who, &self.follower.message_id).await
                }
                _ = self.look.tick() => self.core.still_allowed(&self.who).await,
                piece = self.follower.next() => return piece.map_or(Next::Over, Next::Piece),
            };
            if let Err(error) = looked {
                return Next::Refused(error);
            }
        }
    }
}

/// How a dialect writes an answer as it comes.
pub trait Frames: Send + 'static {
    /// What stands before the first piece.
    fn begin(&mut self) -> Vec<Event>;
    /// A piece of the answer; `offset` is the answer's bytes up to and with it.
    fn text(&mut self, text: String, offset: usize) -> Event;
    /// The end, however it came.
    fn end(&mut self, ended: Ended) -> impl Future<Output = Vec<Event>> + Send;
    /// The end of a stream whose answer may go on.
    fn broken(&mut self, error: ApiError) -> Vec<Event>;
}

/// The stream of an answer, in the frames of a dialect.
pub fn frames(core: &Arc<Core>, who: Principal, follower: Follower, mut frames: impl Frames) -> Response {
    let ready = frames.begin().into();
    let writing = Writing {
        watched: Watched::new(core, who, follower),
        frames,
        ready,
        over: false,
    };
    let body = unfold(writing, async |mut writing| {
        let event = writing.next().await?;
        Some((Ok::<_, Infallible>(event), writing))
    });
    let mut response = Sse::new(body)
        .keep_alive(KeepAlive::new().interval(PING).text("ping"))
        .into_response();
    unbuffered(response.headers_mut());
    response
}

struct Writing<F> {
    watched: Watched,
    frames: F,
    ready: VecDeque<Event>,
    over: bool,
}

impl<F: Frames> Writing<F> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            let last = match self.watched.next().await {
                Next::Piece(Piece::Text { text, offset }) => return Some(self.frames.text(text, offset)),
                Next::Piece(Piece::End(ended)) => self.frames.end(ended).await,
                Next::Refused(error) => self.frames.broken(error.to_api()),
                Next::Over => self.frames.broken(ApiError::new(
                    ErrorCode::Unavailable,
                    "The server is shutting down. Reconnect to go on.",
                )),
            };
            self.over = true;
            self.ready = last.into();
        }
    }
}

/// The stream of an answer in Latchkey's own dialect.
pub fn stream(core: &Arc<Core>, who: Principal, thread: &Thread, follower: Follower) -> Response {
    let own = Own {
        thread_id: thread.id.clone(),
        title: thread.title.clone(),
        message_id: follower.message_id.clone(),
        user_message_id: follower.user_message_id.clone(),
    };
    frames(core, who, follower, own)
}

struct Own {
    thread_id: String,
    title: String,
    message_id: String,
    user_message_id: String,
}

impl Frames for Own {
    fn begin(&mut self) -> Vec<Event> {
        let events = [
            ChatEvent::Thread {
                thread_id: self.thread_id.clone(),
                title: self.title.clone(),
            },
            ChatEvent::Start {
                message_id: self.message_id.clone(),
                user_message_id: self.user_message_id.clone(),
            },
        ];
        events.iter().map(|event| write(event, None)).collect()
    }

    fn text(&mut self, text: String, offset: usize) -> Event {
        write(&ChatEvent::Delta { content: text }, Some(offset))
    }

    async fn end(&mut self, ended: Ended) -> Vec<Event> {
        vec![write(&end(ended, self.message_id.clone()), None)]
    }

    fn broken(&mut self, error: ApiError) -> Vec<Event> {
        let event = ChatEvent::Error {
            error: error.error,
            code: error.code,
            message_id: self.message_id.clone(),
        };
        vec![write(&event, None)]
    }
}

/// Tells those in between to send events on as they come.
pub(crate) fn unbuffered(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
}

fn end(ended: Ended, message_id: String) -> ChatEvent {
    match ended.error {
        Some((error, code)) => ChatEvent::Error {
            error,
            code,
            message_id,
        },
        None => ChatEvent::Done {
            message_id,
            status: ended.status,
            usage: ended.usage,
            finish_reason: ended.finish_reason.unwrap_or(FinishReason::Stop),
        },
    }
}

fn write(event: &ChatEvent, id: Option<usize>) -> Event {
    let data = serde_json::to_string(event).unwrap_or_default();
    let written = id.map_or_else(Event::default, |id| Event::default().id(id.to_string()));
    written.event(event.name()).data(data)
}

/// Waits until an answer is over; an answer that failed is an error.
pub async fn whole(core: &Arc<Core>, who: Principal, follower: Follower) -> Result<(), Problem> {
    let mut watched = Watched::new(core, who, follower);
    loop {
        match watched.next().await {
            Next::Piece(Piece::Text { .. }) => {}
            Next::Piece(Piece::End(Ended {
                error: Some((sentence, code)),
                status,
                ..
            })) if status != MessageStatus::Stopped => {
                return Err(ApiError::new(code, sentence).into());
            }
            Next::Piece(Piece::End(_)) => return Ok(()),
            Next::Refused(error) => return Err(error.into()),
            Next::Over => return Err(domain::Error::Busy.into()),
        }
    }
}
