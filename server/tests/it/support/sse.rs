//! Reads event streams as a browser does, piece by piece.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

/// How long an event that must come may take.
const WAIT: Duration = Duration::from_secs(15);

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<usize>,
    pub(crate) data: Value,
}

/// A stream of events, parsed as the specification of `EventSource` says.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    unread: Vec<u8>,
    name: String,
    id: Option<String>,
    data: Vec<String>,
}

impl Events {
    /// Sends a request whose answer must be an event stream.
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if response.status() != 200 || kind != "text/event-stream" {
            let (status, kind) = (response.status(), kind.to_owned());
            panic!(
                "{status} {kind} where a stream must be: {}",
                response.text().await.unwrap_or_default()
            );
        }
        Self {
            response,
            unread: Vec::new(),
            name: String::new(),
            id: None,
            data: Vec::new(),
        }
    }

    pub(crate) fn headers(&self) -> &reqwest::header::HeaderMap {
        self.response.headers()
    }

    /// The next event; nothing when the stream is over, however it ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        timeout(WAIT, self.read()).await.expect("an event in time")
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some(line) = self.line() {
                if let Some(event) = self.take(&line) {
                    return Some(event);
                }
            }
            self.unread.extend_from_slice(&self.response.chunk().await.ok()??);
        }
    }

    /// The next whole line: LF, CR and CRLF end one.
    fn line(&mut self) -> Option<String> {
        let end = self.unread.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        let mut next = end + 1;
        if self.unread[end] == b'\r' {
            // Whether an LF follows is not known yet.
            match self.unread.get(next) {
                None => return None,
                Some(b'\n') => next += 1,
                Some(_) => {}
            }
        }
        let line = String::from_utf8(self.unread[..end].to_vec()).expect("UTF-8");
        self.unread.drain(..next);
        Some(line)
    }

    fn take(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            let id = self.id.take();
            if data.is_empty() {
                return None;
            }
            let data: Value = serde_json::from_str(&data.join("\n")).expect("JSON in an event");
            assert_eq!(data["type"], name, "an event's data repeats its name");
            return Some(Event {
                id: id.map(|id| id.parse().expect("a number")),
                name,
                data,
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "" => {}
            "event" => self.name = value,
            "id" => self.id = Some(value),
            "data" => self.data.push(value),
            other => panic!("the field {other:?} has no place in our streams"),
        }
        None
    }
}

/// Somebody who follows an answer, and holds the stream against the contract: `thread`, `start`, pieces whose ids are
/// the bytes of the answer up to and with them, one end, nothing after it.
#[derive(Debug)]
pub(crate) struct Following {
    events: Events,
    from: usize,
    pub(crate) thread_id: String,
    pub(crate) title: String,
    pub(crate) message_id: String,
    pub(crate) user_message_id: String,
    /// What was heard since `from`.
    pub(crate) text: String,
    /// In so many pieces.
    pub(crate) pieces: usize,
}

impl Following {
    /// Sends a request whose answer must be the stream of an answer, from a byte of it on.
    pub(crate) async fn open(request: RequestBuilder, from: usize) -> Self {
        let mut events = Events::open(request).await;
        let thread = events.next().await.expect("an event `thread`");
        assert_eq!(thread.name, "thread");
        let start = events.next().await.expect("an event `start`");
        assert_eq!(start.name, "start");
        assert_eq!(
            (thread.id, start.id),
            (None, None),
            "only pieces of the answer move the place to go on from"
        );
        let text = |event: &Event, field: &str| event.data[field].as_str().expect(field).to_owned();
        Self {
            from,
            thread_id: text(&thread, "threadId"),
            title: text(&thread, "title"),
            message_id: text(&start, "messageId"),
            user_message_id: text(&start, "userMessageId"),
            text: String::new(),
            pieces: 0,
            events,
        }
    }

    pub(crate) fn headers(&self) -> &reqwest::header::HeaderMap {
        self.events.headers()
    }

    /// Reads until all of this was heard, and nothing else.
    pub(crate) async fn hear(&mut self, text: &str) {
        while self.text.len() < text.len() {
            let event = self.events.next().await.expect("more text");
            self.piece(&event);
        }
        assert_eq!(self.text, text);
    }

    fn piece(&mut self, event: &Event) {
        assert_eq!(event.name, "delta", "{event:?}");
        let content = event.data["content"].as_str().expect("content");
        assert!(!content.is_empty(), "an empty piece says nothing");
        self.text.push_str(content);
        self.pieces += 1;
        assert_eq!(
            event.id,
            Some(self.from + self.text.len()),
            "an id is the bytes up to and with its piece"
        );
    }

    /// Reads to the end, which is a `done` or an `error`, and gives its data.
    pub(crate) async fn end(&mut self) -> Value {
        loop {
            let event = self.events.next().await.expect("an end of the answer");
            if event.name == "delta" {
                self.piece(&event);
                continue;
            }
            assert!(matches!(event.name.as_str(), "done" | "error"), "{event:?}");
            assert_eq!(event.id, None);
            assert_eq!(event.data["messageId"], *self.message_id);
            assert_eq!(self.events.next().await, None, "nothing comes after the end");
            return event.data;
        }
    }

    /// Reads to the end of the stream when the server may break it off.
    pub(crate) async fn until_cut(&mut self) -> Option<Value> {
        while let Some(event) = self.events.next().await {
            if event.name != "delta" {
                return Some(event.data);
            }
            self.piece(&event);
        }
        None
    }
}
