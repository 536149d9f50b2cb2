//! Servers that speak `POST /chat/completions`: `OpenAI`, vLLM, llama.cpp, LM Studio, `OpenRouter` and others.

use async_trait::async_trait;
use eventsource_stream::Event;
use futures::stream;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ModelError;
use super::events::{Events, not_a_stream};
use super::http::{ByteStream, Endpoint, Key};
use super::refusal::{classify_in_stream, clip};
use super::window::Window;
use super::wire::{self, WireMessage};
use super::{ChatModel, ChatPrompt, ModelEvent, ModelInfo, ModelStream, StopReason, TokenUsage};

/// A model behind an `OpenAI`-compatible server.
#[derive(Debug)]
pub(super) struct OpenAi {
    info: ModelInfo,
    window: Window,
    /// The model's name on its server.
    model: String,
    endpoint: Endpoint,
    limit_field: LimitField,
    /// Whether its address is such that LM Studio's own list may be beside it.
    may_be_lm_studio: bool,
}

/// The name of the field that limits an answer's length. `OpenAI`'s own newer models refuse the old name, most other
/// servers know only that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LimitField {
    MaxTokens,
    MaxCompletionTokens,
}

impl LimitField {
    fn for_server(url: &Url) -> Self {
        if url.host_str() == Some("api.openai.com") {
            Self::MaxCompletionTokens
        } else {
            Self::MaxTokens
        }
    }
}

impl OpenAi {
    pub(super) fn new(info: ModelInfo, model: String, endpoint: Endpoint, url: &Url) -> Self {
        Self {
            window: Window::new(info.context_window),
            info,
            model,
            endpoint,
            limit_field: LimitField::for_server(url),
            may_be_lm_studio: url.host_str() != Some("api.openai.com") && url.path().ends_with("/v1/chat/completions"),
        }
    }

    /// The window as LM Studio's own list has it, which other servers have not.
    async fn ask_lm_studio(&self) -> Option<u32> {
        let said = self.endpoint.ask(3, "api/v0/models", None).await.ok()?;
        lm_studio_window(&said, &self.model)
    }
}

/// The window in an answer of LM Studio's `GET /api/v0/models`: what the model was loaded with, or what it could have.
fn lm_studio_window(said: &Value, model: &str) -> Option<u32> {
    let listed = said["data"].as_array()?.iter().find(|listed| listed["id"] == model)?;
    [&listed["loaded_context_length"], &listed["max_context_length"]]
        .into_iter()
        .find_map(|tokens| u32::try_from(tokens.as_u64()?).ok())
}

/// The window in an answer of `GET /models`, where a server says it: vLLM as `max_model_len`, `OpenRouter` as
/// `context_length`, llama.cpp as `meta.n_ctx`.
fn listed_window(said: &Value, model: &str) -> Option<u32> {
    let listed = said["data"].as_array()?.iter().find(|listed| listed["id"] == model)?;
    [
        &listed["max_model_len"],
        &listed["context_length"],
        &listed["meta"]["n_ctx"],
    ]
    .into_iter()
    .find_map(|tokens| u32::try_from(tokens.as_u64()?).ok())
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<WireMessage>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop: Vec<String>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[async_trait]
impl ChatModel for OpenAi {
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
            let said = self.endpoint.ask(2, "models", None).await?;
            let mut window = listed_window(&said, &self.model);
            if window.is_none() && self.may_be_lm_studio {
                window = self.ask_lm_studio().await;
            }
            if let Some(tokens) = window {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(2, "models").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let limit = |field| prompt.max_output_tokens.filter(|_| self.limit_field == field);
        let request = Request {
            model: &self.model,
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            max_tokens: limit(LimitField::MaxTokens),
            max_completion_tokens: limit(LimitField::MaxCompletionTokens),
            temperature: prompt.sampling.temperature,
            top_p: prompt.sampling.top_p,
            stop: prompt.sampling.stop,
            messages: wire::messages(prompt.messages),
        };
        let response = self.endpoint.post(&request).await?;
        let response = not_a_stream(&self.endpoint, response).await?;
        let reader = Reader::new(self.endpoint.bytes(response), self.endpoint.key());
        Ok(Box::pin(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|event| (event, reader)))
        })))
    }
}

/// `data:` of one event. Fields that are not needed are not looked at: servers differ in them.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    object: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    /// What the model thinks, as vLLM, llama.cpp and `DeepSeek` name it.
    #[serde(default)]
    reasoning_content: Option<String>,
    /// The same, as `OpenRouter` and Ollama name it.
    #[serde(default)]
    reasoning: Option<String>,
}

/// Reads one answer.
struct Reader {
    events: Events,
    key: Key,
    finish: Option<StopReason>,
    usage: Option<TokenUsage>,
    /// Text that came together with thoughts, which go first.
    held: Option<ModelEvent>,
    ended: bool,
}

impl Reader {
    fn new(bytes: ByteStream, key: Key) -> Self {
        Self {
            events: Events::new(bytes),
            key,
            finish: None,
            usage: None,
            held: None,
            ended: false,
        }
    }

    async fn next(&mut self) -> Result<Option<ModelEvent>, ModelError> {
        if self.ended {
            return Ok(None);
        }
        if let Some(text) = self.held.take() {
            return Ok(Some(text));
        }
        loop {
            let event = match self.events.next().await {
                Ok(event) => event,
                // A server that closes, however it closes, after it has said why it stopped has said everything.
                Err(ModelError::EndedEarly { .. }) if self.finish.is_some() => return Ok(Some(self.finished())),
                Err(error) => return Err(error),
            };
            if event.data.trim() == "[DONE]" {
                return Ok(Some(self.finished()));
            }
            if let Some(event) = self.read(&event)? {
                return Ok(Some(event));
            }
        }
    }

    /// Takes in one event; its text or its thoughts, if it has some.
    fn read(&mut self, event: &Event) -> Result<Option<ModelEvent>, ModelError> {
        let chunk: Chunk = match serde_json::from_str(&event.data) {
            Ok(chunk) if event.event != "error" => chunk,
            Ok(_) => return Err(self.fault(&event.data)),
            Err(error) => {
                let detail = format!("{error} in {}", clip(&self.key.hide(&event.data)));
                return Err(ModelError::Malformed { detail });
            }
        };
        if chunk.error.is_some() || chunk.object.is_some_and(|object| object == "error") {
            return Err(self.fault(&event.data));
        }
        if let Some(usage) = chunk.usage {
            let tokens = |name: &str| usage[name].as_u64().and_then(|tokens| u32::try_from(tokens).ok());
            let both = tokens("prompt_tokens").zip(tokens("completion_tokens"));
            self.usage = both.map(|(input, output)| TokenUsage { input, output }).or(self.usage);
        }
        let Some(choice) = chunk.choices.into_iter().flatten().next() else {
            return Ok(None);
        };
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(match reason.as_str() {
                "length" => StopReason::Length,
                "content_filter" => return Err(ModelError::Withheld { detail: reason }),
                _ => StopReason::Stop,
            });
        }
        let Some(delta) = choice.delta else { return Ok(None) };
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let thought = some(delta.reasoning_content)
            .or(some(delta.reasoning))
            .map(ModelEvent::Reasoning);
        let text = some(delta.content).map(ModelEvent::Text);
        Ok(match thought {
            None => text,
            thought => {
                self.held = text;
                thought
            }
        })
    }

    /// An error the server reports in the middle: under `error`, or as the whole of the data.
    fn fault(&self, data: &str) -> ModelError {
        let json: Value = serde_json::from_str(&self.key.hide(data)).unwrap_or(Value::Null);
        classify_in_stream(if json["error"].is_null() { &json } else { &json["error"] })
    }

    fn finished(&mut self) -> ModelEvent {
        self.ended = true;
        ModelEvent::Finished {
            reason: self.finish.unwrap_or(StopReason::Stop),
            usage: self.usage,
        }
    }
}
