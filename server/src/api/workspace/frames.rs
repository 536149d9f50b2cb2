//! An answer in the frames of the workspace dialect: data alone, without names, ids or an end mark.

use std::sync::Arc;

use axum::response::sse::Event;
use domain::access::Principal;
use domain::chat::Ended;
use domain::{Core, workspaces};
use serde_json::{Value, json};
use types::ApiError;

use crate::api::sse;

pub(super) struct Frames {
    pub(super) core: Arc<Core>,
    pub(super) who: Principal,
    pub(super) message_id: String,
}

/// A frame with JSON in it.
pub(super) fn frame(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

/// Why there is no answer, or no more of it.
pub(super) fn abort(id: &str, error: &str) -> Value {
    json!({
        "id": id,
        "type": "abort",
        "textResponse": null,
        "sources": [],
        "close": true,
        "error": error,
    })
}

impl Frames {
    fn aborted(&self, error: &str) -> Vec<Event> {
        let mut value = abort(&self.message_id, error);
        value["uuid"] = json!(self.message_id);
        vec![frame(&value)]
    }

    fn chunk(&self, text: &str, close: bool, sources: &Value) -> Event {
        frame(&json!({
            "id": self.message_id,
            "uuid": self.message_id,
            "type": "textResponseChunk",
            "textResponse": text,
            "sources": sources,
            "close": close,
            "error": false,
        }))
    }
}

impl sse::Frames for Frames {
    fn begin(&mut self) -> Vec<Event> {
        Vec::new()
    }

    fn text(&mut self, text: String, _: usize) -> Event {
        self.chunk(&text, false, &json!([]))
    }

    async fn end(&mut self, ended: Ended) -> Vec<Event> {
        if let Some((sentence, _)) = ended.error {
            return self.aborted(&sentence);
        }
        match workspaces::exchange(&self.core, &self.who, &self.message_id).await {
            Ok(reply) => {
                let sources = json!(reply.sources);
                let last = frame(&json!({
                    "id": self.message_id,
                    "uuid": self.message_id,
                    "type": "finalizeResponseStream",
                    "close": true,
                    "error": false,
                    "chatId": reply.chat_id,
                    "metrics": reply.metrics,
                    "sources": sources,
                }));
                vec![self.chunk("", true, &sources), last]
            }
            Err(error) => self.aborted(&error.to_api().error),
        }
    }

    fn broken(&mut self, error: ApiError) -> Vec<Event> {
        self.aborted(&error.error)
    }
}
