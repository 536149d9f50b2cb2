use super::stand_in::Server;
use super::*;
use crate::config::EmbeddingsConfig;
use crate::models::Embedder;

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn embedder(provider: Provider, base_url: &str) -> Embedder {
    let config = EmbeddingsConfig {
        provider,
        base_url: Some(base_url.to_owned()),
        model: "upstream".to_owned(),
        api_key_env: Some("UPSTREAM_KEY".to_owned()),
        query_prefix: "query: ".to_owned(),
        document_prefix: "passage: ".to_owned(),
    };
    Embedder::with_environment(&config, &chat(), environment).unwrap()
}

fn texts() -> Vec<String> {
    (0..6).map(|at| format!("Text {at}")).collect()
}

#[tokio::test]
async fn vectors_are_those_of_their_texts_in_whatever_order_they_come() {
    // Gemini's server leaves out the index that is zero.
    let body = r#"{"object":"list","data":[
        {"object":"embedding","index":5,"embedding":[0.0,6.0]},{"object":"embedding","index":3,"embedding":[0.0,4.0]},
        {"object":"embedding","index":4,"embedding":[0.0,5.0]},{"object":"embedding","index":1,"embedding":[0.0,2.0]},
        {"object":"embedding","embedding":[1.0,0.0]},{"object":"embedding","index":2,"embedding":[0.0,3.0]}],
        "model":"upstream","usage":{"prompt_tokens":1,"total_tokens":1}}"#;
    let server = Server::refusing(200, JSON, body).await;
    let embedder = embedder(Provider::Openai, &server.url);
    assert!(embedder.space().is_none() && embedder.question("Why?").await.is_none());
    assert!(embedder.passages(&texts()).await.is_err(), "it is not measured");
    embedder.measure().await.unwrap();
    assert_eq!(embedder.space(), Some("upstream 2 passage:"));
    let vectors = embedder.passages(&texts()).await.unwrap();
    assert_eq!(vectors[0], [1.0, 0.0]);
    assert_eq!(vectors[5], [0.0, 6.0]);
    // Of the 36 pairs 26 are the same way, so that is how near two texts are that have nothing to do with each other.
    assert!(embedder.score(26.0 / 36.0) < 1e-9);
    assert!((embedder.score(1.0) - 1.0).abs() < 1e-9 && (embedder.score(31.0 / 36.0) - 0.5).abs() < 1e-6);
    assert!(embedder.score(-1.0) < 1e-9);
}

#[tokio::test]
async fn the_request_is_what_the_protocols_say() {
    for (provider, path, body) in [
        (Provider::Openai, "/embeddings", r#"{"data":[]}"#),
        (Provider::Ollama, "/api/embed", r#"{"embeddings":[]}"#),
    ] {
        let server = Server::refusing(200, JSON, body).await;
        let error = embedder(provider, &server.url).measure().await.unwrap_err();
        assert!(matches!(error, ModelError::Malformed { .. }), "{error}");
        let seen = server.seen();
        assert_eq!(seen.path, path);
        assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(seen.body["model"], "upstream");
        let input = seen.body["input"].as_array().unwrap();
        assert!(input.len() == 6 && input.iter().all(|text| text.as_str().unwrap().starts_with("query: ")));
    }
}

#[tokio::test]
async fn a_refusal_does_not_tell_the_key() {
    let body = r#"{"error":{"message":"Incorrect API key: sk-upstream-0123456789","type":"invalid_request_error"}}"#;
    let server = Server::refusing(401, JSON, body).await;
    let error = embedder(Provider::Openai, &server.url).measure().await.unwrap_err();
    assert!(matches!(error, ModelError::Unauthorized { .. }));
    assert!(!error.to_string().contains(KEY), "{error}");
}
