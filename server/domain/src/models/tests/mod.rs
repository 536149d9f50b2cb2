//! The providers against servers that speak the real protocols, and break them.

mod anthropic;
mod catalogue;
mod embedding;
mod faults;
mod gemini;
mod health;
mod ollama;
mod openai;
mod stand_in;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use types::threads::MessageRole;

use super::{
    Catalogue, ChatModel, ChatPrompt, ModelError, ModelEvent, ModelStream, PromptMessage, Sampling, StopReason,
    TokenUsage,
};
use crate::config::{ChatConfig, ModelConfig, Provider};

/// The key the stand-ins are asked with.
const KEY: &str = "sk-upstream-0123456789";

fn chat() -> ChatConfig {
    ChatConfig {
        default_model: "m".to_owned(),
        reply_reserve_tokens: 600,
        request_timeout_seconds: 1,
        ..ChatConfig::default()
    }
}

fn entry(provider: Provider, base_url: Option<&str>) -> ModelConfig {
    ModelConfig {
        id: "m".to_owned(),
        name: None,
        provider,
        base_url: base_url.map(str::to_owned),
        model: None,
        api_key_env: None,
        context_window: None,
        fallback: None,
    }
}

fn environment(name: &str) -> Option<String> {
    (name == "UPSTREAM_KEY").then(|| KEY.to_owned())
}

/// A model as a configuration makes it, with a key, and a second for the server to be silent.
fn model(provider: Provider, base_url: &str) -> Arc<dyn ChatModel> {
    let config = ModelConfig {
        model: Some("upstream".to_owned()),
        api_key_env: Some("UPSTREAM_KEY".to_owned()),
        ..entry(provider, Some(base_url))
    };
    Catalogue::with_environment(&[config], &chat(), environment)
        .unwrap()
        .get("m")
        .unwrap()
}

fn prompt(question: &str) -> ChatPrompt {
    let message = PromptMessage {
        role: MessageRole::User,
        content: question.to_owned(),
    };
    ChatPrompt {
        messages: vec![message],
        max_output_tokens: None,
        sampling: Sampling::default(),
    }
}

/// An answer, or what of it came before it broke.
#[derive(Debug, Default)]
struct Heard {
    text: String,
    reasoning: String,
    pieces: usize,
    end: Option<(StopReason, Option<TokenUsage>)>,
    error: Option<ModelError>,
}

/// Listens to the end, and checks that it is the end.
async fn hear(mut stream: ModelStream) -> Heard {
    let mut heard = Heard::default();
    while let Some(event) = stream.next().await {
        assert!(
            heard.end.is_none() && heard.error.is_none(),
            "nothing comes after the end"
        );
        match event {
            Ok(ModelEvent::Text(text)) => {
                assert!(!text.is_empty());
                heard.text.push_str(&text);
                heard.pieces += 1;
            }
            Ok(ModelEvent::Reasoning(thought)) => {
                assert!(!thought.is_empty());
                heard.reasoning.push_str(&thought);
            }
            Ok(ModelEvent::Finished { reason, usage }) => heard.end = Some((reason, usage)),
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

/// Asks and listens. Nothing may hang, whatever the server does.
async fn ask(model: &Arc<dyn ChatModel>) -> Heard {
    let asked = async {
        match model.stream(prompt("Why?")).await {
            Ok(stream) => hear(stream).await,
            Err(error) => Heard {
                error: Some(error),
                ..Heard::default()
            },
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .expect("an answer or an error in time");
    assert!(heard.end.is_some() != heard.error.is_some(), "one end: {heard:?}");
    if let Some(error) = &heard.error {
        check_words(error);
    }
    heard
}

/// A person is told what to do and nothing of the server; the log never gets the key.
fn check_words(error: &ModelError) {
    let sentence = error.sentence();
    assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    for secret in [KEY, "127.0.0.1", "http", "upstream", "raw words"] {
        assert!(!sentence.contains(secret), "{sentence}");
    }
    for log in [error.to_string(), format!("{error:?}")] {
        assert!(
            !log.contains(KEY) && !log.contains("http://") && log.len() < 1000,
            "{log}"
        );
        assert!(!log.contains(char::is_control), "{log:?}");
    }
}
