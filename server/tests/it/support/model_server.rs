//! A model's server that does what it is told, step by step, in the protocol of `POST /chat/completions` or another one.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Json, State};
use axum::http::Response;
use axum::routing::post;
use domain::config::{Config, ModelConfig, Provider};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use super::model_wire;

const WAIT: Duration = Duration::from_secs(15);

/// The id it is configured by.
pub(crate) const MODEL: &str = "stand-in";

/// The server. It answers nothing by itself: each request waits for what [`Exchange`] says.
pub(crate) struct ModelServer {
    address: SocketAddr,
    wire: Provider,
    asked: Mutex<mpsc::UnboundedReceiver<Exchange>>,
}

/// One request, and what is to be answered to it. Dropped, it ends the body as HTTP wants it, without an end mark.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The body of the request.
    pub(crate) request: Value,
    wire: Provider,
    begun: AtomicBool,
    acts: mpsc::UnboundedSender<Act>,
}

#[derive(Debug)]
enum Act {
    Refuse(u16, Option<u32>, String),
    Send(Bytes),
    Die,
}

impl ModelServer {
    pub(crate) async fn start() -> Self {
        Self::speaking(Provider::Openai).await
    }

    /// With the protocol of this provider.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server of its own, whose routes are not the API's"
    )]
    pub(crate) async fn speaking(wire: Provider) -> Self {
        let (tell, asked) = mpsc::unbounded_channel();
        let path = match wire {
            Provider::Ollama => "/api/chat",
            Provider::Anthropic => "/v1/messages",
            Provider::Gemini => "/v1beta/models/{*call}",
            _ => "/v1/chat/completions",
        };
        let routes = axum::Router::new().route(path, post(answer)).with_state((tell, wire));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            address,
            wire,
            asked: Mutex::new(asked),
        }
    }

    pub(crate) fn base_url(&self) -> String {
        model_wire::base_url(self.wire, &format!("http://{}", self.address))
    }

    /// Makes it the default model of a configuration.
    pub(crate) fn configure(&self, config: &mut Config, window: Option<u32>) {
        configure_as(config, self.wire, &self.base_url(), window);
    }

    /// The next request, whenever it comes.
    pub(crate) async fn asked(&self) -> Exchange {
        let mut asked = self.asked.lock().await;
        timeout(WAIT, asked.recv())
            .await
            .expect("the model is asked")
            .expect("the server lives")
    }

    /// Answers the next request with one piece, and finishes.
    pub(crate) async fn answers(&self, text: &str) -> Value {
        let exchange = self.asked().await;
        let request = exchange.request.clone();
        exchange.say(text);
        exchange.finish();
        request
    }
}

/// Makes a server at this address the default model of a configuration.
pub(crate) fn configure(config: &mut Config, base_url: &str, window: Option<u32>) {
    configure_as(config, Provider::Openai, base_url, window);
}

fn configure_as(config: &mut Config, provider: Provider, base_url: &str, window: Option<u32>) {
    config.models.push(ModelConfig {
        id: MODEL.to_owned(),
        name: None,
        provider,
        base_url: Some(base_url.to_owned()),
        model: None,
        api_key_env: None,
        context_window: window,
        fallback: None,
    });
    MODEL.clone_into(&mut config.chat.default_model);
    // It would be asked for what no test has in hand; those of summaries turn them on.
    config.chat.summaries = false;
}

async fn answer(
    State((tell, wire)): State<(mpsc::UnboundedSender<Exchange>, Provider)>,
    Json(request): Json<Value>,
) -> Response<Body> {
    let (acts, mut told) = mpsc::unbounded_channel();
    let begun = AtomicBool::new(false);
    let _ = tell.send(Exchange {
        request,
        wire,
        begun,
        acts,
    });
    let first = told.recv().await;
    if let Some(Act::Refuse(status, retry_after, body)) = first {
        let mut response = Response::builder()
            .status(status)
            .header("content-type", "application/json");
        if let Some(seconds) = retry_after {
            response = response.header("retry-after", seconds);
        }
        return response.body(Body::from(body)).unwrap();
    }
    let body = futures::stream::unfold((first, told), |(first, mut told)| async move {
        let act = match first {
            Some(act) => act,
            None => told.recv().await?,
        };
        let sent = match act {
            Act::Send(bytes) => Ok(bytes),
            Act::Die | Act::Refuse(..) => Err(std::io::Error::other("told to die")),
        };
        Some((sent, (None, told)))
    });
    Response::builder()
        .header("content-type", model_wire::content_type(wire))
        .body(Body::from_stream(body))
        .unwrap()
}

impl Exchange {
    fn send(&self, text: String) {
        let _ = self.acts.send(Act::Send(Bytes::from(text)));
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&self, text: &str) {
        self.send(text.to_owned());
    }

    /// The same when they are not text.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) {
        let _ = self.acts.send(Act::Send(Bytes::from(bytes)));
    }

    /// Sends a piece of the answer.
    pub(crate) fn say(&self, text: &str) {
        let beginning = if self.begun.swap(true, Ordering::Relaxed) {
            String::new()
        } else {
            model_wire::beginning(self.wire)
        };
        self.send(beginning + &model_wire::piece(self.wire, text));
    }

    /// Sends a frame with this in it.
    pub(crate) fn frame(&self, data: &[u8]) {
        self.bytes(model_wire::frame(self.wire, data));
    }

    /// Sends an error in the middle of the answer.
    pub(crate) fn fail(&self, message: &str) {
        self.send(model_wire::failure(self.wire, message));
    }

    /// Sends some 64 KB that are no part of the answer.
    pub(crate) fn pad(&self) {
        self.bytes(model_wire::padding(self.wire));
    }

    /// Answers with an error of the protocol's shape; only before anything was said.
    pub(crate) fn deny(self, status: u16, retry_after: Option<u32>, message: &str) {
        let body = model_wire::refusal(self.wire, status, message).to_string();
        self.refuse(status, retry_after, &body);
    }

    /// Sends the end of the answer: the reason, the usage, the mark.
    pub(crate) fn finish(self) {
        self.finish_with("stop");
    }

    /// The same with another reason.
    pub(crate) fn finish_with(self, reason: &str) {
        self.send(model_wire::end(self.wire, reason));
    }

    /// Answers with an error; only before anything was said.
    pub(crate) fn refuse(self, status: u16, retry_after: Option<u32>, body: &str) {
        let _ = self.acts.send(Act::Refuse(status, retry_after, body.to_owned()));
    }

    /// Breaks the connection off.
    pub(crate) fn die(self) {
        let _ = self.acts.send(Act::Die);
    }

    /// Waits until the asker has hung up.
    pub(crate) async fn hung_up(&self) {
        timeout(WAIT, self.acts.closed()).await.expect("the asker hangs up");
    }

    /// The messages it was asked with, as role and text.
    pub(crate) fn prompt(&self) -> Vec<(String, String)> {
        prompt(&self.request)
    }
}

/// The messages of a request, as role and text.
pub(crate) fn prompt(request: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let messages = request["messages"].as_array().expect("messages");
    messages
        .iter()
        .map(|message| (text(&message["role"]), text(&message["content"])))
        .collect()
}
