//! What the tests stand on: an instance on either database behind a real socket, and clients for it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't be set up has failed"
)]

pub(crate) mod database;
pub(crate) mod embedding_server;
mod expect;
mod functions;
pub(crate) mod model_server;
mod model_wire;
pub(crate) mod program;
pub(crate) mod raw;
pub(crate) mod rows;
pub(crate) mod sse;
mod teams;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::Core;
use domain::access::Principal;
use domain::accounts::Client as Origin;
use domain::clock::Clock;
use domain::config::{Config, PlanConfig};
use entity::Timestamp;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(crate) use database::Kind;

/// Makes a test run on both databases: `both!(name, |kind| async { … })`.
#[macro_export]
macro_rules! both {
    ($name:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let test = $test;
                test($crate::support::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let test = $test;
                test($crate::support::Kind::Postgres).await;
            }
        }
    };
}

/// The moment at which the held clock of a test starts.
pub(crate) fn start_of_time() -> Timestamp {
    "2026-01-15T10:00:00.000Z".parse().unwrap()
}

/// A running instance.
pub(crate) struct TestApp {
    pub(crate) core: Arc<Core>,
    pub(crate) clock: Clock,
    pub(crate) address: SocketAddr,
    http: Client,
    end: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
    pub(crate) database: database::Database,
}

/// Somebody with an account.
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) cookie: String,
}

/// An API key as its owner got it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The sentence of an error.
    pub(crate) fn error(&self) -> String {
        self.json()["error"]
            .as_str()
            .unwrap_or_else(|| panic!("no error in {}", self.text))
            .to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A configuration with everything open: keys on all endpoints, plans free and pro, no rate limits, quick hashes.
pub(crate) fn open_config() -> Config {
    let mut config = Config::default();
    config.api.enabled = true;
    config.api.allowed_endpoints = vec!["/api/**".to_owned()];
    // Below what the configuration file accepts: the tests make many accounts, and what they test is not bcrypt.
    config.api.hash_cost = 4;
    config.program = Some(env!("CARGO_BIN_EXE_latchkey").into());
    config.limits.key_requests_per_minute = 0;
    config.limits.login_attempts_per_minute = 0;
    config.plans = ["free", "pro"]
        .map(|id| PlanConfig {
            id: id.to_owned(),
            name: id.to_owned(),
            monthly_messages: None,
        })
        .to_vec();
    config
}

impl TestApp {
    /// With [`open_config`] and a held clock.
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::with(kind, |_| {}).await
    }

    /// With changes to [`open_config`].
    pub(crate) async fn with(kind: Kind, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(database::Database::make(kind).await, change).await
    }

    /// On a database that is there already: a second process beside the first.
    pub(crate) async fn on(database: database::Database, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = open_config();
        config.database.url.clone_from(&database.url);
        change(&mut config);
        let clock = Clock::held_at(start_of_time());
        let core = Core::start(config, clock.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = server::router(server::AppState::new(Arc::clone(&core)));
        let (end, ended) = oneshot::channel::<()>();
        let served = tokio::spawn({
            let core = Arc::clone(&core);
            async move {
                let end = async {
                    let _ = ended.await;
                };
                server::http::run(listener, router, end, &core).await;
            }
        });
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            core,
            clock,
            address,
            http,
            end: Some(end),
            served: Some(served),
            database,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without a credential.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// A request with a bearer, token or key.
    pub(crate) async fn call(&self, method: &str, path: &str, bearer: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method.parse().unwrap(), path);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        send(request).await
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.call("GET", path, bearer, None).await
    }

    pub(crate) async fn post(&self, path: &str, bearer: &str, body: Value) -> Answer {
        self.call("POST", path, bearer, Some(body)).await
    }

    /// Makes an account; the first one of an instance is an administrator's.
    pub(crate) async fn user(&self, name: &str) -> User {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": "correct horse", "name": name });
        let answer = self.post("/api/auth/register", "", body).await.expect(201);
        let cookie = answer.headers["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let json = answer.json();
        User {
            id: json["user"]["id"].as_str().unwrap().to_owned(),
            email,
            token: json["token"].as_str().unwrap().to_owned(),
            cookie,
        }
    }

    /// Makes a key as its owner does.
    pub(crate) async fn key(&self, owner: &User, body: Value) -> Key {
        let json = self.post("/api/api-keys", &owner.token, body).await.expect(201).json();
        Key {
            id: json["key"]["id"].as_str().unwrap().to_owned(),
            secret: json["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// The user as the domain sees them, for what has no route yet.
    pub(crate) async fn principal(&self, user: &User) -> Principal {
        let token = domain::accounts::sessions::Credential::Token(&user.token);
        domain::accounts::authenticate(&self.core, token).await.unwrap()
    }

    /// This process, as the audit log is told of it.
    pub(crate) fn origin(&self) -> Origin {
        Origin::local(self.clock.now())
    }

    /// Ends the server in an orderly way and waits until it is over.
    pub(crate) async fn shut_down(&mut self) {
        drop(self.end.take());
        if let Some(served) = self.served.take() {
            served.await.unwrap();
        }
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

/// Waits until something holds, and fails when it doesn't within ten seconds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}
