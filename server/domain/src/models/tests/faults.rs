//! What a server, or the way to it, can do wrong whatever it speaks.

use std::time::Instant;

use super::stand_in::{Act, Server, broken};
use super::*;
use crate::config::Provider::{Anthropic, Gemini, Ollama, Openai};

/// What speaks to servers.
const ALL: [Provider; 4] = [Openai, Ollama, Anthropic, Gemini];

/// A good first piece of an answer in each protocol.
fn half(provider: Provider) -> Vec<u8> {
    match provider {
        Anthropic => {
            b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"half\"}}\n\n"
                .to_vec()
        }
        Gemini => b"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"half\"}]}}]}\n\n".to_vec(),
        Ollama => b"{\"message\":{\"content\":\"half\"},\"done\":false}\n".to_vec(),
        _ => b"data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n".to_vec(),
    }
}

async fn refused(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> ModelError {
    let server = Server::refusing(status, headers, body).await;
    let mut errors = Vec::new();
    for provider in ALL {
        errors.push(ask(&model(provider, &server.url)).await.error.unwrap());
    }
    assert!(
        errors.iter().all(|error| *error == errors[0]),
        "all providers read a status alike: {errors:?}"
    );
    errors.remove(0)
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let said =
        r#"{"error":{"message":"raw words: key sk-upstream-0123456789 is wrong","type":"invalid_request_error"}}"#;
    assert!(matches!(refused(401, &[], said).await, ModelError::Unauthorized { detail } if detail.contains("[key]")));
    assert!(matches!(refused(403, &[], said).await, ModelError::Forbidden { .. }));
    assert!(matches!(refused(404, &[], said).await, ModelError::NotFound { .. }));
    assert!(matches!(
        refused(400, &[], said).await,
        ModelError::Rejected { status: 400, .. }
    ));
    assert!(matches!(
        refused(500, &[], "<html>raw\r\nwords</html>").await,
        ModelError::Failed { status: Some(500), .. }
    ));
    assert!(matches!(
        refused(502, &[], "").await,
        ModelError::Failed { status: Some(502), .. }
    ));
    assert!(refused(504, &[], "").await.is_timeout());
    assert!(!refused(503, &[], "").await.is_timeout());
}

#[tokio::test]
async fn too_many_requests_carry_the_wait() {
    let wait = |error: &ModelError| match error {
        ModelError::RateLimited { retry_after, .. } => *retry_after,
        other => panic!("{other:?}"),
    };
    let error = refused(429, &[("retry-after", "20")], r#"{"error":"raw words"}"#).await;
    assert_eq!(wait(&error), Some(Duration::from_secs(20)));
    assert!(error.sentence().contains("20 s"));
    assert_eq!(
        wait(&refused(429, &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], "").await),
        None
    );
    assert!(
        refused(429, &[("retry-after", "3600")], "")
            .await
            .sentence()
            .contains("60 minutes")
    );
    assert!(
        refused(429, &[("retry-after", "18446744073709551615")], "")
            .await
            .sentence()
            .contains("minutes")
    );
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_an_overflow() {
    let llama = r#"{"error":{"code":400,"message":"raw words","type":"exceed_context_size_error","n_prompt_tokens":900,"n_ctx":512}}"#;
    assert!(matches!(
        refused(400, &[], llama).await,
        ModelError::Overflow { window: Some(512), .. }
    ));
    let openai = r#"{"error":{"message":"raw words","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
    assert!(matches!(
        refused(400, &[], openai).await,
        ModelError::Overflow { window: None, .. }
    ));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::refusing(200, &[], "").await;
    let location = format!("{}/elsewhere", target.url);
    let server = Server::start(move || {
        axum::http::Response::builder()
            .status(307)
            .header("location", &location)
            .body(axum::body::Body::empty())
            .unwrap()
    })
    .await;
    let error = ask(&model(Openai, &server.url)).await.error;
    assert_eq!(error, Some(ModelError::Redirected { status: 307 }));
    assert_eq!((server.times_asked(), target.times_asked()), (1, 0));
}

#[tokio::test]
async fn nobody_at_home() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for provider in ALL {
        let error = ask(&model(provider, &url)).await.error;
        assert!(matches!(error, Some(ModelError::Unreachable { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_closes_the_connection() {
    let mut cases = Vec::new();
    for provider in ALL {
        let in_the_middle = vec![Act::Say(half(provider)), Act::Hang];
        for (head, acts, text) in [
            (false, vec![Act::Hang], ""),
            (true, vec![Act::Hang], ""),
            (true, in_the_middle, "half"),
        ] {
            cases.push(async move {
                let (url, was_closed) = broken(head, acts).await;
                let begun = Instant::now();
                let heard = ask(&model(provider, &url)).await;
                assert!(heard.error.as_ref().is_some_and(ModelError::is_timeout), "{heard:?}");
                assert_eq!(heard.text, text);
                assert!(begun.elapsed() >= Duration::from_secs(1));
                was_closed.await.expect("the connection is closed");
            });
        }
    }
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_answer_that_ended_early() {
    for provider in ALL {
        // Cut inside the chunked body, ended without a mark, and closed before the head.
        for (head, acts) in [
            (true, vec![Act::Say(half(provider))]),
            (true, vec![Act::Say(half(provider)), Act::End]),
            (false, Vec::new()),
        ] {
            let (url, _) = broken(head, acts).await;
            let heard = ask(&model(provider, &url)).await;
            assert!(matches!(heard.error, Some(ModelError::EndedEarly { .. })), "{heard:?}");
            assert_eq!(heard.text, if head { "half" } else { "" });
        }
    }
}

#[tokio::test]
async fn a_whole_answer_counts_although_the_connection_breaks_after_it() {
    let last = b"data: {\"choices\":[{\"delta\":{\"content\":\"all\"},\"finish_reason\":\"stop\"}]}\n\n".to_vec();
    let (url, _) = broken(true, vec![Act::Say(last)]).await;
    let heard = ask(&model(Openai, &url)).await;
    assert_eq!(
        (heard.text.as_str(), heard.end),
        ("all", Some((StopReason::Stop, None)))
    );
}

#[tokio::test]
async fn a_line_without_end_and_an_answer_without_end_are_cut_off() {
    for provider in ALL {
        let endless_line = Act::Repeat(vec![b'x'; 64 * 1024]);
        let (url, was_closed) = broken(true, vec![Act::Say(half(provider)), endless_line]).await;
        let heard = ask(&model(provider, &url)).await;
        assert!(
            matches!(&heard.error, Some(ModelError::TooLarge { detail }) if detail.contains("line")),
            "{heard:?}"
        );
        assert_eq!(heard.text, "half");
        was_closed.await.expect("the connection is closed");

        let endless_answer = Act::Repeat([vec![b' '; 64 * 1024], b"\n".to_vec()].concat());
        let (url, was_closed) = broken(true, vec![Act::Say(half(provider)), endless_answer]).await;
        let heard = ask(&model(provider, &url)).await;
        assert!(
            matches!(&heard.error, Some(ModelError::TooLarge { detail }) if detail.contains("answer")),
            "{heard:?}"
        );
        was_closed.await.expect("the connection is closed");
    }
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    for provider in ALL {
        let (url, was_closed) = broken(true, vec![Act::Say(half(provider)), Act::Hang]).await;
        let config = ModelConfig {
            id: "m".to_owned(),
            ..entry(provider, Some(&url))
        };
        let patient = ChatConfig {
            request_timeout_seconds: 600,
            ..chat()
        };
        let model = Catalogue::from_config(&[config], &patient).unwrap().default_model();
        let mut stream = model.stream(prompt("Why?")).await.unwrap();
        assert_eq!(
            stream.next().await.unwrap().unwrap(),
            ModelEvent::Text("half".to_owned())
        );
        drop(stream);
        tokio::time::timeout(Duration::from_secs(10), was_closed)
            .await
            .expect("soon")
            .expect("the connection is closed");
    }
}

#[tokio::test]
async fn broken_json_and_broken_text_keep_what_came() {
    for provider in ALL {
        let mark: &[u8] = if provider == Ollama { b"" } else { b"data: " };
        let end: &[u8] = if provider == Ollama { b"\n" } else { b"\n\n" };
        for broken_piece in [&b"{\"raw words\": "[..], b"{\"a\":\"\xf0\x9f\"}"] {
            let piece = [mark, broken_piece, end].concat();
            let (url, _) = broken(true, vec![Act::Say(half(provider)), Act::Say(piece), Act::End]).await;
            let heard = ask(&model(provider, &url)).await;
            assert_eq!(heard.text, "half");
            assert!(matches!(heard.error, Some(ModelError::Malformed { .. })), "{heard:?}");
        }
    }
}
