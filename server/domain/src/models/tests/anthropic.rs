use serde_json::{Value, json};

use super::stand_in::{Server, broken};
use super::*;
use crate::config::Provider::Anthropic;

const SSE: &str = "text/event-stream; charset=utf-8";

fn event(data: &Value) -> Vec<u8> {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap()).into_bytes()
}

/// An answer as it is documented: beginnings and ends of blocks, pings, thoughts before the text.
fn transcript(stop_reason: &str) -> Vec<Vec<u8>> {
    let delta = |index: u32, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    [
        json!({ "type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "upstream",
            "stop_reason": null, "usage": { "input_tokens": 20, "cache_read_input_tokens": 5, "output_tokens": 1 },
        } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
        json!({ "type": "ping" }),
        delta(0, json!({ "type": "thinking_delta", "thinking": "Hm, " })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "well." })),
        delta(0, json!({ "type": "signature_delta", "signature": "EqQB" })),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "text", "text": "" } }),
        delta(1, json!({ "type": "text_delta", "text": "Schöne " })),
        delta(1, json!({ "type": "text_delta", "text": "Grüße 🎉" })),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason, "stop_sequence": null }, "usage": { "output_tokens": 12 } }),
        json!({ "type": "message_stop" }),
    ]
    .iter()
    .map(event)
    .collect()
}

async fn answer(pieces: Vec<Vec<u8>>) -> Heard {
    let server = Server::streaming(SSE, pieces).await;
    ask(&model(Anthropic, &server.url)).await
}

#[tokio::test]
async fn an_answer_arrives_however_it_is_cut() {
    let whole = transcript("end_turn").concat();
    let bytewise = whole.iter().map(|byte| vec![*byte]).collect();
    for pieces in [transcript("end_turn"), vec![whole], bytewise] {
        let heard = answer(pieces).await;
        assert_eq!(
            (heard.reasoning.as_str(), heard.text.as_str()),
            ("Hm, well.", "Schöne Grüße 🎉")
        );
        let usage = Some(TokenUsage { input: 25, output: 12 });
        assert_eq!(heard.end, Some((StopReason::Stop, usage)));
    }
    for reason in ["max_tokens", "model_context_window_exceeded"] {
        assert_eq!(answer(transcript(reason)).await.end.unwrap().0, StopReason::Length);
    }
}

#[tokio::test]
async fn the_request_is_what_the_protocol_says() {
    let server = Server::streaming(SSE, transcript("end_turn")).await;
    let model = model(Anthropic, &format!("{}/", server.url));
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let asked = ChatPrompt {
        messages: vec![
            message(MessageRole::System, "Be kind."),
            message(MessageRole::User, "Why?"),
            message(MessageRole::User, "Because?"),
        ],
        max_output_tokens: Some(77),
        sampling: Sampling {
            temperature: Some(1.5),
            top_p: Some(0.25),
            stop: vec!["END".to_owned()],
        },
    };
    hear(model.stream(asked).await.unwrap()).await;
    let seen = server.seen();
    assert_eq!(seen.path, "/v1/messages");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        seen.body,
        json!({
            "model": "upstream", "system": "Be kind.", "stream": true, "max_tokens": 77,
            "messages": [{ "role": "user", "content": "Why?\n\nBecause?" }],
            "temperature": 1.0, "stop_sequences": ["END"],
        })
    );
}

#[tokio::test]
async fn the_ways_to_choose_words_are_not_sent_together() {
    let server = Server::streaming(SSE, transcript("end_turn")).await;
    let model = model(Anthropic, &server.url);
    let mut asked = prompt("Hi");
    asked.sampling = Sampling::default();
    asked.sampling.top_p = Some(0.25);
    hear(model.stream(asked).await.unwrap()).await;
    let body = server.seen().body;
    assert_eq!((&body["top_p"], &body["temperature"]), (&json!(0.25), &Value::Null));
}

#[tokio::test]
async fn its_refusals_are_understood() {
    type Is = fn(&ModelError) -> bool;
    let cases: &[(u16, &'static str, Is)] = &[
        (
            401,
            r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            |error| matches!(error, ModelError::Unauthorized { .. }),
        ),
        (
            404,
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: upstream"}}"#,
            |error| matches!(error, ModelError::NotFound { .. }),
        ),
        (
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#,
            |error| matches!(error, ModelError::RateLimited { .. }),
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            |error| matches!(error, ModelError::Failed { status: Some(529), .. }),
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
            |error| {
                matches!(
                    error,
                    ModelError::Overflow {
                        window: Some(200_000),
                        counted: Some(208_310),
                        ..
                    }
                )
            },
        ),
    ];
    for (status, body, is) in cases {
        let server = Server::refusing(*status, &[("content-type", "application/json")], body).await;
        let error = ask(&model(Anthropic, &server.url)).await.error.unwrap();
        assert!(is(&error), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn faults_in_the_middle_keep_what_came() {
    let begun = || transcript("end_turn")[..9].to_vec();
    let overloaded = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let heard = answer([begun(), vec![event(&overloaded)]].concat()).await;
    assert_eq!(heard.text, "Schöne ");
    assert!(matches!(
        heard.error,
        Some(ModelError::Failed { status: Some(529), .. })
    ));
    let heard = answer(begun()).await;
    assert_eq!(heard.text, "Schöne ");
    assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })));
    let heard = answer(transcript("refusal")).await;
    assert!(matches!(heard.error, Some(ModelError::Withheld { .. })));
    let heard = answer([begun(), vec![b"data: {broken\n\n".to_vec()]].concat()).await;
    assert!(matches!(heard.error, Some(ModelError::Malformed { .. })));
    let (url, closed) = broken(true, vec![stand_in::Act::Say(begun().concat()), stand_in::Act::Hang]).await;
    let heard = ask(&model(Anthropic, &url)).await;
    assert_eq!(heard.text, "Schöne ");
    assert!(matches!(heard.error, Some(ModelError::Timeout { .. })));
    closed.await.unwrap();
}

#[tokio::test]
async fn its_window_is_asked_for_and_large_meanwhile() {
    let server = Server::refusing(
        200,
        &[("content-type", "application/json")],
        r#"{"id":"upstream","max_input_tokens":1000000}"#,
    )
    .await;
    let model = model(Anthropic, &server.url);
    assert_eq!(model.window(), Some(200_000));
    model.ask_window().await.unwrap();
    assert_eq!(model.window(), Some(1_000_000));
    assert_eq!(server.seen().path, "/v1/models/upstream");
}
