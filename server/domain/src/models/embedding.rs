//! Vectors of texts: an embedding model puts near each other what is near in meaning.
//!
//! Two protocols: `POST /embeddings` of `OpenAI`, which many servers speak, and Ollama's `POST /api/embed`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::ModelError;
use super::catalogue::{self, Entry};
use super::http::Endpoint;
use crate::config::{ChatConfig, EmbeddingsConfig, ModelConfig, Provider};

/// Bytes of an answer: some dozens of vectors, each number in twenty characters.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// Numbers of a vector.
const MOST_DIMENSIONS: usize = 8_192;
/// How long a question waits for its vector; without one it is looked up by its words.
const QUESTION_WAIT: Duration = Duration::from_secs(3);
/// How long no question waits for a server that has just failed.
const REST: Duration = Duration::from_secs(30);
/// A text that is refused at this length is not refused for its length.
const SHORTEST: usize = 100;

/// An embedding model behind its server.
#[derive(Debug)]
pub struct Embedder {
    provider: Provider,
    model: String,
    endpoint: Endpoint,
    query_prefix: String,
    document_prefix: String,
    space: String,
    /// Until when no question waits for the server.
    resting: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct OllamaAnswer {
    embeddings: Vec<Vec<f32>>,
}

impl Embedder {
    /// The configured one, if there is one. The API key is read from the environment here and never again.
    ///
    /// # Errors
    /// A sentence that names the configuration's key and the accepted form.
    pub fn from_config(config: Option<&EmbeddingsConfig>, chat: &ChatConfig) -> Result<Option<Self>, String> {
        config
            .map(|config| Self::with_environment(config, chat, |name| std::env::var(name).ok()))
            .transpose()
    }

    /// The same with another environment; a test cannot change the process's own.
    pub(super) fn with_environment(
        config: &EmbeddingsConfig,
        chat: &ChatConfig,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let model = config.model.trim();
        let server = ModelConfig {
            id: model.to_owned(),
            name: None,
            provider: config.provider,
            base_url: config.base_url.clone(),
            model: None,
            api_key_env: config.api_key_env.clone(),
            context_window: None,
            fallback: None,
        };
        let entry = Entry {
            place: "embeddings".to_owned(),
            config: &server,
            environment: &environment,
        };
        let url = match config.provider {
            Provider::Ollama => entry.url(&["api", "embed"])?,
            Provider::Openai => entry.url(&["embeddings"])?,
            Provider::Builtin | Provider::Anthropic | Provider::Gemini => {
                return Err(entry.wrong(
                    "provider",
                    "\"ollama\" or \"openai\"; Gemini's server speaks the latter at https://generativelanguage.googleapis.com/v1beta/openai",
                ));
            }
        };
        if model.is_empty() {
            return Err(entry.wrong("model", "the embedding model's name on its server"));
        }
        let endpoint = Endpoint::new(&catalogue::clients()?, url, entry.key()?, catalogue::limits(chat)?);
        let space = match config.document_prefix.as_str() {
            "" => model.to_owned(),
            prefix => format!("{model} {prefix}"),
        };
        Ok(Self {
            provider: config.provider,
            model: model.to_owned(),
            endpoint,
            query_prefix: config.query_prefix.clone(),
            document_prefix: config.document_prefix.clone(),
            space,
            resting: Mutex::new(None),
        })
    }

    /// What the vectors of passages are made by. Only those of the same can be compared.
    pub(crate) fn space(&self) -> &str {
        &self.space
    }

    /// The vectors of passages, one for each, all of one length. One that the model can't read even in part has zeros alone.
    ///
    /// # Errors
    /// When the server is at fault: then none of them has one.
    pub(crate) async fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| [self.document_prefix.as_str(), text].concat())
            .collect();
        let vectors = match self.ask(&texts).await {
            Err(error) if may_be_too_long(&error) => self.one_by_one(&texts).await?,
            other => other?,
        };
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(vectors)
    }

    async fn one_by_one(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut refused = None;
        for text in texts {
            match self.shortened(text).await {
                Ok(vector) => vectors.push(vector),
                Err(error) if may_be_too_long(&error) => {
                    vectors.push(Vec::new());
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        let dimensions = vectors.iter().map(Vec::len).max().unwrap_or(0);
        if let Some(error) = refused {
            if dimensions == 0 {
                return Err(error);
            }
            tracing::warn!(%error, model = %self.model, "a passage has no vector; it is found by its words");
        }
        if vectors.iter().any(|vector| ![0, dimensions].contains(&vector.len())) {
            return Err(malformed("vectors of several lengths"));
        }
        for vector in &mut vectors {
            vector.resize(dimensions, 0.0);
        }
        Ok(vectors)
    }

    /// The vector of as much of a text's beginning as the model reads: some servers refuse what is too long for it.
    async fn shortened(&self, text: &str) -> Result<Vec<f32>, ModelError> {
        let mut length = text.chars().count();
        loop {
            let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            let part = text.get(..end).unwrap_or_default().to_owned();
            match self.ask(&[part]).await {
                Err(error) if may_be_too_long(&error) && length > SHORTEST => length = (length / 2).max(SHORTEST),
                other => return other.map(|vectors| vectors.into_iter().next().unwrap_or_default()),
            }
        }
    }

    /// The vector of a question; none when it can't be had in time.
    pub(crate) async fn question(&self, text: &str) -> Option<Vec<f32>> {
        let resting = *self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let text = [self.query_prefix.as_str(), text].concat();
        let error = match timeout(QUESTION_WAIT, self.shortened(&text)).await {
            Ok(Ok(vector)) => return Some(vector),
            Ok(Err(error)) => error,
            Err(_) => ModelError::Timeout { waited: QUESTION_WAIT },
        };
        tracing::warn!(%error, model = %self.model, "a question has no vector; documents are found by their words");
        if error.may_be_its_servers() {
            let until = Instant::now() + REST;
            *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
        }
        None
    }

    /// The vectors of texts, one for each, all of one length.
    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let body = json!({ "model": self.model, "input": texts });
        let answer = self
            .endpoint
            .exchange(&body, ANSWER_BYTES, self.endpoint.idle())
            .await?;
        let unreadable = |error: serde_json::Error| malformed(&error.to_string());
        let vectors: Vec<Vec<f32>> = if self.provider == Provider::Ollama {
            serde_json::from_slice::<OllamaAnswer>(&answer)
                .map_err(unreadable)?
                .embeddings
        } else {
            let mut answer: OpenAiAnswer = serde_json::from_slice(&answer).map_err(unreadable)?;
            answer.data.sort_by_key(|vector| vector.index);
            answer.data.into_iter().map(|vector| vector.embedding).collect()
        };
        if vectors.len() != texts.len() {
            return Err(malformed("not as many vectors as texts"));
        }
        let dimensions = vectors.first().map_or(0, Vec::len);
        if !(1..=MOST_DIMENSIONS).contains(&dimensions) || vectors.iter().any(|vector| vector.len() != dimensions) {
            return Err(malformed("vectors of no length, of several lengths, or too long"));
        }
        if vectors.iter().flatten().any(|number| !number.is_finite()) {
            return Err(malformed("a number that is none"));
        }
        Ok(vectors)
    }
}

/// Whether a shorter text may be taken.
fn may_be_too_long(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::Overflow { .. }
            | ModelError::Rejected {
                status: 400 | 413 | 422,
                ..
            }
    )
}

fn malformed(detail: &str) -> ModelError {
    ModelError::Malformed {
        detail: detail.to_owned(),
    }
}
