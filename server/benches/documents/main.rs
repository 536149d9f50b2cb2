//! What a question costs in a project that has as many documents as one can have, by words and by meaning. On `SQLite` and, where
//! `TEST_POSTGRES_URL` names a server, on `PostgreSQL`. Ends with 1 when a bound is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has failed, and it prints"
)]

#[path = "../common/mod.rs"]
mod common;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::Json;
use axum::routing::post;
use common::{Instance, line, percentile, urls, verdict};
use domain::accounts::Client;
use domain::config::{Config, EmbeddingsConfig, Provider};
use domain::{documents, projects};
use entity::documents::{Column, Entity};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Passages of the project.
const PASSAGES: usize = 48_000;
/// Paragraphs of a document.
const PARAGRAPHS: usize = 500;
const WORDS: usize = 20_000;
const DIMENSIONS: usize = 768;
const ROUNDS: usize = 200;
const BOUND: Duration = Duration::from_millis(150);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let server = embeddings().await;
        let mut held = true;
        for url in urls() {
            let place = Instance::make(url.as_deref(), Some(&|config| configure(config, server))).await;
            held &= measure(&place).await;
            place.core.shut_down().await;
            place.remove().await;
        }
        held
    });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn configure(config: &mut Config, server: SocketAddr) {
    config.embeddings = Some(EmbeddingsConfig {
        provider: Provider::Ollama,
        base_url: Some(format!("http://{server}")),
        model: "bench".to_owned(),
        api_key_env: None,
        query_prefix: String::new(),
        document_prefix: String::new(),
    });
}

/// An embedding model's server that takes no time to think.
#[expect(
    clippy::disallowed_methods,
    reason = "a server of its own, whose routes are not the API's"
)]
async fn embeddings() -> SocketAddr {
    let vector = |text: &Value| {
        let text = text.as_str().unwrap();
        let seed = text
            .bytes()
            .fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        let mut random = StdRng::seed_from_u64(seed);
        (0..DIMENSIONS)
            .map(|_| random.random_range(-1.0..1.0))
            .collect::<Vec<f32>>()
    };
    let answer = move |Json(body): Json<Value>| async move {
        let vectors: Vec<_> = body["input"].as_array().unwrap().iter().map(vector).collect();
        Json(json!({ "model": "bench", "embeddings": vectors }))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/api/embed", post(answer))).await });
    address
}

/// A text of words of which few are frequent and most are rare, as in languages.
fn words(random: &mut StdRng, count: usize) -> String {
    let word = |_| {
        let share: f64 = random.random();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "below the number of words"
        )]
        let number = (share.powi(4) * WORDS as f64) as usize;
        format!("word{number}")
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

async fn measure(place: &Instance) -> bool {
    let project = seed(place).await;
    let mut random = StdRng::seed_from_u64(11);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let question = words(&mut random, 8);
        let begun = Instant::now();
        documents::found(&place.core, &place.who, &project, &question)
            .await
            .unwrap();
        times.push(begun.elapsed());
    }
    let held = percentile(&mut times, 95) <= BOUND;
    println!(
        "{} a question in a project of {PASSAGES} passages, with vectors of {DIMENSIONS} numbers, on {}: {} (p95 at most {} ms)",
        verdict(held),
        place.name,
        line(&mut times),
        BOUND.as_millis()
    );
    held
}

/// A project that is full of documents, all of which have vectors.
async fn seed(place: &Instance) -> String {
    let client = Client::local(place.core.clock.now());
    let input = serde_json::from_value(json!({ "name": "Full" })).unwrap();
    let created = projects::create(&place.core, &place.who, input, None, &client);
    let project = created.await.unwrap().project.id;
    let mut random = StdRng::seed_from_u64(5);
    let mut passages = 0;
    let begun = Instant::now();
    while passages < PASSAGES {
        let paragraphs: Vec<String> = (0..PARAGRAPHS).map(|_| words(&mut random, 100)).collect();
        let file = documents::File {
            name: "full.txt".to_owned(),
            media_type: None,
            bytes: paragraphs.join("\n\n").into_bytes(),
        };
        let added = documents::add(&place.core, &place.who, &project, None, file, &client)
            .await
            .unwrap();
        passages += usize::try_from(added.document.passage_count).unwrap();
    }
    let written = begun.elapsed();
    let embedding = Instant::now();
    loop {
        let left = Entity::find().filter(Column::EmbeddingModel.eq(""));
        if left.count(place.core.db.read()).await.unwrap() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "       {passages} passages written and indexed on {} in {:.0} s, and their vectors {:.0} s after that",
        place.name,
        written.as_secs_f64(),
        embedding.elapsed().as_secs_f64()
    );
    project
}
