//! A completion in pieces: data alone, with an end mark.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::sse::Event;
use domain::access::Principal;
use domain::chat::Ended;
use domain::{Core, messages};
use serde_json::{Value, json};
use types::ApiError;
use types::chat::FinishReason;

use super::completions::{completion_id, metadata, usage};
use crate::api::dialect::Dialect;
use crate::api::sse;

pub(super) struct Frames {
    pub(super) core: Arc<Core>,
    pub(super) who: Principal,
    pub(super) message_id: String,
    pub(super) created: i64,
    pub(super) model: String,
    /// Whether what it cost is wanted before the end.
    pub(super) with_usage: bool,
}

/// Why an answer ended, in that API's words; one that somebody stopped is whole as far as a program can do anything about it.
pub(super) fn finish_reason(reason: Option<FinishReason>) -> &'static str {
    match reason {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::Stop | FinishReason::Stopped) | None => "stop",
    }
}

impl Frames {
    fn chunk(&self, choices: &Value) -> Value {
        let mut chunk = json!({
            "id": completion_id(&self.message_id),
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        });
        if self.with_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn delta(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        self.chunk(&json!([{ "index": 0, "delta": delta, "finish_reason": finish_reason }]))
    }

    fn failed(error: &ApiError) -> Vec<Event> {
        let status: StatusCode = app::ssr::status(error.code);
        vec![frame(&Dialect::OpenAi.body(error, status)), done()]
    }
}

fn frame(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

fn done() -> Event {
    Event::default().data("[DONE]")
}

impl sse::Frames for Frames {
    fn begin(&mut self) -> Vec<Event> {
        vec![frame(&self.delta(&json!({ "role": "assistant", "content": "" }), None))]
    }

    fn text(&mut self, text: String, _: usize) -> Event {
        frame(&self.delta(&json!({ "content": text }), None))
    }

    async fn end(&mut self, ended: Ended) -> Vec<Event> {
        if let Some((sentence, code)) = ended.error {
            return Self::failed(&ApiError::new(code, sentence));
        }
        let mut last = self.delta(&json!({}), Some(finish_reason(ended.finish_reason)));
        // An answer that was deleted in this very moment has no row any more, but it has an end.
        if let Ok(message) = messages::read(&self.core, &self.who, &self.message_id).await {
            last["metadata"] = json!(metadata(&message.thread_id));
            last["sources"] = json!(message.sources);
        }
        let mut events = vec![frame(&last)];
        if self.with_usage {
            let mut cost = self.chunk(&json!([]));
            cost["usage"] = json!(ended.usage.map(usage));
            events.push(frame(&cost));
        }
        events.push(done());
        events
    }

    fn broken(&mut self, error: ApiError) -> Vec<Event> {
        Self::failed(&error)
    }
}
