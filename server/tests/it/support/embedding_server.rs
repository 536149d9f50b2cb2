//! An embedding model's server, in the protocols of `POST /v1/embeddings` and `POST /api/embed`.
//!
//! Its model knows a few things by several names: texts that tell of the same thing are near each other.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::config::{Config, EmbeddingsConfig, Provider};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Names of one thing each, beside which every text has a little of its own.
const THINGS: &[&[&str]] = &[
    &["cat", "feline", "kitten"],
    &["refund", "money back", "reimburse"],
    &["lighthouse", "beacon"],
    &["invoice", "bill"],
];

/// How the server does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mood {
    /// It answers.
    Well,
    /// It answers with this status and body.
    Failing(u16, &'static str),
    /// It refuses a request with a text of more characters than this, as servers do that cut nothing.
    Refusing(usize),
    /// It breaks on a text with this word, as servers do whose model makes no numbers of it.
    BreakingOn(&'static str),
    /// It takes requests and says nothing.
    Silent,
    /// It answers with this instead of vectors.
    Saying(&'static str),
}

/// The server.
#[derive(Clone)]
pub(crate) struct EmbeddingServer {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<Value>>,
    texts: AtomicUsize,
    never: Notify,
}

impl EmbeddingServer {
    #[expect(
        clippy::disallowed_methods,
        reason = "a server of its own, whose routes are not the API's"
    )]
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Inner {
            mood: Mutex::new(Mood::Well),
            asked: Mutex::default(),
            texts: AtomicUsize::new(0),
            never: Notify::new(),
        });
        let routes = Router::new()
            .route("/v1/embeddings", post(openai))
            .route("/api/embed", post(ollama))
            .with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, inner }
    }

    /// Makes it the one of a configuration.
    pub(crate) fn configure(&self, config: &mut Config, provider: Provider, model: &str) {
        let path = if provider == Provider::Ollama { "" } else { "/v1" };
        config.embeddings = Some(EmbeddingsConfig {
            provider,
            base_url: Some(format!("http://{}{path}", self.address)),
            model: model.to_owned(),
            api_key_env: None,
            query_prefix: "query: ".to_owned(),
            document_prefix: "passage: ".to_owned(),
        });
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap() = mood;
    }

    /// The bodies of all requests so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// How many texts it has made vectors of.
    pub(crate) fn texts(&self) -> usize {
        self.inner.texts.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// The vectors, or what is answered instead.
    async fn vectors(&self, body: &Value) -> Result<Vec<Vec<f32>>, Response> {
        self.asked.lock().unwrap().push(body.clone());
        let texts: Vec<&str> = body["input"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap())
            .collect();
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Failing(status, body) => {
                return Err((StatusCode::from_u16(status).unwrap(), body).into_response());
            }
            Mood::Refusing(most) if texts.iter().any(|text| text.chars().count() > most) => {
                let refusal = json!({ "error": { "message": "input is too long", "type": "invalid_request_error" } });
                return Err((StatusCode::BAD_REQUEST, Json(refusal)).into_response());
            }
            Mood::BreakingOn(word) if texts.iter().any(|text| text.contains(word)) => {
                let broken = json!({ "error": "failed to encode response: json: unsupported value: NaN" });
                return Err((StatusCode::INTERNAL_SERVER_ERROR, Json(broken)).into_response());
            }
            Mood::Well | Mood::Refusing(_) | Mood::BreakingOn(_) => {}
            Mood::Silent => self.never.notified().await,
            Mood::Saying(body) => return Err(body.into_response()),
        }
        self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        Ok(texts.into_iter().map(vector).collect())
    }
}

/// What the text tells of, what only it has, and what all texts have: of several models the last is most.
fn vector(text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let thing = |names: &&[&str]| {
        if names.iter().any(|name| text.contains(name)) {
            4.0
        } else {
            0.0
        }
    };
    let mut vector: Vec<f32> = THINGS.iter().map(thing).collect();
    let digest = Sha256::digest(text.as_bytes());
    vector.extend(digest.iter().map(|byte| (f32::from(*byte) - 127.5) / 1_000.0));
    vector.push(0.5);
    vector
}

async fn openai(State(inner): State<Arc<Inner>>, Json(body): Json<Value>) -> Response {
    match inner.vectors(&body).await {
        Ok(vectors) => {
            let mut data: Vec<Value> = vectors
                .iter()
                .enumerate()
                .map(|(index, vector)| json!({ "object": "embedding", "index": index, "embedding": vector }))
                .collect();
            // Nothing says that they come in order.
            data.reverse();
            let usage = json!({ "prompt_tokens": 1, "total_tokens": 1 });
            Json(json!({ "object": "list", "data": data, "model": body["model"], "usage": usage })).into_response()
        }
        Err(response) => response,
    }
}

async fn ollama(State(inner): State<Arc<Inner>>, Json(body): Json<Value>) -> Response {
    match inner.vectors(&body).await {
        Ok(vectors) => Json(json!({
            "model": body["model"], "embeddings": vectors, "total_duration": 1, "load_duration": 1, "prompt_eval_count": 1
        }))
        .into_response(),
        Err(response) => response,
    }
}
