//! Ollama's own protocol: `POST /api/chat`, answered by a line of JSON for every piece.

use std::collections::VecDeque;
use std::pin::Pin;

use async_trait::async_trait;
use futures::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ModelError;
use super::http::{Endpoint, Key};
use super::lines::lines;
use super::refusal::{classify_in_stream, clip};
use super::window::Window;
use super::wire::{self, WireMessage};
use super::{ChatModel, ChatPrompt, ModelEvent, ModelInfo, ModelStream, StopReason, TokenUsage};

/// A model behind an Ollama server.
#[derive(Debug)]
pub(super) struct Ollama {
    info: ModelInfo,
    window: Window,
    /// The model's name on its server.
    model: String,
    endpoint: Endpoint,
}

impl Ollama {
    pub(super) fn new(info: ModelInfo, model: String, endpoint: Endpoint) -> Self {
        Self {
            window: Window::new(info.context_window),
            info,
            model,
            endpoint,
        }
    }
}

/// A window that the model could have is not taken above this unless it is configured: the server reserves memory for all
/// of what it is asked for.
const MOST_UNASKED: u32 = 8192;

/// The window in an answer of `POST /api/show`: what the model was made with (`num_ctx` among its parameters), or what it
/// could have (`<architecture>.context_length`), within [`MOST_UNASKED`].
fn shown_window(said: &Value) -> Option<u32> {
    let parameters = said["parameters"].as_str().unwrap_or_default();
    let made_with = parameters.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        (name == "num_ctx").then(|| value.trim().parse().ok()).flatten()
    });
    let info = &said["model_info"];
    let architecture = info["general.architecture"].as_str().unwrap_or_default();
    let could_have = info[format!("{architecture}.context_length")]
        .as_u64()
        .map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX).min(MOST_UNASKED));
    made_with.or(could_have)
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<WireMessage>,
    stream: bool,
    options: Options,
}

#[derive(Serialize)]
struct Options {
    /// The window. Ollama loads a model with a small one unless it is told, and cuts a longer prompt without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    num_ctx: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop: Vec<String>,
}

#[async_trait]
impl ChatModel for Ollama {
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
            let said = self
                .endpoint
                .ask(1, "show", Some(&json!({ "model": self.model })))
                .await?;
            if let Some(tokens) = shown_window(&said) {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(1, "tags").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let request = Request {
            model: &self.model,
            stream: true,
            options: Options {
                num_ctx: self.window.get(),
                num_predict: prompt.max_output_tokens,
                temperature: prompt.sampling.temperature,
                top_p: prompt.sampling.top_p,
                stop: prompt.sampling.stop,
            },
            messages: wire::messages(prompt.messages),
        };
        let response = self.endpoint.post(&request).await?;
        let lines = Box::pin(lines(self.endpoint.bytes(response)));
        let reader = Reader {
            lines,
            key: self.endpoint.key(),
            ready: VecDeque::new(),
            ended: false,
        };
        Ok(Box::pin(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|event| (event, reader)))
        })))
    }
}

/// One line. Fields that are not needed are not looked at.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    prompt_eval_count: Option<u32>,
    #[serde(default)]
    eval_count: Option<u32>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
    /// What a model that thinks aloud sends apart.
    #[serde(default)]
    thinking: Option<String>,
}

/// Reads one answer.
struct Reader {
    lines: Pin<Box<dyn Stream<Item = Result<String, ModelError>> + Send>>,
    key: Key,
    /// What the last line said and has not been handed out.
    ready: VecDeque<ModelEvent>,
    ended: bool,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<ModelEvent>, ModelError> {
        while self.ready.is_empty() && !self.ended {
            let line = match self.lines.next().await {
                Some(line) => line?,
                None => {
                    return Err(ModelError::EndedEarly {
                        detail: "no end mark".to_owned(),
                    });
                }
            };
            if !line.trim().is_empty() {
                self.read(&line)?;
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Takes in one line.
    fn read(&mut self, text: &str) -> Result<(), ModelError> {
        let line: Line = serde_json::from_str(text).map_err(|error| ModelError::Malformed {
            detail: format!("{error} in {}", clip(&self.key.hide(text))),
        })?;
        if line.error.is_some() {
            let json: Value = serde_json::from_str(&self.key.hide(text)).unwrap_or(Value::Null);
            return Err(classify_in_stream(&json["error"]));
        }
        if let Some(Message { content, thinking }) = line.message {
            let thinking = thinking.filter(|text| !text.is_empty()).map(ModelEvent::Reasoning);
            self.ready.extend(thinking);
            self.ready
                .extend(Some(content).filter(|text| !text.is_empty()).map(ModelEvent::Text));
        }
        if line.done {
            let reason = if line.done_reason.as_deref() == Some("length") {
                StopReason::Length
            } else {
                StopReason::Stop
            };
            let usage = line
                .prompt_eval_count
                .zip(line.eval_count)
                .map(|(input, output)| TokenUsage { input, output });
            self.ready.push_back(ModelEvent::Finished { reason, usage });
            self.ended = true;
        }
        Ok(())
    }
}
