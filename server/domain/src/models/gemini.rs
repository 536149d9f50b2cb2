//! Gemini's content generation: `POST /v1beta/models/{model}:streamGenerateContent`, answered by server-sent events.

use async_trait::async_trait;
use eventsource_stream::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::threads::MessageRole;

use super::error::ModelError;
use super::http::{Endpoint, Key};
use super::refusal::clip;
use super::sse::{self, Flow, SoFar};
use super::window::Window;
use super::wire;
use super::{ChatModel, ChatPrompt, ModelInfo, ModelStream, StopReason, TokenUsage};

/// Where its server is.
pub(super) const BASE_URL: &str = "https://generativelanguage.googleapis.com";
/// The header that holds the key.
const KEY_HEADER: &str = "x-goog-api-key";
/// The protocol takes no more stop texts than this.
const MOST_STOPS: usize = 5;

/// A model behind Gemini's server.
#[derive(Debug)]
pub(super) struct Gemini {
    info: ModelInfo,
    window: Window,
    /// The model's name on its server.
    model: String,
    endpoint: Endpoint,
}

impl Gemini {
    /// The last part of the address answers of this model are asked at.
    pub(super) fn path(model: &str) -> String {
        format!("{model}:streamGenerateContent")
    }

    pub(super) fn new(info: ModelInfo, model: String, endpoint: Endpoint) -> Self {
        Self {
            window: Window::new(info.context_window),
            info,
            model,
            endpoint: endpoint.with_key_in(KEY_HEADER),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    contents: Vec<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content>,
    generation_config: Generation,
}

#[derive(Serialize)]
struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Text; 1],
}

#[derive(Serialize)]
struct Text {
    text: String,
}

impl Content {
    fn new(role: Option<&'static str>, text: String) -> Self {
        Self {
            role,
            parts: [Text { text }],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generation {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<String>,
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
            if let Some(tokens) = tokens(&said, "inputTokenLimit") {
                self.window.said(tokens);
            }
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.endpoint.check(2, "models").await
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let (system, messages) = wire::system_apart(prompt.messages);
        let mut stop_sequences = prompt.sampling.stop;
        stop_sequences.truncate(MOST_STOPS);
        let request = Request {
            contents: wire::turns(messages)
                .into_iter()
                .map(|message| {
                    let role = match message.role {
                        MessageRole::Assistant => "model",
                        _ => "user",
                    };
                    Content::new(Some(role), message.content)
                })
                .collect(),
            system_instruction: system.map(|text| Content::new(None, text)),
            generation_config: Generation {
                max_output_tokens: prompt.max_output_tokens,
                temperature: prompt.sampling.temperature,
                top_p: prompt.sampling.top_p,
                stop_sequences,
            },
        };
        let response = self.endpoint.post(&request).await?;
        let key = self.endpoint.key();
        sse::answer(&self.endpoint, response, move |event, so_far| read(event, so_far, &key)).await
    }
}

/// `data:` of one event. Fields that are not needed are not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    candidates: Vec<Candidate>,
    #[serde(default)]
    prompt_feedback: Value,
    #[serde(default)]
    usage_metadata: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Option<Said>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thought: bool,
}

/// Takes in one event. There is no end mark: the server closes after it has said why it stopped.
fn read(event: &Event, so_far: &mut SoFar, key: &Key) -> Result<Flow, ModelError> {
    let data: Data = sse::data(event, key)?;
    if data.error.is_some() {
        return Err(sse::fault(event, key));
    }
    if let Some(reason) = data.prompt_feedback["blockReason"].as_str() {
        return Err(ModelError::Blocked { detail: clip(reason) });
    }
    if let Some(usage) = &data.usage_metadata {
        so_far.usage = tokens(usage, "promptTokenCount").map(|input| TokenUsage {
            input,
            output: ["candidatesTokenCount", "thoughtsTokenCount"]
                .into_iter()
                .filter_map(|name| tokens(usage, name))
                .fold(0, u32::saturating_add),
        });
    }
    let Some(candidate) = data.candidates.into_iter().next() else {
        return Ok(Flow::Continue(()));
    };
    for part in candidate.content.into_iter().flat_map(|content| content.parts) {
        if part.thought {
            so_far.thought(part.text);
        } else {
            so_far.text(part.text);
        }
    }
    match candidate.finish_reason.as_deref() {
        None | Some("FINISH_REASON_UNSPECIFIED") => {}
        Some("STOP") => so_far.finish = Some(StopReason::Stop),
        Some("MAX_TOKENS") => so_far.finish = Some(StopReason::Length),
        Some("SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII") => {
            so_far.fail(ModelError::Blocked {
                detail: candidate.finish_reason.unwrap_or_default(),
            });
        }
        Some(other) => so_far.fail(ModelError::Failed {
            status: None,
            detail: clip(other),
        }),
    }
    Ok(Flow::Continue(()))
}

fn tokens(said: &Value, name: &str) -> Option<u32> {
    said[name].as_u64().and_then(|tokens| u32::try_from(tokens).ok())
}
