//! Vectors of texts: an embedding model puts near each other what is near in meaning.
//!
//! Two protocols: `POST /embeddings` of `OpenAI`, which many servers speak, and Ollama's `POST /api/embed`.
//!
//! What "near" is differs from model to model: to one, texts that have nothing to do with each other have a cosine of 0.1, to
//! another one of 0.7. So a model is measured before it is used, by questions and passages that have nothing to do with each
//! other, and a score is how far a cosine is from what is usual between those.

use std::sync::{Mutex, OnceLock, PoisonError};
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
/// The highest score of texts that have nothing to do with each other which is believed.
const MOST_UNRELATED: f64 = 0.95;

/// What a model is measured by: each question has nothing to do with any passage.
const QUESTIONS: &[&str] = &[
    "How long may a library book be kept?",
    "Which glaciers have melted the fastest?",
    "Can the invoice be paid in two parts?",
    "Who painted the ceiling of the chapel?",
    "What does the error code 42 mean?",
    "How is sourdough kept alive in summer?",
];
const PASSAGES: &[&str] = &[
    "The striker scored twice in the second half, and the match ended three to one.",
    "Violins are tuned in fifths; the bow is rubbed with rosin before it is played.",
    "The ferry to the island leaves every hour and takes bicycles on the lower deck.",
    "Bees dance to tell the others of the hive where the flowers are.",
    "The treaty was signed in the spring of 1648 and ended thirty years of war.",
    "Turn the screw on the left side of the gearbox until the chain runs without noise.",
];

/// An embedding model behind its server.
#[derive(Debug)]
pub struct Embedder {
    provider: Provider,
    model: String,
    endpoint: Endpoint,
    query_prefix: String,
    document_prefix: String,
    measured: OnceLock<Measured>,
    /// Until when no question waits for the server.
    resting: Mutex<Option<Instant>>,
}

/// What was measured of a model.
#[derive(Debug)]
struct Measured {
    space: String,
    dimensions: usize,
    unrelated: f64,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    // Gemini's server leaves out a zero.
    #[serde(default)]
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
        Ok(Self {
            provider: config.provider,
            model: model.to_owned(),
            endpoint,
            query_prefix: config.query_prefix.clone(),
            document_prefix: config.document_prefix.clone(),
            measured: OnceLock::new(),
            resting: Mutex::new(None),
        })
    }

    /// Measures the model, once. Before that it is of no use.
    pub(crate) async fn measure(&self) -> Result<(), ModelError> {
        if self.measured.get().is_some() {
            return Ok(());
        }
        let questions = self.ask(&prefixed(&self.query_prefix, QUESTIONS)).await?;
        let passages = self.ask(&prefixed(&self.document_prefix, PASSAGES)).await?;
        let dimensions = questions.first().map_or(0, Vec::len);
        if passages.first().map_or(0, Vec::len) != dimensions {
            return Err(malformed("vectors of several lengths"));
        }
        let pairs = questions
            .iter()
            .flat_map(|one| passages.iter().map(move |other| cosine(one, other)));
        let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), cosine| (sum + cosine, count + 1.0));
        let unrelated = (sum / count).clamp(0.0, MOST_UNRELATED);
        let space = [&self.model, &dimensions.to_string(), &self.document_prefix]
            .map(String::as_str)
            .join(" ");
        tracing::info!(model = %self.model, dimensions, unrelated, "the embedding model is measured");
        let measured = Measured {
            space: space.trim_end().to_owned(),
            dimensions,
            unrelated,
        };
        _ = self.measured.set(measured);
        Ok(())
    }

    /// What the vectors of passages are made by, once that is measured. Only those of the same can be compared.
    pub(crate) fn space(&self) -> Option<&str> {
        self.measured.get().map(|measured| measured.space.as_str())
    }

    /// How near two texts are whose vectors have this cosine: 1 when they say the same, 0 when they have no more to do with
    /// each other than any two texts.
    pub(crate) fn score(&self, cosine: f64) -> f64 {
        let unrelated = self.measured.get().map_or(0.0, |measured| measured.unrelated);
        ((cosine - unrelated) / (1.0 - unrelated)).clamp(0.0, 1.0)
    }

    /// The vectors of passages, one for each. One that the model can't read even in part has zeros alone.
    ///
    /// # Errors
    /// When the server is at fault, or the model is not measured: then none of them has one.
    pub(crate) async fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let Some(measured) = self.measured.get() else {
            return Err(malformed("the model is not measured"));
        };
        let texts = prefixed(&self.document_prefix, texts);
        let begun = Instant::now();
        let vectors = match self.ask(&texts).await {
            Err(error) if may_be_the_texts(&error) => self.one_by_one(&texts, measured.dimensions).await?,
            other => other?,
        };
        if vectors.iter().any(|vector| vector.len() != measured.dimensions) {
            return Err(malformed("vectors of another length than before"));
        }
        // Who answers this in time answers a question in time.
        if begun.elapsed() < QUESTION_WAIT {
            *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(vectors)
    }

    async fn one_by_one(&self, texts: &[String], dimensions: usize) -> Result<Vec<Vec<f32>>, ModelError> {
        // When it does not take this either, it is not the texts.
        self.ask(&prefixed(&self.document_prefix, &PASSAGES[..1])).await?;
        let mut vectors = Vec::with_capacity(texts.len());
        for text in texts {
            vectors.push(match self.shortened(text).await {
                Err(error) if may_be_the_texts(&error) => {
                    tracing::warn!(%error, model = %self.model, "a passage has no vector; it is found by its words");
                    vec![0.0; dimensions]
                }
                other => other?,
            });
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

    /// The vector of a question; none when it can't be had in time, or the model is not measured.
    pub(crate) async fn question(&self, text: &str) -> Option<Vec<f32>> {
        let measured = self.measured.get()?;
        let resting = *self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let text = [self.query_prefix.as_str(), text].concat();
        let error = match timeout(QUESTION_WAIT, self.shortened(&text)).await {
            Ok(Ok(vector)) if vector.len() == measured.dimensions => return Some(vector),
            Ok(Ok(_)) => malformed("a vector of another length than before"),
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

fn prefixed(prefix: &str, texts: &[impl AsRef<str>]) -> Vec<String> {
    texts.iter().map(|text| [prefix, text.as_ref()].concat()).collect()
}

fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let product = |one: &[f32], other: &[f32]| -> f64 {
        let pairs = one.iter().zip(other);
        pairs.map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    };
    let lengths = (product(one, one) * product(other, other)).sqrt();
    if lengths > 0.0 {
        product(one, other) / lengths
    } else {
        0.0
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

/// Whether other texts may be taken. Some servers break on what their model can't make a vector of.
fn may_be_the_texts(error: &ModelError) -> bool {
    may_be_too_long(error)
        || matches!(
            error,
            ModelError::Failed { status: Some(500), .. } | ModelError::Malformed { .. }
        )
}

fn malformed(detail: &str) -> ModelError {
    ModelError::Malformed {
        detail: detail.to_owned(),
    }
}
