//! What servers say of the windows of their models, and what becomes of it.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::stand_in::{Act, Server, broken};
use super::*;

async fn told(provider: Provider, answer: Value) -> Option<u32> {
    let server = Server::start(move || Response::new(Body::from(answer.to_string()))).await;
    let model = model(provider, &server.url);
    model.ask_window().await.unwrap();
    let seen = server.seen();
    let (path, body) = match provider {
        Provider::Ollama => ("/api/show", json!({ "model": "upstream" })),
        _ => ("/models", Value::Null),
    };
    assert_eq!((seen.path.as_str(), &seen.body), (path, &body));
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    model.window()
}

#[tokio::test]
async fn ollama_says_what_a_model_was_made_with_or_could_have() {
    let info = json!({ "general.architecture": "llama", "llama.context_length": 131_072, "other.context_length": 1 });
    let small = json!({ "general.architecture": "gemma", "gemma.context_length": 2_048 });
    for (answer, window) in [
        (
            json!({ "model_info": info, "parameters": "stop \"x\"\nnum_ctx      16384\n" }),
            Some(16_384),
        ),
        (
            json!({ "model_info": info, "parameters": "num_ctx_other 4\n" }),
            Some(8_192),
        ),
        (json!({ "model_info": small }), Some(2_048)),
        (json!({ "model_info": { "general.architecture": "llama" } }), None),
        (json!({}), None),
        (json!([]), None),
    ] {
        assert_eq!(told(Provider::Ollama, answer.clone()).await, window, "{answer}");
    }
}

#[tokio::test]
async fn lists_of_models_say_it_in_their_own_words() {
    let list = |more: Value| json!({ "object": "list", "data": [{ "id": "another", "max_model_len": 7 }, more] });
    for (more, window) in [
        (json!({ "id": "upstream", "max_model_len": 32_768 }), Some(32_768)),
        (json!({ "id": "upstream", "context_length": 200_000 }), Some(200_000)),
        (
            json!({ "id": "upstream", "meta": { "n_ctx": 512, "n_ctx_train": 4_096 } }),
            Some(512),
        ),
        (json!({ "id": "upstream", "max_model_len": "many" }), None),
        (json!({ "id": "upstream" }), None),
        (json!({ "id": "not-it", "max_model_len": 5 }), None),
    ] {
        assert_eq!(told(Provider::Openai, list(more.clone())).await, window, "{more}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_say_leaves_what_is_known() {
    for provider in [Provider::Ollama, Provider::Openai] {
        for (status, body) in [(404, "not here"), (500, "{}"), (200, "<html>")] {
            let server = Server::refusing(status, &[], body).await;
            let model = model(provider, &server.url);
            model.ask_window().await.unwrap_err();
            assert_eq!(model.window(), None);
        }
        let (url, _closed) = broken(true, vec![Act::Hang]).await;
        let model = model(provider, &url);
        assert!(model.ask_window().await.is_err(), "it does not wait for ever");
        assert_eq!(model.window(), None);
    }
}

#[tokio::test]
async fn what_is_configured_is_not_asked_for() {
    let server = Server::refusing(500, &[], "").await;
    for provider in [Provider::Ollama, Provider::Openai] {
        let config = ModelConfig {
            context_window: Some(1_000),
            ..entry(provider, Some(&server.url))
        };
        let model = Catalogue::from_config(&[config], &chat()).unwrap().default_model();
        model.ask_window().await.unwrap();
        assert_eq!(model.window(), Some(1_000));
    }
    assert_eq!(server.times_asked(), 0);
}

#[tokio::test]
async fn lm_studio_says_it_in_a_list_of_its_own() {
    for (more, window) in [
        (
            json!({ "loaded_context_length": 4_096, "max_context_length": 131_072 }),
            Some(4_096),
        ),
        (json!({ "max_context_length": 131_072 }), Some(131_072)),
        (json!({}), None),
    ] {
        let mut listed = more.clone();
        listed["id"] = "upstream".into();
        let list = json!({ "data": [listed] });
        let server = Server::start(move || Response::new(Body::from(list.to_string()))).await;
        let model = model(Provider::Openai, &format!("{}/v1", server.url));
        model.ask_window().await.unwrap();
        assert_eq!(model.window(), window, "{more}");
        assert_eq!(server.paths(), ["/v1/models", "/api/v0/models"]);
    }
}
