//! Answers that come as server-sent events.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::pin::Pin;

use eventsource_stream::{Event, EventStreamError, Eventsource as _};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Response, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ModelError;
use super::http::{ByteStream, Endpoint, Key};
use super::lines::lines;
use super::refusal::{classify_in_stream, clip};
use super::{ModelEvent, ModelStream, StopReason, TokenUsage};

/// What of an answer has been read.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// What has not been handed out.
    ready: VecDeque<Result<ModelEvent, ModelError>>,
    /// Why it ended, once the server has said so.
    pub(super) finish: Option<StopReason>,
    /// What it cost, once the server has said so.
    pub(super) usage: Option<TokenUsage>,
}

impl SoFar {
    /// Takes in text, if there is any.
    pub(super) fn text(&mut self, text: Option<String>) {
        let text = text.filter(|text| !text.is_empty());
        self.ready.extend(text.map(ModelEvent::Text).map(Ok));
    }

    /// Takes in thoughts, if there are any.
    pub(super) fn thought(&mut self, thought: Option<String>) {
        let thought = thought.filter(|thought| !thought.is_empty());
        self.ready.extend(thought.map(ModelEvent::Reasoning).map(Ok));
    }

    /// Takes in a failure that comes after what stands in the same event.
    pub(super) fn fail(&mut self, error: ModelError) {
        self.ready.push_back(Err(error));
    }
}

/// Whether more events are wanted after one.
pub(super) type Flow = ControlFlow<()>;

/// The answer in a response, with what `read` makes of each event.
pub(super) async fn answer(
    endpoint: &Endpoint,
    response: Response,
    read: impl FnMut(&Event, &mut SoFar) -> Result<Flow, ModelError> + Send + 'static,
) -> Result<ModelStream, ModelError> {
    if let Some(kind) = not_a_stream(&response) {
        return Err(explain(&kind, &endpoint.text(response).await));
    }
    let reader = Reader {
        events: events(endpoint.bytes(response)),
        read,
        so_far: SoFar::default(),
        is_whole: false,
        ended: false,
    };
    Ok(Box::pin(stream::try_unfold(reader, |mut reader| async move {
        Ok(reader.next().await?.map(|event| (event, reader)))
    })))
}

/// The data of an event. What can't be read is quoted to the log without the key.
pub(super) fn data<T: DeserializeOwned>(event: &Event, key: &Key) -> Result<T, ModelError> {
    serde_json::from_str(&event.data).map_err(|error| ModelError::Malformed {
        detail: format!("{error} in {}", clip(&key.hide(&event.data))),
    })
}

/// An error the server reports in the middle: under `error`, or as the whole of the data.
pub(super) fn fault(event: &Event, key: &Key) -> ModelError {
    let json: Value = serde_json::from_str(&key.hide(&event.data)).unwrap_or(Value::Null);
    classify_in_stream(if json["error"].is_null() { &json } else { &json["error"] })
}

/// The content type of an answer that cannot be a stream. Anything but these is tried: some servers name none.
fn not_a_stream(response: &Response) -> Option<String> {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)?
        .to_str()
        .ok()?
        .to_lowercase();
    ["application/json", "text/html"]
        .iter()
        .any(|other| kind.starts_with(other))
        .then_some(kind)
}

/// A good status with an error inside, or something else altogether.
fn explain(kind: &str, body: &str) -> ModelError {
    match serde_json::from_str::<Value>(body) {
        Ok(json) if !json["error"].is_null() => classify_in_stream(&json["error"]),
        _ => ModelError::Malformed {
            detail: format!("{} where a stream was asked for: {}", clip(kind), clip(body)),
        },
    }
}

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<ModelError>>> + Send>>;

fn events(bytes: ByteStream) -> Events {
    // The parser copies its buffer for every event and cannot get past broken text; given whole lines of proven text it
    // has neither trouble.
    Box::pin(lines(bytes).map_ok(String::into_bytes).eventsource())
}

/// Reads one answer.
struct Reader<R> {
    events: Events,
    read: R,
    so_far: SoFar,
    is_whole: bool,
    ended: bool,
}

impl<R: FnMut(&Event, &mut SoFar) -> Result<Flow, ModelError>> Reader<R> {
    async fn next(&mut self) -> Result<Option<ModelEvent>, ModelError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            if let Some(event) = self.so_far.ready.pop_front() {
                return event.map(Some);
            }
            if self.is_whole {
                self.ended = true;
                return Ok(Some(ModelEvent::Finished {
                    reason: self.so_far.finish.unwrap_or(StopReason::Stop),
                    usage: self.so_far.usage,
                }));
            }
            match self.events.next().await {
                Some(Ok(event)) => self.is_whole = (self.read)(&event, &mut self.so_far)?.is_break(),
                // A server that closes, however it closes, after it has said why it stopped has said everything.
                None | Some(Err(EventStreamError::Transport(ModelError::EndedEarly { .. })))
                    if self.so_far.finish.is_some() =>
                {
                    self.is_whole = true;
                }
                None => {
                    return Err(ModelError::EndedEarly {
                        detail: "no end mark".to_owned(),
                    });
                }
                Some(Err(EventStreamError::Transport(error))) => return Err(error),
                Some(Err(error)) => {
                    return Err(ModelError::Malformed {
                        detail: clip(&error.to_string()),
                    });
                }
            }
        }
    }
}
