use serde_json::{Value, json};

use super::stand_in::Server;
use super::*;
use crate::config::Provider::Anthropic;

const SSE: &str = "text/event-stream; charset=utf-8";

fn event(data: &Value) -> Vec<u8> {
    let name = data["type"].as_str().unwrap();
    format!("event: {name}\ndata: {data}\n\n").into_bytes()
}

fn delta(delta: &Value) -> Value {
    json!({ "type": "content_block_delta", "index": 0, "delta": delta })
}

fn end(reason: &str) -> Value {
    json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null }, "usage": { "output_tokens": 9 } })
}

/// What the server sends, in short.
fn transcript() -> Vec<Value> {
    vec![
        json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant", "content": [],
            "usage": { "input_tokens": 20, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
        json!({ "type": "ping" }),
        delta(&json!({ "type": "thinking_delta", "thinking": "hm" })),
        delta(&json!({ "type": "signature_delta", "signature": "abc" })),
        json!({ "type": "content_block_stop", "index": 0 }),
        delta(&json!({ "type": "text_delta", "text": "Schöne " })),
        delta(&json!({ "type": "text_delta", "text": "Grüße 🎉" })),
        json!({ "type": "something_new" }),
        end("end_turn"),
        json!({ "type": "message_stop" }),
    ]
}

async fn answer(events: &[Value]) -> Heard {
    let bytes: Vec<u8> = events.iter().flat_map(event).collect();
    let server = Server::streaming(SSE, bytes.into_iter().map(|byte| vec![byte]).collect()).await;
    ask(&model(Anthropic, &server.url)).await
}

#[tokio::test]
async fn an_answer_arrives_with_thoughts_and_usage_apart() {
    let heard = answer(&transcript()).await;
    assert_eq!(
        (heard.text.as_str(), heard.reasoning.as_str(), heard.pieces),
        ("Schöne Grüße 🎉", "hm", 2)
    );
    assert_eq!(
        heard.end,
        Some((StopReason::Stop, Some(TokenUsage { input: 25, output: 9 })))
    );
}

#[tokio::test]
async fn the_end_has_its_reason() {
    for (reason, stop) in [
        ("max_tokens", StopReason::Length),
        ("stop_sequence", StopReason::Stop),
        ("end_turn", StopReason::Stop),
    ] {
        // The last event is missing: after the reason everything is said.
        let heard = answer(&[delta(&json!({ "type": "text_delta", "text": "a" })), end(reason)]).await;
        assert_eq!((heard.text.as_str(), heard.end), ("a", Some((stop, None))));
    }
    let heard = answer(&[delta(&json!({ "type": "text_delta", "text": "a" })), end("refusal")]).await;
    assert_eq!(heard.text, "a");
    assert!(matches!(heard.error, Some(ModelError::Blocked { .. })), "{heard:?}");
    let heard = answer(&transcript()[..7]).await;
    assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })), "{heard:?}");
}

#[tokio::test]
async fn an_error_in_the_middle_keeps_what_came() {
    let error =
        |kind: &str| json!({ "type": "error", "error": { "type": kind, "message": format!("raw words {KEY}") } });
    let half = delta(&json!({ "type": "text_delta", "text": "half" }));
    let heard = answer(&[half.clone(), error("overloaded_error")]).await;
    assert_eq!(heard.text, "half");
    assert!(
        matches!(heard.error, Some(ModelError::Failed { status: Some(529), .. })),
        "{heard:?}"
    );
    let heard = answer(&[half, error("rate_limit_error")]).await;
    assert!(matches!(heard.error, Some(ModelError::RateLimited { .. })), "{heard:?}");
}

#[tokio::test]
async fn the_request_is_what_the_protocol_says() {
    let bytes = transcript().iter().flat_map(event).collect();
    let server = Server::streaming(SSE, vec![bytes]).await;
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let prompt = ChatPrompt {
        messages: vec![
            message(MessageRole::System, "Be kind."),
            message(MessageRole::User, "One?"),
            message(MessageRole::User, "Two?"),
        ],
        max_output_tokens: Some(77),
        sampling: Sampling {
            temperature: Some(1.5),
            top_p: Some(0.5),
            stop: vec!["END".to_owned()],
        },
    };
    hear(model(Anthropic, &server.url).stream(prompt).await.unwrap()).await;
    let seen = server.seen();
    assert_eq!(seen.path, "/v1/messages");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        seen.body,
        json!({
            "model": "upstream",
            "max_tokens": 77,
            "system": "Be kind.",
            "messages": [{ "role": "user", "content": "One?\n\nTwo?" }],
            "stream": true,
            "temperature": 1.0,
            "stop_sequences": ["END"],
        })
    );
}

#[tokio::test]
async fn its_window_is_read_where_it_is_said() {
    for (said, window) in [
        (
            json!({ "id": "upstream", "type": "model", "max_input_tokens": 200_000 }),
            Some(200_000),
        ),
        (json!({ "id": "upstream", "type": "model" }), None),
    ] {
        let server = Server::start(move || axum::http::Response::new(said.to_string().into())).await;
        let model = model(Anthropic, &server.url);
        model.ask_window().await.unwrap();
        assert_eq!(model.window(), window);
        let seen = server.seen();
        assert_eq!(seen.path, "/v1/models/upstream");
        assert_eq!(seen.headers["x-api-key"], KEY);
    }
}
