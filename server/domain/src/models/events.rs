//! Answers as streams of events, the same for every server that sends them.

use std::pin::Pin;

use eventsource_stream::{Event, EventStreamError, Eventsource as _};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use reqwest::{Response, header};
use serde_json::Value;

use super::error::ModelError;
use super::http::{ByteStream, Endpoint};
use super::lines::lines;
use super::refusal::{classify_in_stream, clip};

type Source = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<ModelError>>> + Send>>;

/// The events of one answer.
pub(super) struct Events(Source);

impl Events {
    pub(super) fn new(bytes: ByteStream) -> Self {
        // The parser copies its buffer for every event and cannot get past broken text; given whole lines of proven
        // text it has neither trouble.
        Self(Box::pin(lines(bytes).map_ok(String::into_bytes).eventsource()))
    }

    /// The next event. The end of the stream is [`ModelError::EndedEarly`]: an answer ends by what it says, not by silence.
    pub(super) async fn next(&mut self) -> Result<Event, ModelError> {
        match self.0.next().await {
            Some(Ok(event)) => Ok(event),
            None => Err(ModelError::EndedEarly {
                detail: "no end mark".to_owned(),
            }),
            Some(Err(EventStreamError::Transport(error))) => Err(error),
            Some(Err(error)) => Err(ModelError::Malformed {
                detail: clip(&error.to_string()),
            }),
        }
    }
}

/// Gives a good answer back when it can be a stream. Anything but JSON and pages is tried: some servers name no type.
pub(super) async fn not_a_stream(endpoint: &Endpoint, response: Response) -> Result<Response, ModelError> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|kind| kind.to_str().ok())
        .map(str::to_lowercase)
        .unwrap_or_default();
    if ["application/json", "text/html"]
        .iter()
        .any(|other| kind.starts_with(other))
    {
        return Err(explain(&kind, &endpoint.text(response).await));
    }
    Ok(response)
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
