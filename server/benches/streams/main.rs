//! What an answer costs on its way from the model's server to the reader: the time it adds to the first word, and the memory of
//! five hundred answers at once. On `SQLite` and, where `TEST_POSTGRES_URL` names a server, on `PostgreSQL`. Ends with 1 when a
//! bound is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has failed, and it prints"
)]

#[path = "../common/mod.rs"]
mod common;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::routing::post;
use common::{Instance, line, percentile, urls, verdict};
use entity::messages::{self, MessageStatus};
use futures::StreamExt;
use reqwest::{Client, RequestBuilder};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

const ROUNDS: usize = 200;
const ADDED: Duration = Duration::from_millis(3);
const STREAMS: usize = 500;
/// Words of an answer, and how often one comes.
const WORDS: usize = 100;
const PACE: Duration = Duration::from_millis(20);
const MEMORY_MB: f64 = 150.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let model = model().await;
        let mut held = true;
        for url in urls() {
            let place = Instance::make(url.as_deref(), None).await;
            let program = Program::serve(&place, model).await;
            let token = token(program.address).await;
            held &= first_word(&place, (program.address, &token), model).await;
            held &= many(&place, &program, &token).await;
            drop(program);
            place.remove().await;
        }
        held
    });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The binary, serving; it ends when this is dropped.
struct Program {
    address: SocketAddr,
    process: Child,
    _folder: TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    /// On the database of an instance, with the model as its only one.
    async fn serve(place: &Instance, model: SocketAddr) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = &place.core.config.database.url;
        let configuration = format!(
            "server.address = '{address}'\ndatabase.url = '{url}'\nchat.default_model = 'paced'\nchat.summaries = false\n\
             [[models]]\nid = 'paced'\nprovider = 'openai'\nbase_url = 'http://{model}/v1'\ncontext_window = 8192\n"
        );
        std::fs::write(folder.path().join("latchkey.toml"), configuration).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_latchkey"))
            .arg("serve")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self {
            address,
            process,
            _folder: folder,
        }
    }

    /// The memory it has now, and the most it has had, in MB.
    fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let mb = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
        };
        (mb("VmRSS:"), mb("VmHWM:"))
    }
}

/// A model's server whose first word comes at once, and the others at an even pace.
#[expect(
    clippy::disallowed_methods,
    reason = "a server of its own, whose routes are not the API's"
)]
async fn model() -> SocketAddr {
    let routes = axum::Router::new().route("/v1/chat/completions", post(async || paced()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

fn paced() -> Response<Body> {
    let word = |at: usize| {
        let delta = json!({ "content": format!("word{at} ") });
        let end = (at + 1 == WORDS).then_some("stop");
        let chunk = json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta, "finish_reason": end }] });
        let mark = if end.is_some() { "data: [DONE]\n\n" } else { "" };
        Bytes::from(format!("data: {chunk}\n\n{mark}"))
    };
    let words = futures::stream::unfold(0, move |at| async move {
        if at == WORDS {
            return None;
        }
        if at > 0 {
            tokio::time::sleep(PACE).await;
        }
        Some((Ok::<_, Infallible>(word(at)), at + 1))
    });
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::from_stream(words))
        .unwrap()
}

/// What the user of an instance shows.
async fn token(address: SocketAddr) -> String {
    let who = json!({ "email": "bench@example.com", "password": "correct horse" });
    let login = Client::new()
        .post(format!("http://{address}/api/auth/login"))
        .json(&who);
    let answer: Value = login.send().await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Until the first piece that has this in it; the rest is not read.
async fn until(request: RequestBuilder, mark: &str) -> Duration {
    let begun = Instant::now();
    let mut body = request.send().await.unwrap().bytes_stream();
    let mut text = String::new();
    while let Some(piece) = body.next().await {
        text.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        if text.contains(mark) {
            return begun.elapsed();
        }
    }
    panic!("no {mark} in {text}");
}

async fn first_word(place: &Instance, at: (SocketAddr, &str), model: SocketAddr) -> bool {
    let client = Client::new();
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let request = client
            .post(format!("http://{model}/v1/chat/completions"))
            .json(&json!({}));
        direct.push(until(request, "word0").await);
        through.push(until(ask(&client, at), "word0").await);
    }
    let added = percentile(&mut through, 50).saturating_sub(percentile(&mut direct, 50));
    let held = added <= ADDED;
    println!(
        "{} {}: first word {}, directly from the model {}: {:.2} ms added (p50 at most {} ms)",
        verdict(held),
        place.name,
        line(&mut through),
        line(&mut direct),
        added.as_secs_f64() * 1e3,
        ADDED.as_millis()
    );
    held
}

fn ask(client: &Client, (address, token): (SocketAddr, &str)) -> RequestBuilder {
    client
        .post(format!("http://{address}/api/chat"))
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .json(&json!({ "content": "Say a hundred words." }))
}

async fn many(place: &Instance, program: &Program, token: &str) -> bool {
    let (before, _) = program.memory();
    let begun = Instant::now();
    let client = Client::new();
    let last = format!("word{} ", WORDS - 1);
    let readers: Vec<_> = (0..STREAMS)
        .map(|_| {
            let request = ask(&client, (program.address, token));
            let last = last.clone();
            tokio::spawn(async move {
                let body = request.send().await.unwrap().text().await.unwrap();
                body.contains(&last) && body.contains("event: done")
            })
        })
        .collect();
    let mut whole = 0;
    for reader in readers {
        whole += usize::from(reader.await.unwrap());
    }
    let took = begun.elapsed();
    // What they have seen is written.
    let kept = messages::Entity::find()
        .filter(messages::Column::UserId.eq(&place.who.user_id))
        .filter(messages::Column::Status.eq(MessageStatus::Complete))
        .filter(messages::Column::Content.ends_with(&last))
        .count(place.core.db.read())
        .await
        .unwrap();
    let more = program.memory().1 - before;
    let held = whole == STREAMS && kept >= STREAMS as u64 && more <= MEMORY_MB;
    println!(
        "{} {}: {whole} of {STREAMS} answers at once are whole after {:.1} s ({:.1} s of them the model's), with {more:.0} MB more \
         (at most {MEMORY_MB} MB)",
        verdict(held),
        place.name,
        took.as_secs_f64(),
        (PACE * u32::try_from(WORDS - 1).unwrap()).as_secs_f64(),
    );
    held
}
