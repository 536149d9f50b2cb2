//! Gemini's own protocol: `POST /v1beta/models/{model}:streamGenerateContent`, answered by a stream of partial answers.
//!
//! Spoken here rather than through a library, for the reasons that stand in [`super::anthropic`].

use async_trait::async_trait;
use futures::stream;
use serde_json::{Map, Value, json};
use types::threads::MessageRole;

use super::error::ModelError;
use super::events::{Events, not_a_stream};
use super::http::{Endpoint, Key};
use super::refusal::{classify_in_stream, clip};
use super::window::Window;
use super::{ChatModel, ChatPrompt, ModelEvent, ModelInfo, ModelStream, PromptMessage, StopReason, TokenUsage};

/// Where the key goes.
pub(super) const KEY_HEADER: &str = "x-goog-api-key";

/// A model behind Gemini's API.
#[derive(Debug)]
pub(super) struct Gemini {
    info: ModelInfo,
    window: Window,
    /// The model's name on its server.
    model: String,
    endpoint: Endpoint,
}

impl Gemini {
    pub(super) fn new(info: ModelInfo, model: String, endpoint: Endpoint) -> Self {
        Self {
            window: Window::new(info.context_window),
            info,
            model,
            endpoint,
        }
    }
}

/// The request for an answer. Neighbours of one role are joined: the server wants them to take turns.
fn request(prompt: ChatPrompt) -> Value {
    let mut system = Vec::new();
    let mut contents: Vec<Value> = Vec::new();
    for PromptMessage { role, content } in prompt.messages {
        let part = json!({ "text": content });
        let role = match role {
            MessageRole::System => {
                system.push(part);
                continue;
            }
            MessageRole::User => "user",
            MessageRole::Assistant => "model",
        };
        match contents.last_mut() {
            Some(last) if last["role"] == role => {
                if let Some(parts) = last["parts"].as_array_mut() {
                    parts.push(part);
                }
            }
            _ => contents.push(json!({ "role": role, "parts": [part] })),
        }
    }
    let mut generation = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            generation.insert(name.to_owned(), value);
        }
    };
    let sampling = prompt.sampling;
    set("maxOutputTokens", prompt.max_output_tokens.map(Value::from));
    set("temperature", sampling.temperature.map(Value::from));
    set("topP", sampling.top_p.map(Value::from));
    set(
        "stopSequences",
        (!sampling.stop.is_empty()).then(|| Value::from(sampling.stop)),
    );
    let mut request = json!({ "contents": contents, "generationConfig": generation });
    if !system.is_empty() {
        request["systemInstruction"] = json!({ "parts": system });
    }
    request
}

#[async_trait]
impl ChatModel for Gemini {
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
            let said = self.endpoint.ask(1, &self.model, None).await?;
            if let Some(tokens) = said["inputTokenLimit"]
                .as_u64()
                .and_then(|tokens| u32::try_from(tokens).ok())
            {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(2, "models").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let response = self.endpoint.post(&request(prompt)).await?;
        let response = not_a_stream(&self.endpoint, response).await?;
        let reader = Reader {
            events: Events::new(self.endpoint.bytes(response)),
            key: self.endpoint.key(),
            ready: Vec::new(),
            usage: None,
            reason: None,
            withheld: None,
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
    /// What one partial answer holds, last piece first.
    ready: Vec<ModelEvent>,
    usage: Option<TokenUsage>,
    reason: Option<StopReason>,
    /// Why it ends badly, told after what came before.
    withheld: Option<ModelError>,
    ended: bool,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<ModelEvent>, ModelError> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Ok(Some(event));
            }
            if let Some(error) = self.withheld.take() {
                return Err(error);
            }
            if self.ended {
                return Ok(None);
            }
            match self.events.next().await {
                Ok(event) => self.read(&event.data)?,
                // The stream has no end mark: it ends after the part that says why.
                Err(ModelError::EndedEarly { .. }) if self.reason.is_some() => {
                    self.ended = true;
                    return Ok(self.reason.map(|reason| ModelEvent::Finished {
                        reason,
                        usage: self.usage,
                    }));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes in a partial answer.
    fn read(&mut self, text: &str) -> Result<(), ModelError> {
        let data: Value = serde_json::from_str(text).map_err(|error| ModelError::Malformed {
            detail: format!("{error} in {}", clip(&self.key.hide(text))),
        })?;
        if !data["error"].is_null() {
            let error = serde_json::from_str(&self.key.hide(&data["error"].to_string()));
            return Err(classify_in_stream(&error.unwrap_or(Value::Null)));
        }
        if let Some(reason) = data["promptFeedback"]["blockReason"].as_str() {
            return Err(ModelError::Withheld { detail: clip(reason) });
        }
        let tokens = |name: &str| {
            data["usageMetadata"][name]
                .as_u64()
                .and_then(|tokens| u32::try_from(tokens).ok())
        };
        if let Some(input) = tokens("promptTokenCount") {
            let output = ["candidatesTokenCount", "thoughtsTokenCount"].map(|name| tokens(name).unwrap_or(0));
            let output = output.into_iter().fold(0, u32::saturating_add);
            self.usage = Some(TokenUsage { input, output });
        }
        let candidate = &data["candidates"][0];
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            let Some(text) = part["text"].as_str().filter(|text| !text.is_empty()) else {
                continue;
            };
            self.ready.push(if part["thought"] == true {
                ModelEvent::Reasoning(text.to_owned())
            } else {
                ModelEvent::Text(text.to_owned())
            });
        }
        self.ready.reverse();
        match candidate["finishReason"].as_str() {
            None => {}
            Some("STOP") => self.reason = Some(StopReason::Stop),
            Some("MAX_TOKENS") => self.reason = Some(StopReason::Length),
            Some(reason) => self.withheld = Some(ModelError::Withheld { detail: clip(reason) }),
        }
        Ok(())
    }
}
