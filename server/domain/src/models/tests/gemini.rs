use serde_json::{Value, json};

use super::stand_in::Server;
use super::*;
use crate::config::Provider::Gemini;

const SSE: &str = "text/event-stream";

fn chunk(parts: &Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({ "content": { "role": "model", "parts": parts }, "index": 0 });
    if let Some(reason) = finish {
        candidate["finishReason"] = reason.into();
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": { "promptTokenCount": 12, "candidatesTokenCount": 3, "thoughtsTokenCount": 4, "totalTokenCount": 19 },
        "modelVersion": "gemini",
    })
}

async fn answer(chunks: &[Value]) -> Heard {
    let bytes: String = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect();
    let server = Server::streaming(SSE, bytes.into_bytes().into_iter().map(|byte| vec![byte]).collect()).await;
    ask(&model(Gemini, &server.url)).await
}

#[tokio::test]
async fn an_answer_arrives_with_thoughts_and_usage_apart() {
    let heard = answer(&[
        chunk(&json!([{ "text": "hm", "thought": true }, { "text": "Schöne " }]), None),
        chunk(&json!([{ "text": "Grüße 🎉" }]), Some("STOP")),
    ])
    .await;
    assert_eq!(
        (heard.text.as_str(), heard.reasoning.as_str(), heard.pieces),
        ("Schöne Grüße 🎉", "hm", 2)
    );
    assert_eq!(
        heard.end,
        Some((StopReason::Stop, Some(TokenUsage { input: 12, output: 7 })))
    );
}

#[tokio::test]
async fn the_end_has_its_reason() {
    let heard = answer(&[chunk(&json!([{ "text": "a" }]), Some("MAX_TOKENS"))]).await;
    assert!(matches!(heard.end, Some((StopReason::Length, Some(_)))), "{heard:?}");
    for reason in ["SAFETY", "RECITATION", "PROHIBITED_CONTENT"] {
        let heard = answer(&[chunk(&json!([{ "text": "half" }]), Some(reason))]).await;
        assert_eq!(heard.text, "half");
        let Some(error @ ModelError::Blocked { .. }) = &heard.error else {
            panic!("{heard:?}")
        };
        assert!(error.sentence().contains("safety rules"));
    }
    let heard = answer(&[json!({ "promptFeedback": { "blockReason": "SAFETY" } })]).await;
    assert!(matches!(heard.error, Some(ModelError::Blocked { .. })), "{heard:?}");
    let heard = answer(&[chunk(&json!([{ "text": "half" }]), Some("OTHER"))]).await;
    assert!(matches!(heard.error, Some(ModelError::Failed { .. })), "{heard:?}");
    let heard = answer(&[chunk(&json!([{ "text": "half" }]), None)]).await;
    assert_eq!(heard.text, "half");
    assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })), "{heard:?}");
}

#[tokio::test]
async fn errors_keep_their_meaning() {
    let error = json!({ "error": { "code": 503, "message": format!("raw words {KEY}"), "status": "UNAVAILABLE" } });
    let heard = answer(&[chunk(&json!([{ "text": "half" }]), None), error]).await;
    assert_eq!(heard.text, "half");
    assert!(
        matches!(heard.error, Some(ModelError::Failed { status: Some(503), .. })),
        "{heard:?}"
    );
    let refused = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
        "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#;
    let server = Server::refusing(400, &[], refused).await;
    let heard = ask(&model(Gemini, &server.url)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Unauthorized { .. })),
        "{heard:?}"
    );
}

#[tokio::test]
async fn the_request_is_what_the_protocol_says() {
    let end = chunk(&json!([{ "text": "a" }]), Some("STOP"));
    let server = Server::streaming(SSE, vec![format!("data: {end}\n\n").into_bytes()]).await;
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let prompt = ChatPrompt {
        messages: vec![
            message(MessageRole::System, "Be kind."),
            message(MessageRole::User, "One?"),
            message(MessageRole::Assistant, "One."),
            message(MessageRole::User, "Two?"),
        ],
        max_output_tokens: Some(77),
        sampling: Sampling {
            temperature: Some(0.5),
            top_p: Some(0.25),
            stop: ["1", "2", "3", "4", "5", "6"].map(str::to_owned).to_vec(),
        },
    };
    hear(model(Gemini, &server.url).stream(prompt).await.unwrap()).await;
    let seen = server.seen();
    assert_eq!(seen.path, "/v1beta/models/upstream:streamGenerateContent");
    assert_eq!(seen.query.as_deref(), Some("alt=sse"), "the key is not in the address");
    assert_eq!(seen.headers["x-goog-api-key"], KEY);
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        seen.body,
        json!({
            "contents": [
                { "role": "user", "parts": [{ "text": "One?" }] },
                { "role": "model", "parts": [{ "text": "One." }] },
                { "role": "user", "parts": [{ "text": "Two?" }] },
            ],
            "systemInstruction": { "parts": [{ "text": "Be kind." }] },
            "generationConfig": {
                "maxOutputTokens": 77, "temperature": 0.5, "topP": 0.25, "stopSequences": ["1", "2", "3", "4", "5"],
            },
        })
    );
}

#[tokio::test]
async fn its_window_is_read_where_it_is_said() {
    let said = json!({ "name": "models/upstream", "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536 });
    let server = Server::start(move || axum::http::Response::new(said.to_string().into())).await;
    let model = model(Gemini, &server.url);
    model.ask_window().await.unwrap();
    assert_eq!(model.window(), Some(1_048_576));
    let seen = server.seen();
    assert_eq!((seen.path.as_str(), seen.query), ("/v1beta/models/upstream", None));
}
