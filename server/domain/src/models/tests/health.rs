//! What is remembered of how a model's server does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::Response;

use super::super::Health;
use super::stand_in::Server;
use super::*;
use crate::config::Provider::{Ollama, Openai};

const WHOLE: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
const LONG: &str = r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#;

/// A server that gives these answers one after the other.
async fn answering(answers: &'static [(u16, &str)]) -> Server {
    let next = Arc::new(AtomicUsize::new(0));
    Server::start(move || {
        let (status, body) = answers[next.fetch_add(1, Ordering::Relaxed)];
        Response::builder().status(status).body(Body::from(body)).unwrap()
    })
    .await
}

fn is_failing(model: &Arc<dyn ChatModel>) -> bool {
    match model.health() {
        Health::Failing { problem } => {
            assert!(problem.ends_with('.') && !problem.contains("raw"), "{problem}");
            true
        }
        Health::Ok => false,
        Health::Unknown => panic!("it has been heard of"),
    }
}

#[tokio::test]
async fn answers_say_how_a_server_does() {
    let server = answering(&[
        (200, WHOLE),
        (500, "raw"),
        (200, WHOLE),
        (400, LONG),
        (200, HALF),
        (400, LONG),
        (200, WHOLE),
        (401, "raw"),
    ])
    .await;
    let model = model(Openai, &server.url);
    assert_eq!(model.health(), Health::Unknown);
    // What is wrong with a prompt says nothing of the server.
    for failing in [false, true, false, false, true, true, false, true] {
        ask(&model).await;
        assert_eq!(is_failing(&model), failing, "{}", server.times_asked());
    }
}

#[tokio::test]
async fn asking_in_the_background_says_it_too() {
    let server = answering(&[(401, "raw"), (200, "{\"data\":[]}"), (503, "raw"), (404, "raw")]).await;
    let openai = model(Openai, &server.url);
    for failing in [true, false, true, true] {
        let _ = openai.look_after().await;
        assert_eq!(is_failing(&openai), failing, "{}", server.times_asked());
    }
    // A server without a list of models may do well; an Ollama that does not know the model doesn't.
    let server = Server::refusing(404, &[], "raw").await;
    let openai = model(Openai, &server.url);
    openai.look_after().await.unwrap_err();
    assert_eq!(openai.health(), Health::Unknown);
    let ollama = model(Ollama, &server.url);
    ollama.look_after().await.unwrap_err();
    assert!(is_failing(&ollama));
}

#[tokio::test]
async fn a_configured_window_is_not_asked_for_but_the_server_is_looked_at() {
    let server = Server::refusing(200, &[], "{}").await;
    let config = ModelConfig {
        context_window: Some(1_000),
        ..entry(Ollama, Some(&server.url))
    };
    let model = Catalogue::from_config(&[config], &chat()).unwrap().default_model();
    model.look_after().await.unwrap();
    assert_eq!(server.seen().path, "/api/tags");
    assert_eq!((model.health(), model.window()), (Health::Ok, Some(1_000)));
}
