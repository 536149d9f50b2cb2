//! Anthropic's messages: `POST /v1/messages`, answered by server-sent events.

use async_trait::async_trait;
use eventsource_stream::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ModelError;
use super::http::{Endpoint, Key};
use super::sse::{self, Flow, SoFar};
use super::window::Window;
use super::wire::{self, WireMessage};
use super::{ChatModel, ChatPrompt, ModelInfo, ModelStream, StopReason, TokenUsage};

/// Where its server is.
pub(super) const BASE_URL: &str = "https://api.anthropic.com";
/// The header that holds the key.
const KEY_HEADER: &str = "x-api-key";
/// The version of the protocol that is spoken here.
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
/// The longest answer, in tokens, when the prompt sets no limit: the protocol wants one.
const LONGEST_ANSWER: u32 = 4096;
/// The protocol's temperature ends here; elsewhere it goes on to 2.
const HOTTEST: f64 = 1.0;

/// A model behind Anthropic's server.
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
            endpoint: endpoint.with_key_in(KEY_HEADER).with_header(VERSION.0, VERSION.1),
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
        self.window.get()
    }

    fn refused_above(&self, tokens: u32) {
        self.window.refused_above(tokens);
    }

    async fn ask_window(&self) -> Result<(), ModelError> {
        if self.window.is_asked() {
            let said = self.endpoint.ask(1, &format!("models/{}", self.model), None).await?;
            let tokens = said["max_input_tokens"].as_u64();
            if let Some(tokens) = tokens.and_then(|tokens| u32::try_from(tokens).ok()) {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(1, "models").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let (system, messages) = wire::system_apart(prompt.messages);
        let temperature = prompt.sampling.temperature.map(|given| given.min(HOTTEST));
        let request = Request {
            model: &self.model,
            max_tokens: prompt.max_output_tokens.unwrap_or(LONGEST_ANSWER),
            system,
            messages: wire::messages(messages),
            stream: true,
            // Newer models refuse to be given both.
            top_p: prompt.sampling.top_p.filter(|_| temperature.is_none()),
            temperature,
            stop_sequences: prompt.sampling.stop,
        };
        let response = self.endpoint.post(&request).await?;
        let key = self.endpoint.key();
        sse::answer(&self.endpoint, response, move |event, so_far| read(event, so_far, &key)).await
    }
}

/// `data:` of one event. Kinds and fields that are not needed are not looked at.
#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(default)]
    usage: Option<Value>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Takes in one event.
fn read(event: &Event, so_far: &mut SoFar, key: &Key) -> Result<Flow, ModelError> {
    let data: Data = sse::data(event, key)?;
    match data.r#type.as_str() {
        "message_start" => {
            let message = data.message.unwrap_or_default();
            so_far.usage = input_tokens(&message["usage"]).map(|input| TokenUsage { input, output: 0 });
        }
        "content_block_delta" => {
            if let Some(delta) = data.delta {
                so_far.thought(delta.thinking);
                so_far.text(delta.text);
            }
        }
        "message_delta" => {
            let output = data.usage.as_ref().and_then(|usage| tokens(usage, "output_tokens"));
            if let Some((usage, output)) = so_far.usage.as_mut().zip(output) {
                usage.output = output;
            }
            match data.delta.and_then(|delta| delta.stop_reason).as_deref() {
                None => {}
                Some("max_tokens" | "model_context_window_exceeded") => so_far.finish = Some(StopReason::Length),
                Some(reason @ "refusal") => {
                    return Err(ModelError::Blocked {
                        detail: reason.to_owned(),
                    });
                }
                Some(_) => so_far.finish = Some(StopReason::Stop),
            }
        }
        "message_stop" => return Ok(Flow::Break(())),
        "error" => return Err(sse::fault(event, key)),
        _ => {}
    }
    Ok(Flow::Continue(()))
}

fn tokens(usage: &Value, name: &str) -> Option<u32> {
    usage[name].as_u64().and_then(|tokens| u32::try_from(tokens).ok())
}

/// Tokens of the prompt: those that were read anew, and those that came out of the server's cache or went there.
fn input_tokens(usage: &Value) -> Option<u32> {
    let cached = ["cache_read_input_tokens", "cache_creation_input_tokens"]
        .into_iter()
        .filter_map(|name| tokens(usage, name))
        .fold(0, u32::saturating_add);
    Some(tokens(usage, "input_tokens")?.saturating_add(cached))
}
