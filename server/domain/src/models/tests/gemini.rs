use serde_json::{Value, json};

use super::stand_in::{Server, broken};
use super::*;
use crate::config::Provider::Gemini;

const SSE: &str = "text/event-stream";

fn part(parts: Value, finish_reason: Option<&str>) -> Vec<u8> {
    let mut candidate = json!({ "content": { "parts": parts, "role": "model" }, "index": 0 });
    if let Some(reason) = finish_reason {
        candidate["finishReason"] = json!(reason);
    }
    let data = json!({
        "candidates": [candidate], "modelVersion": "upstream",
        "usageMetadata": { "promptTokenCount": 25, "candidatesTokenCount": 9, "thoughtsTokenCount": 3, "totalTokenCount": 37 },
    });
    format!("data: {data}\r\n\r\n").into_bytes()
}

fn transcript(finish_reason: &str) -> Vec<Vec<u8>> {
    vec![
        part(json!([{ "text": "Hm, well.", "thought": true }]), None),
        part(json!([{ "text": "Schöne " }, { "text": "Grüße " }]), None),
        part(json!([{ "text": "🎉" }]), Some(finish_reason)),
    ]
}

async fn answer(pieces: Vec<Vec<u8>>) -> Heard {
    let server = Server::streaming(SSE, pieces).await;
    ask(&model(Gemini, &server.url)).await
}

#[tokio::test]
async fn an_answer_arrives_however_it_is_cut() {
    let whole = transcript("STOP").concat();
    let bytewise = whole.iter().map(|byte| vec![*byte]).collect();
    for pieces in [transcript("STOP"), vec![whole], bytewise] {
        let heard = answer(pieces).await;
        assert_eq!(
            (heard.reasoning.as_str(), heard.text.as_str()),
            ("Hm, well.", "Schöne Grüße 🎉")
        );
        let usage = Some(TokenUsage { input: 25, output: 12 });
        assert_eq!(heard.end, Some((StopReason::Stop, usage)));
    }
    assert_eq!(
        answer(transcript("MAX_TOKENS")).await.end.unwrap().0,
        StopReason::Length
    );
}

#[tokio::test]
async fn the_request_is_what_the_protocol_says() {
    let server = Server::streaming(SSE, transcript("STOP")).await;
    let model = model(Gemini, &server.url);
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let asked = ChatPrompt {
        messages: vec![
            message(MessageRole::System, "Be kind."),
            message(MessageRole::User, "Why?"),
            message(MessageRole::Assistant, "Because."),
            message(MessageRole::User, "And?"),
            message(MessageRole::User, "Well?"),
        ],
        max_output_tokens: Some(77),
        sampling: Sampling {
            temperature: Some(0.5),
            top_p: Some(0.25),
            stop: vec!["END".to_owned()],
        },
    };
    hear(model.stream(asked).await.unwrap()).await;
    let seen = server.seen();
    assert_eq!(seen.path, "/v1beta/models/upstream:streamGenerateContent");
    assert_eq!(seen.query.as_deref(), Some("alt=sse"), "the key is not in the address");
    assert_eq!(seen.headers["x-goog-api-key"], KEY);
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        seen.body,
        json!({
            "systemInstruction": { "parts": [{ "text": "Be kind." }] },
            "contents": [
                { "role": "user", "parts": [{ "text": "Why?" }] },
                { "role": "model", "parts": [{ "text": "Because." }] },
                { "role": "user", "parts": [{ "text": "And?" }, { "text": "Well?" }] },
            ],
            "generationConfig": { "maxOutputTokens": 77, "temperature": 0.5, "topP": 0.25, "stopSequences": ["END"] },
        })
    );
}

#[tokio::test]
async fn its_refusals_are_understood() {
    type Is = fn(&ModelError) -> bool;
    let cases: &[(u16, &'static str, Is)] = &[
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            |error| matches!(error, ModelError::Unauthorized { .. }),
        ),
        (
            404,
            r#"{"error":{"code":404,"message":"models/upstream is not found","status":"NOT_FOUND"}}"#,
            |error| matches!(error, ModelError::NotFound { .. }),
        ),
        (
            429,
            r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}"#,
            |error| matches!(error, ModelError::RateLimited { .. }),
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
            |error| {
                matches!(
                    error,
                    ModelError::Overflow {
                        window: Some(1_048_576),
                        counted: Some(1_200_000),
                        ..
                    }
                )
            },
        ),
    ];
    for (status, body, is) in cases {
        let server = Server::refusing(*status, &[("content-type", "application/json")], body).await;
        let error = ask(&model(Gemini, &server.url)).await.error.unwrap();
        assert!(is(&error), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_withheld_is_told_and_what_came_is_kept() {
    let heard = answer(vec![
        part(json!([{ "text": "Half" }]), None),
        part(json!([]), Some("SAFETY")),
    ])
    .await;
    assert_eq!(heard.text, "Half");
    assert!(matches!(heard.error, Some(ModelError::Withheld { .. })));
    let heard = answer(vec![
        part(json!([{ "text": "Half" }]), None),
        part(json!([{ "text": " of it" }]), Some("SAFETY")),
    ])
    .await;
    assert_eq!(heard.text, "Half of it", "what comes with the reason is heard too");
    assert!(matches!(heard.error, Some(ModelError::Withheld { .. })));
    let blocked = b"data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"}}\n\n".to_vec();
    assert!(matches!(
        answer(vec![blocked]).await.error,
        Some(ModelError::Withheld { .. })
    ));
}

#[tokio::test]
async fn faults_in_the_middle_keep_what_came() {
    let begun = || vec![part(json!([{ "text": "Half" }]), None)];
    let failed = b"data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\n\n".to_vec();
    let heard = answer([begun(), vec![failed]].concat()).await;
    assert_eq!(heard.text, "Half");
    assert!(matches!(
        heard.error,
        Some(ModelError::Failed { status: Some(503), .. })
    ));
    assert!(matches!(
        answer(begun()).await.error,
        Some(ModelError::EndedEarly { .. })
    ));
    let heard = answer([begun(), vec![b"data: {broken\n\n".to_vec()]].concat()).await;
    assert!(matches!(heard.error, Some(ModelError::Malformed { .. })));
    let (url, closed) = broken(true, vec![stand_in::Act::Say(begun().concat()), stand_in::Act::Hang]).await;
    let heard = ask(&model(Gemini, &url)).await;
    assert_eq!(heard.text, "Half");
    assert!(matches!(heard.error, Some(ModelError::Timeout { .. })));
    closed.await.unwrap();
}

#[tokio::test]
async fn its_window_is_asked_for() {
    let server = Server::refusing(
        200,
        &[("content-type", "application/json")],
        r#"{"name":"models/upstream","inputTokenLimit":1048576}"#,
    )
    .await;
    let model = model(Gemini, &server.url);
    assert_eq!(model.window(), None);
    model.ask_window().await.unwrap();
    assert_eq!(model.window(), Some(1_048_576));
    assert_eq!(server.seen().path, "/v1beta/models/upstream");
}
