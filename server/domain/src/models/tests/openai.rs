use serde_json::json;

use super::stand_in::Server;
use super::*;
use crate::config::Provider::Openai;

const SSE: &str = "text/event-stream; charset=utf-8";

/// What `OpenAI` and llama.cpp send, in short.
fn transcript(line_end: &str) -> Vec<u8> {
    [
        r#"data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
        "",
        ": a comment that keeps the line open",
        "",
        r#"data: {"choices":[{"index":0,"delta":{"content":"Schöne "},"finish_reason":null}]}"#,
        "",
        r#"data: {"choices":[{"index":0,"delta":{"content":"Grüße 🎉"},"finish_reason":null}]}"#,
        "",
        r#"data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}"#,
        "",
        r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "",
        r#"data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}"#,
        "",
        "data: [DONE]",
        "",
        "",
    ]
    .join(line_end)
    .into_bytes()
}

fn bytewise(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    bytes.into_iter().map(|byte| vec![byte]).collect()
}

async fn answer(pieces: Vec<Vec<u8>>) -> Heard {
    let server = Server::streaming(SSE, pieces).await;
    ask(&model(Openai, &server.url)).await
}

fn data(json: serde_json::Value) -> Vec<u8> {
    format!("data: {json}\n\n").into_bytes()
}

#[tokio::test]
async fn an_answer_arrives_however_it_is_cut() {
    for line_end in ["\n", "\r\n"] {
        for pieces in [vec![transcript(line_end)], bytewise(transcript(line_end))] {
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
    let server = Server::streaming(SSE, vec![transcript("\n")]).await;
    let model = model(Openai, &format!("{}/v1/", server.url));
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let messages = vec![
        message(MessageRole::System, "Be kind."),
        message(MessageRole::User, "Why?"),
    ];
    hear(
        model
            .stream(ChatPrompt {
                messages,
                max_output_tokens: Some(77),
                sampling: Sampling {
                    temperature: Some(0.5),
                    top_p: Some(0.25),
                    stop: vec!["END".to_owned()],
                },
            })
            .await
            .unwrap(),
    )
    .await;
    let seen = server.seen();
    assert_eq!(seen.path, "/v1/chat/completions");
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(
        seen.body,
        json!({
            "model": "upstream",
            "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": "Why?" }],
            "stream": true,
            "stream_options": { "include_usage": true },
            "max_tokens": 77,
            "temperature": 0.5,
            "top_p": 0.25,
            "stop": ["END"],
        })
    );
}

#[tokio::test]
async fn thoughts_are_told_from_the_answer() {
    for field in ["reasoning_content", "reasoning"] {
        let delta = |delta: serde_json::Value| data(json!({ "choices": [{ "delta": delta }] }));
        let heard = answer(vec![
            delta(json!({ "content": "", field: "Hm, " })),
            delta(json!({ "content": null, field: "well." })),
            // The last thought and the first word come together.
            delta(json!({ "content": "Because.", field: " So." })),
            b"data: [DONE]\n\n".to_vec(),
        ])
        .await;
        assert_eq!(
            (heard.reasoning.as_str(), heard.text.as_str()),
            ("Hm, well. So.", "Because.")
        );
    }
}

#[tokio::test]
async fn a_cut_answer_says_so() {
    let heard = answer(vec![data(
        json!({ "choices": [{ "delta": { "content": "a" }, "finish_reason": "length" }] }),
    )])
    .await;
    assert_eq!(
        (heard.text.as_str(), heard.end),
        ("a", Some((StopReason::Length, None)))
    );
}

#[tokio::test]
async fn what_is_withheld_is_no_answer() {
    let filtered = json!({ "choices": [{ "delta": { "content": "" }, "finish_reason": "content_filter" }] });
    let text = json!({ "choices": [{ "delta": { "content": "a" } }] });
    let heard = answer(vec![data(text), data(filtered)]).await;
    assert_eq!((heard.text.as_str(), heard.end), ("a", None));
    assert!(matches!(heard.error, Some(ModelError::Withheld { .. })));
}

#[tokio::test]
async fn the_end_is_known_without_done_or_without_a_reason() {
    let without_done = transcript("\n");
    let at = without_done.len() - "data: [DONE]\n\n".len();
    let heard = answer(vec![without_done[..at].to_vec()]).await;
    assert_eq!(
        heard.end,
        Some((StopReason::Stop, Some(TokenUsage { input: 11, output: 4 })))
    );
    let heard = answer(vec![
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n".to_vec(),
    ])
    .await;
    assert_eq!((heard.text.as_str(), heard.end), ("a", Some((StopReason::Stop, None))));
}

#[tokio::test]
async fn neither_is_an_answer_that_ended_early() {
    let heard = answer(vec![data(json!({ "choices": [{ "delta": { "content": "half" } }] }))]).await;
    assert_eq!(heard.text, "half");
    assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })), "{heard:?}");
}

#[tokio::test]
async fn errors_inside_the_stream_end_it_and_keep_what_came() {
    let half = data(json!({ "choices": [{ "delta": { "content": "half" } }] }));
    let cases = [
        data(json!({ "error": { "message": format!("raw words {KEY}"), "type": "server_error" } })),
        data(json!({ "object": "error", "message": format!("raw words {KEY}"), "code": 500 })),
        [b"event: error\n".to_vec(), data(json!({ "message": "raw words" }))].concat(),
    ];
    for case in cases {
        let heard = answer(vec![half.clone(), case, b"data: [DONE]\n\n".to_vec()]).await;
        assert_eq!(heard.text, "half");
        let Some(ModelError::Failed { detail, .. }) = &heard.error else {
            panic!("{heard:?}")
        };
        assert!(detail.contains("raw words"));
    }
    let heard = answer(vec![data(json!({ "error": { "code": 429, "message": "slow down" } }))]).await;
    assert!(matches!(heard.error, Some(ModelError::RateLimited { .. })), "{heard:?}");
}

#[tokio::test]
async fn broken_json_and_broken_text_are_malformed() {
    let half = data(json!({ "choices": [{ "delta": { "content": "half" } }] }));
    for case in [
        format!("data: {{\"choices\": {KEY}\n\n").into_bytes(),
        b"data: \xff\xfe\n\n".to_vec(),
    ] {
        let heard = answer(vec![half.clone(), case, b"data: [DONE]\n\n".to_vec()]).await;
        assert_eq!(heard.text, "half");
        assert!(matches!(heard.error, Some(ModelError::Malformed { .. })), "{heard:?}");
    }
}

#[tokio::test]
async fn a_good_status_without_a_stream() {
    let server = Server::refusing(
        200,
        &[("content-type", "application/json")],
        r#"{"error":{"code":503,"message":"loading"}}"#,
    )
    .await;
    let heard = ask(&model(Openai, &server.url)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Failed { status: Some(503), .. })),
        "{heard:?}"
    );
    let server = Server::refusing(
        200,
        &[("content-type", "text/html")],
        "<html>raw words: sign in to the hotel's network",
    )
    .await;
    let heard = ask(&model(Openai, &server.url)).await;
    assert!(matches!(heard.error, Some(ModelError::Malformed { .. })), "{heard:?}");
}
