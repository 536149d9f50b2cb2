//! Instances to measure: inside this process, and the binary in one of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use domain::Core;
use domain::access::Principal;
use domain::accounts::{self, Client};
use domain::clock::Clock;
use domain::config::Config;
use sea_orm::ConnectionTrait;
use server::AppState;
use tokio::net::TcpListener;
use types::accounts::RegisterRequest;
use types::api_keys::CreateApiKeyRequest;

use crate::load::Connection;

/// A folder that is removed with the value.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Self {
        let path = std::env::temp_dir().join(format!("latchkey-bench-{}", domain::clock::new_id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An instance with a user, their key, and other keys in the table.
pub(crate) struct Place {
    state: AppState,
    pub(crate) secret: String,
    folder: Folder,
}

fn list_request(bearer: Option<&str>) -> Vec<u8> {
    let authorization = bearer.map_or_else(String::new, |secret| format!("authorization: Bearer {secret}\r\n"));
    format!("GET /api/threads?limit=1 HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n").into_bytes()
}

impl Place {
    pub(crate) async fn make(keys: usize) -> Self {
        let folder = Folder::make();
        let mut config = Config::default();
        config.database.url = format!("sqlite://{}/latchkey.db", folder.0.display());
        config.api.enabled = true;
        config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
        config.limits.key_requests_per_minute = 0;
        let core = Core::start(config.validated().unwrap(), Clock::system()).await.unwrap();
        let (who, secret) = user_with_key(&core).await;
        fill(&core, &who.user_id, keys).await;
        Self {
            state: AppState::new(core),
            secret,
            folder,
        }
    }

    pub(crate) fn state(&self) -> AppState {
        self.state.clone()
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.state.core
    }

    /// The list of threads. The twin gets the same bytes: what it has to read should be no less.
    pub(crate) fn list_request(&self, keyed: bool) -> Vec<u8> {
        let request = list_request(Some(&self.secret));
        if keyed {
            return request;
        }
        String::from_utf8(request)
            .unwrap()
            .replace("authorization", "x-unread-field")
            .into_bytes()
    }
}

async fn user_with_key(core: &Core) -> (Principal, String) {
    let client = Client::local(core.clock.now());
    let input = RegisterRequest {
        email: "bench@example.com".to_owned(),
        password: "correct horse".to_owned(),
        name: None,
    };
    let session = accounts::register(core, input, &client).await.unwrap();
    let token = accounts::sessions::Credential::Token(&session.signed_in.token);
    let who = accounts::authenticate(core, token).await.unwrap();
    let input = CreateApiKeyRequest {
        name: "bench".to_owned(),
        team_id: None,
        expires_at: None,
    };
    let key = domain::api_keys::create(core, &who, input, None, &client)
        .await
        .unwrap();
    (who, key.secret)
}

/// Rows like real ones, but nobody knows their secrets.
async fn fill(core: &Core, user_id: &str, keys: usize) {
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {keys})
         INSERT INTO api_keys (id, user_id, name, key_prefix, key_hash, key_tag, created_at)
         SELECT 'bench-' || i, '{user_id}', 'key ' || i, 'sk-' || lower(hex(randomblob(3))),
                '$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232', abs(random()) % 4294967296,
                '2026-01-01T00:00:00.000Z' FROM n"
    );
    core.db.write().execute_unprepared(&statement).await.unwrap();
}

/// A router that is being served on a real socket.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(server::http::serve(listener, router, std::future::pending(), async {}));
        Self { address, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The binary, serving.
pub(crate) struct Binary {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) secret: String,
    pub(crate) started_in: Duration,
    _folder: Folder,
}

impl Binary {
    /// Starts it on a database that is there already, as after an update of the binary.
    pub(crate) async fn start() -> Self {
        let folder = Folder::make();
        let place = Place::make(10).await;
        let secret = place.secret.clone();
        place.state.core.shut_down().await;
        std::fs::copy(place.folder.0.join("latchkey.db"), folder.0.join("latchkey.db")).unwrap();
        let config = folder.0.join("latchkey.toml");
        std::fs::write(
            &config,
            format!(
                "[server]\naddress = '127.0.0.1:0'\n[database]\nurl = 'sqlite://{}/latchkey.db'\n[api]\nenabled = true\n\
                 allowed_endpoints = ['/api/threads']\n[limits]\nkey_requests_per_minute = 0\n",
                folder.0.display()
            ),
        )
        .unwrap();
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_latchkey"))
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit_once("//").unwrap().1.parse().unwrap();
        let health = b"GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
        assert_eq!(Connection::open(address).await.ask(health).await, 200);
        let started_in = started.elapsed();
        Self {
            child,
            address,
            secret,
            started_in,
            _folder: folder,
        }
    }

    pub(crate) fn list_request(&self) -> Vec<u8> {
        list_request(Some(&self.secret))
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }

    /// Wrong keys whose visible part is that of a real one, each another, at an even pace.
    pub(crate) async fn wrong_keys(&self, a_second: u32, span: Duration) {
        const LANES: u32 = 4;
        let until = Instant::now() + span;
        let lanes: Vec<_> = (0..LANES)
            .map(|_| {
                let (address, visible) = (self.address, self.secret[..9].to_owned());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await;
                    let mut pace = tokio::time::interval(Duration::from_secs(1) * LANES / a_second);
                    while Instant::now() < until {
                        pace.tick().await;
                        let unique = format!("{}{}", domain::clock::new_id(), domain::clock::new_id());
                        let digits: String = unique.chars().filter(char::is_ascii_hexdigit).rev().take(42).collect();
                        let status = connection.ask(&list_request(Some(&format!("{visible}{digits}")))).await;
                        assert_eq!(status, 401);
                    }
                })
            })
            .collect();
        for lane in lanes {
            lane.await.unwrap();
        }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
