use serde_json::json;

use super::stand_in::Server;
use super::*;
use crate::config::Provider::Ollama;

const NDJSON: &str = "application/x-ndjson";

fn transcript(line_end: &str) -> Vec<u8> {
    [
        r#"{"model":"upstream","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"Schöne "},"done":false}"#,
        r#"{"model":"upstream","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
        "",
        r#"{"model":"upstream","message":{"role":"assistant","content":"Grüße 🎉"},"done":false}"#,
        r#"{"model":"upstream","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5,"prompt_eval_count":11,"eval_count":4}"#,
        "",
    ]
    .join(line_end)
    .into_bytes()
}

async fn answer(pieces: Vec<Vec<u8>>) -> Heard {
    let server = Server::streaming(NDJSON, pieces).await;
    ask(&model(Ollama, &server.url)).await
}

fn line(json: serde_json::Value) -> Vec<u8> {
    format!("{json}\n").into_bytes()
}

#[tokio::test]
async fn an_answer_arrives_however_it_is_cut() {
    for line_end in ["\n", "\r\n"] {
        let bytes = transcript(line_end);
        let bytewise = bytes.iter().map(|byte| vec![*byte]).collect();
        let unended = vec![String::from_utf8(bytes.clone()).unwrap().trim_end().as_bytes().to_vec()];
        for pieces in [vec![bytes], bytewise, unended] {
            let heard = answer(pieces).await;
            assert_eq!((heard.text.as_str(), heard.pieces), ("Schöne Grüße 🎉", 2));
            assert_eq!(
                heard.end,
                Some((StopReason::Stop, Some(TokenUsage { input: 11, output: 4 })))
            );
        }
    }
}

#[tokio::test]
async fn the_request_is_what_the_protocol_says() {
    let server = Server::streaming(NDJSON, vec![transcript("\n")]).await;
    let config = ModelConfig {
        context_window: Some(8192),
        ..entry(Ollama, Some(&server.url))
    };
    let model = Catalogue::from_config(&[config], &chat()).unwrap().default_model();
    let prompt = ChatPrompt {
        max_output_tokens: Some(77),
        sampling: Sampling {
            temperature: Some(0.5),
            top_p: Some(0.25),
            stop: vec!["END".to_owned()],
        },
        ..prompt("Why?")
    };
    hear(model.stream(prompt).await.unwrap()).await;
    let seen = server.seen();
    assert_eq!(seen.path, "/api/chat");
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        seen.body,
        json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "Why?" }],
            "stream": true,
            "options": {
                "num_ctx": 8192, "num_predict": 77, "temperature": 0.5, "top_p": 0.25, "stop": ["END"],
            },
        })
    );
}

#[tokio::test]
async fn a_cut_answer_says_so_and_the_last_line_may_have_text() {
    let last = json!({ "message": { "content": "a" }, "done": true, "done_reason": "length", "eval_count": 4 });
    let heard = answer(vec![line(last)]).await;
    assert_eq!(
        (heard.text.as_str(), heard.end),
        ("a", Some((StopReason::Length, None)))
    );
}

#[tokio::test]
async fn faults_in_the_middle_keep_what_came() {
    let half = line(json!({ "message": { "content": "half" }, "done": false }));
    let heard = answer(vec![half.clone()]).await;
    assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })), "{heard:?}");
    assert_eq!(heard.text, "half");
    let heard = answer(vec![half.clone(), line(json!({ "error": format!("raw words {KEY}") }))]).await;
    assert!(
        matches!(heard.error, Some(ModelError::Failed { status: None, .. })),
        "{heard:?}"
    );
    assert_eq!(heard.text, "half");
    for case in [
        format!("{{\"message\": {KEY}\n").into_bytes(),
        b"{\"message\":{\"content\":\"\xff\"}}\n".to_vec(),
    ] {
        let heard = answer(vec![half.clone(), case]).await;
        assert!(matches!(heard.error, Some(ModelError::Malformed { .. })), "{heard:?}");
        assert_eq!(heard.text, "half");
    }
}

#[tokio::test]
async fn an_unknown_model_is_not_found() {
    let server = Server::refusing(404, &[], r#"{"error":"model 'upstream' not found"}"#).await;
    let heard = ask(&model(Ollama, &server.url)).await;
    assert!(matches!(heard.error, Some(ModelError::NotFound { .. })), "{heard:?}");
}

#[tokio::test]
async fn thoughts_are_told_from_the_answer() {
    let message = |message: serde_json::Value| line(json!({ "message": message, "done": false }));
    let heard = answer(vec![
        message(json!({ "role": "assistant", "content": "", "thinking": "Hm." })),
        message(json!({ "role": "assistant", "content": "Because." })),
        line(json!({ "done": true })),
    ])
    .await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "Because."));
}
