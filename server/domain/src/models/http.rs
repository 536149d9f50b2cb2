//! The one way to a model's server: the configured address, no redirects, and limits on time and size.

use std::error::Error as _;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use reqwest::{Client, RequestBuilder, Response, Url, header, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::error::ModelError;
use super::refusal::{classify, clip};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How much of an error answer is read.
const REFUSAL_BYTES: usize = 64 * 1024;
/// How much of what a server says of itself and its models is read; some list hundreds of them.
const SELF_DESCRIPTION_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of an answer as they arrive, within the [`Limits`].
pub(super) type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, ModelError>> + Send>>;

/// What a server may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long nothing may arrive, before the first byte and between any two.
    pub(super) idle: Duration,
    /// Bytes of one answer. A streamed token is some 300 bytes on the wire, so this is a very long answer.
    pub(super) answer: usize,
    /// Bytes of one line.
    pub(super) line: usize,
}

impl Limits {
    /// The limits of a running instance.
    pub(super) fn new(idle: Duration) -> Self {
        Self {
            idle,
            answer: 32 * 1024 * 1024,
            line: 1024 * 1024,
        }
    }
}

/// The connection pools all providers share.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    outward: Client,
    /// For this machine's own addresses, which no proxy of the environment could reach.
    loopback: Client,
}

impl Clients {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            outward: builder().build()?,
            loopback: builder().no_proxy().build()?,
        })
    }

    fn for_host(&self, url: &Url) -> Client {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_loopback = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if is_loopback {
            self.loopback.clone()
        } else {
            self.outward.clone()
        }
    }
}

fn builder() -> reqwest::ClientBuilder {
    // No `timeout`: it would bound the whole answer, and a long answer is not a fault.
    Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
}

/// The API key, if there is one.
#[derive(Debug, Clone)]
pub(super) struct Key(Option<SecretString>);

impl Key {
    /// A server's text without the key: servers like to repeat the key they refuse.
    pub(super) fn hide(&self, text: &str) -> String {
        match &self.0 {
            Some(key) => text.replace(key.expose_secret(), "[key]"),
            None => text.to_owned(),
        }
    }
}

/// How a server wants to be shown its key.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyField {
    /// As a bearer.
    Bearer,
    /// In a header of this name.
    Header(&'static str),
}

/// One address of a model's server.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    key: Key,
    key_field: KeyField,
    /// What every request carries.
    headers: &'static [(&'static str, &'static str)],
    limits: Limits,
}

impl Endpoint {
    /// With the key shown in another way, and with these headers.
    pub(super) fn showing(mut self, key_field: KeyField, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.key_field = key_field;
        self.headers = headers;
        self
    }

    /// A request with all that every request carries.
    fn dressed(&self, mut request: RequestBuilder) -> RequestBuilder {
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        match (&self.key.0, self.key_field) {
            (None, _) => request,
            (Some(key), KeyField::Bearer) => request.bearer_auth(key.expose_secret()),
            (Some(key), KeyField::Header(name)) => request.header(name, key.expose_secret()),
        }
    }

    pub(super) fn new(clients: &Clients, url: Url, key: Option<SecretString>, limits: Limits) -> Self {
        Self {
            client: clients.for_host(&url),
            url,
            key: Key(key),
            key_field: KeyField::Bearer,
            headers: &[],
            limits,
        }
    }

    /// The key, for hiding it in what comes back.
    pub(super) fn key(&self) -> Key {
        self.key.clone()
    }

    /// Sends a request and waits for the head of a good answer.
    pub(super) async fn post(&self, body: &impl Serialize) -> Result<Response, ModelError> {
        let request = self.dressed(self.client.post(self.url.clone()).json(body));
        let response = timeout(self.limits.idle, request.send())
            .await
            .map_err(|_| ModelError::Timeout {
                waited: self.limits.idle,
            })?
            .map_err(|error| transport(error, self.limits.idle))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    /// Whether the server answers at the place beside this address where it lists its models: `up` segments up, and
    /// there `list`. Servers without such a list are reached all the same.
    pub(super) async fn check(&self, up: usize, list: &str) -> Result<(), ModelError> {
        match self.beside(self.client.get(self.url_beside(up, list))).await {
            Ok(_) | Err(ModelError::NotFound { .. } | ModelError::Rejected { status: 405, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What the server says of itself at `path`, `up` segments up from this address; `body` is sent if there is one.
    pub(super) async fn ask(&self, up: usize, path: &str, body: Option<&Value>) -> Result<Value, ModelError> {
        let url = self.url_beside(up, path);
        let request = match body {
            Some(body) => self.client.post(url).json(body),
            None => self.client.get(url),
        };
        let response = self.beside(request).await?;
        let answer = timeout(CONNECT, whole(response, SELF_DESCRIPTION_BYTES, self.patience()))
            .await
            .map_err(|_| ModelError::Timeout { waited: CONNECT })??;
        serde_json::from_slice(&answer).map_err(|error| ModelError::Malformed {
            detail: error.to_string(),
        })
    }

    /// Sends a request and reads its whole answer, which may have `most` bytes. All of it may take as long as `wait`.
    pub(super) async fn exchange(
        &self,
        body: &impl Serialize,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<u8>, ModelError> {
        let exchange = async { whole(self.post(body).await?, most, self.limits.idle).await };
        timeout(wait, exchange)
            .await
            .map_err(|_| ModelError::Timeout { waited: wait })?
    }

    /// How long the server may be silent.
    pub(super) fn idle(&self) -> Duration {
        self.limits.idle
    }

    fn url_beside(&self, up: usize, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            for _ in 0..up {
                segments.pop();
            }
            segments.extend(path.split('/'));
        }
        url
    }

    /// How long questions beside the chat may take.
    fn patience(&self) -> Duration {
        self.limits.idle.min(CONNECT)
    }

    /// Sends a question beside the chat and waits for the head of a good answer.
    async fn beside(&self, request: RequestBuilder) -> Result<Response, ModelError> {
        let request = self.dressed(request);
        let wait = self.patience();
        let response = timeout(wait, request.send())
            .await
            .map_err(|_| ModelError::Timeout { waited: wait })?
            .map_err(|error| transport(error, wait))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    /// The body of a good answer.
    pub(super) fn bytes(&self, response: Response) -> ByteStream {
        bounded(response, self.limits)
    }

    /// Why the server said no.
    async fn refusal(&self, response: Response) -> ModelError {
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse().ok())
            .map(Duration::from_secs);
        let body = self.text(response).await;
        classify(status, retry_after, &body)
    }

    /// The beginning of an answer that is not a stream, as text without the key. A fault in the middle ends it: the
    /// status has said what matters.
    pub(super) async fn text(&self, response: Response) -> String {
        let mut bytes = self.bytes(response);
        let mut body = Vec::new();
        while let Some(Ok(piece)) = bytes.next().await {
            body.extend_from_slice(&piece);
            if body.len() >= REFUSAL_BYTES {
                body.truncate(REFUSAL_BYTES);
                break;
            }
        }
        self.key.hide(&String::from_utf8_lossy(&body))
    }
}

/// All of a body, of `most` bytes.
async fn whole(response: Response, most: usize, idle: Duration) -> Result<Vec<u8>, ModelError> {
    let limits = Limits {
        idle,
        answer: most,
        line: most,
    };
    let mut bytes = bounded(response, limits);
    let mut answer = Vec::new();
    while let Some(piece) = bytes.next().await {
        answer.extend_from_slice(&piece?);
    }
    Ok(answer)
}

/// The body's bytes, ended by an error when they stop coming, grow too many, or hold too long a line.
fn bounded(response: Response, limits: Limits) -> ByteStream {
    struct State {
        source: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
        answer: usize,
        line: usize,
    }
    let state = State {
        source: Box::pin(response.bytes_stream()),
        answer: 0,
        line: 0,
    };
    Box::pin(stream::try_unfold(state, move |mut state| async move {
        let next = timeout(limits.idle, state.source.next())
            .await
            .map_err(|_| ModelError::Timeout { waited: limits.idle })?;
        let Some(piece) = next else { return Ok(None) };
        let piece = piece.map_err(|error| transport(error, limits.idle))?;
        state.answer += piece.len();
        if state.answer > limits.answer {
            return Err(ModelError::TooLarge {
                detail: format!("an answer of more than {} bytes", limits.answer),
            });
        }
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            state.line += part.len();
            if state.line > limits.line {
                return Err(ModelError::TooLarge {
                    detail: format!("a line of more than {} bytes", limits.line),
                });
            }
            if part.ends_with(b"\n") {
                state.line = 0;
            }
        }
        Ok(Some((piece, state)))
    }))
}

/// What went wrong on the way, without the address.
fn transport(error: reqwest::Error, idle: Duration) -> ModelError {
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        detail = format!("{detail}: {cause}");
        source = cause.source();
    }
    let detail = clip(&detail);
    if error.is_connect() {
        ModelError::Unreachable { detail }
    } else if error.is_timeout() {
        ModelError::Timeout { waited: idle }
    } else {
        ModelError::EndedEarly { detail }
    }
}
