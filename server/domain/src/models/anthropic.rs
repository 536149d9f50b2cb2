//! Anthropic's own protocol: `POST /v1/messages`, answered by named events.
//!
//! Spoken here rather than through a library: none that is kept bounds what a server may send, hides the key in what it repeats,
//! or refuses redirects.

use async_trait::async_trait;
use futures::stream;
use serde::Serialize;
use serde_json::Value;
use types::threads::MessageRole;

use super::error::ModelError;
use super::events::{Events, not_a_stream};
use super::http::{Endpoint, Key};
use super::refusal::{classify, classify_in_stream, clip};
use super::window::Window;
use super::wire::{self, WireMessage};
use super::{ChatModel, ChatPrompt, ModelEvent, ModelInfo, ModelStream, StopReason, TokenUsage};

/// The protocol's version, which every request names.
pub(super) const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
/// Where the key goes.
pub(super) const KEY_HEADER: &str = "x-api-key";
/// The window of these models where their server doesn't say it: all since Claude 2.1 have at least this.
const USUAL_WINDOW: u32 = 200_000;
/// The protocol wants a limit of the answer in every request; every model can write as much.
const USUAL_LIMIT: u32 = 4_096;

/// A model behind Anthropic's API.
#[derive(Debug)]
pub(super) struct Anthropic {
    info: ModelInfo,
    window: Window,
    /// The model's name on its server.
    model: String,
    endpoint: Endpoint,
}

impl Anthropic {
    pub(super) fn new(info: ModelInfo, model: String, endpoint: Endpoint) -> Self {
        Self {
            window: Window::new(info.context_window),
            info,
            model,
            endpoint,
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<WireMessage>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<String>,
}

#[async_trait]
impl ChatModel for Anthropic {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn window(&self) -> Option<u32> {
        self.window.get().or(Some(USUAL_WINDOW))
    }

    fn refused_above(&self, tokens: u32) {
        self.window.refused_above(tokens);
    }

    async fn ask_window(&self) -> Result<(), ModelError> {
        if self.window.is_asked() {
            let path = format!("models/{}", self.model);
            let said = self.endpoint.ask(1, &path, None).await?;
            if let Some(tokens) = said["max_input_tokens"]
                .as_u64()
                .and_then(|tokens| u32::try_from(tokens).ok())
            {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(1, "models").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let (system, turns): (Vec<_>, Vec<_>) = prompt
            .messages
            .into_iter()
            .partition(|message| message.role == MessageRole::System);
        let system: Vec<String> = system.into_iter().map(|message| message.content).collect();
        let request = Request {
            model: &self.model,
            max_tokens: prompt.max_output_tokens.unwrap_or(USUAL_LIMIT),
            system: (!system.is_empty()).then(|| system.join("\n\n")),
            messages: wire::messages(turns),
            stream: true,
            // The scale ends at 1 here.
            temperature: prompt.sampling.temperature.map(|temperature| temperature.min(1.0)),
            // Its newer models refuse both together.
            top_p: prompt.sampling.top_p.filter(|_| prompt.sampling.temperature.is_none()),
            stop_sequences: prompt.sampling.stop,
        };
        let response = self.endpoint.post(&request).await?;
        let response = not_a_stream(&self.endpoint, response).await?;
        let reader = Reader {
            events: Events::new(self.endpoint.bytes(response)),
            key: self.endpoint.key(),
            input: None,
            output: None,
            reason: StopReason::Stop,
            ended: false,
        };
        Ok(Box::pin(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|event| (event, reader)))
        })))
    }
}

/// Reads one answer.
struct Reader {
    events: Events,
    key: Key,
    input: Option<u32>,
    output: Option<u32>,
    reason: StopReason,
    ended: bool,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<ModelEvent>, ModelError> {
        while !self.ended {
            let event = self.events.next().await?;
            let data: Value = serde_json::from_str(&event.data).map_err(|error| ModelError::Malformed {
                detail: format!("{error} in {}", clip(&self.key.hide(&event.data))),
            })?;
            if let Some(event) = self.read(&data)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Takes in one event; what it adds to the answer, if it does.
    fn read(&mut self, data: &Value) -> Result<Option<ModelEvent>, ModelError> {
        let some = |text: &Value| text.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match data["type"].as_str().unwrap_or_default() {
            "message_start" => self.note(&data["message"]["usage"]),
            "content_block_delta" => {
                let delta = &data["delta"];
                let text = some(&delta["text"]).map(ModelEvent::Text);
                return Ok(text.or_else(|| some(&delta["thinking"]).map(ModelEvent::Reasoning)));
            }
            "message_delta" => {
                self.note(&data["usage"]);
                match data["delta"]["stop_reason"].as_str() {
                    Some("max_tokens" | "model_context_window_exceeded") => self.reason = StopReason::Length,
                    // What had come by then is not to be built upon, says the protocol.
                    Some("refusal") => {
                        return Err(ModelError::Withheld {
                            detail: "refusal".to_owned(),
                        });
                    }
                    _ => {}
                }
            }
            "message_stop" => {
                self.ended = true;
                return Ok(Some(ModelEvent::Finished {
                    reason: self.reason,
                    usage: self
                        .input
                        .zip(self.output)
                        .map(|(input, output)| TokenUsage { input, output }),
                }));
            }
            "error" => return Err(self.fault(&data["error"])),
            // Beginnings and ends of blocks, pings, and what later versions add.
            _ => {}
        }
        Ok(None)
    }

    fn note(&mut self, usage: &Value) {
        let tokens = |name: &str| usage[name].as_u64().and_then(|tokens| u32::try_from(tokens).ok());
        if let Some(input) = tokens("input_tokens") {
            // What was read from or written to a cache was in the prompt as well.
            let cached =
                ["cache_read_input_tokens", "cache_creation_input_tokens"].map(|name| tokens(name).unwrap_or(0));
            self.input = Some(cached.into_iter().fold(input, u32::saturating_add));
        }
        self.output = tokens("output_tokens").or(self.output);
    }

    /// An error in the middle: its type stands for the status it would have had.
    fn fault(&self, error: &Value) -> ModelError {
        let text = self.key.hide(&error.to_string());
        let error: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let status = match error["type"].as_str().unwrap_or_default() {
            "overloaded_error" => 529,
            "rate_limit_error" => 429,
            "authentication_error" => 401,
            "permission_error" => 403,
            "not_found_error" => 404,
            _ => return classify_in_stream(&error),
        };
        classify(status, None, &text)
    }
}
