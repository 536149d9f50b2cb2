//! What a server's error answer means.
//!
//! The shapes read here: `{"error":{"message","type","code"}}` (`OpenAI`, vLLM, llama.cpp, `OpenRouter`),
//! `{"error":"…"}` (Ollama), `{"error":{"message","type"}}` (Anthropic), `{"error":{"message","code","status"}}` (Gemini), `{"message":"…"}` and plain text (gateways in front of them).

use std::time::Duration;

use serde_json::Value;

use super::error::ModelError;

/// The names servers give to a prompt that does not fit, in `code` or `type`.
const OVERFLOW_NAMES: &[&str] = &["context_length_exceeded", "exceed_context_size_error"];
/// The words they use when they have no name for it.
const OVERFLOW_WORDS: &[&str] = &[
    "maximum context length",
    "context size",
    "context window",
    "context length",
    "prompt is too long",
    "exceeds the maximum number of tokens",
];
/// The words that stand before and after the window in what they say of it.
const WINDOW_WORDS: &[(&str, &str)] = &[
    ("maximum context length is ", " token"),
    ("tokens > ", " maximum"),
    ("number of tokens allowed (", ")"),
];
/// How Gemini calls a key it refuses, with a status that says nothing of keys.
const REFUSED_KEY: &str = "API_KEY_INVALID";
/// How much of a server's text goes to the log.
const DETAIL_CHARS: usize = 400;

/// An error answer with its status, and what it said.
pub(super) fn classify(status: u16, retry_after: Option<Duration>, body: &str) -> ModelError {
    let said = Said::read(body);
    let detail = said.detail;
    match status {
        400 | 413 | 422 if said.overflow => ModelError::Overflow {
            window: said.window,
            detail,
        },
        401 => ModelError::Unauthorized { detail },
        400 if body.contains(REFUSED_KEY) => ModelError::Unauthorized { detail },
        402 | 403 => ModelError::Forbidden { detail },
        404 => ModelError::NotFound { detail },
        429 => ModelError::RateLimited { retry_after, detail },
        300..400 => ModelError::Redirected { status },
        400..500 => ModelError::Rejected { status, detail },
        // Some builds of llama.cpp report a prompt that is too long as a fault of their own.
        500..600 if said.named_overflow => ModelError::Overflow {
            window: said.window,
            detail,
        },
        _ => ModelError::Failed {
            status: Some(status),
            detail,
        },
    }
}

/// An error object inside a stream that had begun well.
pub(super) fn classify_in_stream(error: &Value) -> ModelError {
    let body = serde_json::json!({ "error": error }).to_string();
    let status = error["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok())
        .or_else(|| match error["type"].as_str()? {
            "rate_limit_error" => Some(429),
            "overloaded_error" => Some(529),
            _ => None,
        });
    match status {
        Some(status) if (400..600).contains(&status) => classify(status, None, &body),
        _ => {
            let said = Said::read(&body);
            if said.overflow {
                ModelError::Overflow {
                    window: said.window,
                    detail: said.detail,
                }
            } else {
                ModelError::Failed {
                    status: None,
                    detail: said.detail,
                }
            }
        }
    }
}

/// A server's text, made fit for one line of a log.
pub(super) fn clip(text: &str) -> String {
    let mut clipped: String = text
        .chars()
        .take(DETAIL_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>();
    if text.chars().nth(DETAIL_CHARS).is_some() {
        clipped.push('…');
    }
    clipped.trim().to_owned()
}

/// The window a server names in its words.
fn window_in(text: &str) -> Option<u32> {
    WINDOW_WORDS.iter().find_map(|(before, after)| {
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after)?.0.replace(',', "").parse().ok()
    })
}

struct Said {
    detail: String,
    /// The prompt is too long, by a name or by its words.
    overflow: bool,
    /// The prompt is too long, by a name.
    named_overflow: bool,
    window: Option<u32>,
}

impl Said {
    fn read(body: &str) -> Self {
        let json: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let error = match &json["error"] {
            Value::Null => &json,
            error => error,
        };
        let text = error.as_str().or_else(|| error["message"].as_str()).unwrap_or(body);
        let named = ["code", "type"].iter().find_map(|key| error[*key].as_str());
        let named_overflow = ["code", "type"]
            .iter()
            .any(|key| error[*key].as_str().is_some_and(|name| OVERFLOW_NAMES.contains(&name)));
        let lower = text.to_lowercase();
        Self {
            detail: match named {
                Some(name) => clip(&format!("{name}: {text}")),
                None => clip(text),
            },
            overflow: named_overflow || OVERFLOW_WORDS.iter().any(|words| lower.contains(words)),
            named_overflow,
            window: error["n_ctx"]
                .as_u64()
                .and_then(|window| u32::try_from(window).ok())
                .or_else(|| window_in(text))
                .filter(|window| *window > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_prompt_that_is_too_long_is_known_by_name_or_words() {
        let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it",
            "type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":2048}}"#;
        assert!(matches!(
            classify(400, None, llama),
            ModelError::Overflow { window: Some(2048), .. }
        ));
        assert!(matches!(classify(500, None, llama), ModelError::Overflow { .. }));
        let openai =
            r#"{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        assert!(matches!(
            classify(400, None, openai),
            ModelError::Overflow { window: None, .. }
        ));
        let vllm = r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you \
            requested 5000","type":"BadRequestError","code":400}"#
            .replace("\\\n            ", "");
        assert!(matches!(
            classify(400, None, &vllm),
            ModelError::Overflow { window: Some(4096), .. }
        ));
        let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error",
            "message":"prompt is too long: 210345 tokens > 200000 maximum"}}"#;
        assert!(matches!(
            classify(400, None, anthropic),
            ModelError::Overflow {
                window: Some(200_000),
                ..
            }
        ));
        let gemini = r#"{"error":{"code":400,"status":"INVALID_ARGUMENT",
            "message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."}}"#;
        assert!(matches!(
            classify(400, None, gemini),
            ModelError::Overflow {
                window: Some(1_048_576),
                ..
            }
        ));
        assert!(matches!(
            classify(400, None, r#"{"error":"bad temperature"}"#),
            ModelError::Rejected { .. }
        ));
        assert!(matches!(
            classify(500, None, "lost the context length"),
            ModelError::Failed { .. }
        ));
    }

    #[test]
    fn errors_inside_a_stream_keep_their_status() {
        assert!(matches!(
            classify_in_stream(&json!({ "code": 429, "message": "slow" })),
            ModelError::RateLimited { .. }
        ));
        assert!(matches!(
            classify_in_stream(&json!({ "code": "server_error", "message": "oops" })),
            ModelError::Failed { status: None, .. }
        ));
        assert!(matches!(
            classify_in_stream(&json!({ "type": "overloaded_error", "message": "Overloaded" })),
            ModelError::Failed { status: Some(529), .. }
        ));
        assert!(matches!(
            classify_in_stream(&json!("oops")),
            ModelError::Failed { status: None, .. }
        ));
        assert!(matches!(
            classify_in_stream(&json!({ "type": "exceed_context_size_error", "n_ctx": 512 })),
            ModelError::Overflow { window: Some(512), .. }
        ));
    }

    #[test]
    fn what_a_server_says_stays_on_one_short_line() {
        let detail = clip(&format!("a\r\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(!detail.chars().any(char::is_control));
        assert_eq!(detail.chars().count(), DETAIL_CHARS + 1);
    }
}
