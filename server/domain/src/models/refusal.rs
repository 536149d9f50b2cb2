//! What a server's error answer means.
//!
//! The shapes read here: `{"error":{"message","type","code"}}` (`OpenAI`, vLLM, llama.cpp, `OpenRouter`),
//! `{"error":"…"}` (Ollama), `{"type":"error","error":{"type","message"}}` (Anthropic),
//! `{"error":{"code","message","status"}}` (Gemini), `{"message":"…"}` and plain text (gateways in front of them).

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
    "exceed context limit",
    "exceeds the maximum number of tokens",
];
/// The words for it in what servers take for a fault of their own: llama.cpp and Ollama, of texts to embed.
const OVERFLOW_FAULTS: &[&str] = &["too large to process", "exceeds the context length"];
/// How much of a server's text goes to the log.
const DETAIL_CHARS: usize = 400;

/// An error answer with its status, and what it said.
pub(super) fn classify(status: u16, retry_after: Option<Duration>, body: &str) -> ModelError {
    let said = Said::read(body);
    let detail = said.detail;
    match status {
        400 | 413 | 422 if said.overflow => ModelError::Overflow {
            window: said.window,
            counted: said.counted,
            detail,
        },
        // Gemini calls a wrong key a bad request.
        400 if said.names_key => ModelError::Unauthorized { detail },
        401 => ModelError::Unauthorized { detail },
        402 | 403 => ModelError::Forbidden { detail },
        404 => ModelError::NotFound { detail },
        429 => ModelError::RateLimited { retry_after, detail },
        300..400 => ModelError::Redirected { status },
        400..500 => ModelError::Rejected { status, detail },
        // Some builds of llama.cpp report a prompt that is too long as a fault of their own.
        500..600 if said.overflow_fault => ModelError::Overflow {
            window: said.window,
            counted: said.counted,
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
    match error
        .get("code")
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
    {
        Some(status) if (400..600).contains(&status) => classify(status, None, &body),
        _ => {
            let said = Said::read(&body);
            if said.overflow {
                ModelError::Overflow {
                    window: said.window,
                    counted: said.counted,
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

struct Said {
    detail: String,
    /// The prompt is too long, by a name or by its words.
    overflow: bool,
    /// The prompt is too long, by a name or by the words for a fault.
    overflow_fault: bool,
    window: Option<u32>,
    /// The key is what is wrong.
    names_key: bool,
    /// Tokens of the prompt that is too long.
    counted: Option<u32>,
}

/// Where servers name their window when they refuse a prompt: `OpenAI` and vLLM, then Anthropic twice, then Gemini.
const BEFORE_WINDOW: &[&str] = &["maximum context length is ", " tokens > ", "tokens allowed (", " > "];
/// Where they name the prompt's tokens: `OpenAI` and vLLM in several wordings, Anthropic twice, Gemini. What was requested in all is
/// not one of them: it holds the wished answer too.
const BEFORE_COUNTED: &[&str] = &[
    "messages resulted in ",
    "tokens (",
    "your request has ",
    "prompt is too long: ",
    "exceed context limit: ",
    "input token count (",
];

/// The number that follows the first of these words; not 0.
fn number_after(lower: &str, words: &[&str]) -> Option<u32> {
    words.iter().find_map(|words| {
        let (_, rest) = lower.split_once(words)?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok().filter(|number| *number > 0)
    })
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
        let number = |name: &str| {
            let number = error[name].as_u64().and_then(|number| u32::try_from(number).ok());
            number.filter(|number| *number > 0)
        };
        Self {
            detail: match named {
                Some(name) => clip(&format!("{name}: {text}")),
                None => clip(text),
            },
            overflow: named_overflow || OVERFLOW_WORDS.iter().any(|words| lower.contains(words)),
            overflow_fault: named_overflow || OVERFLOW_FAULTS.iter().any(|words| lower.contains(words)),
            names_key: lower.contains("api key not valid") || lower.contains("api key expired"),
            window: number("n_ctx").or_else(|| number_after(&lower, BEFORE_WINDOW)),
            counted: number("n_prompt_tokens").or_else(|| number_after(&lower, BEFORE_COUNTED)),
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
        let embedding = r#"{"error":{"code":500,"message":"input (802 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}}"#;
        assert!(matches!(classify(500, None, embedding), ModelError::Overflow { .. }));
        assert!(matches!(
            classify(500, None, "context window crashed"),
            ModelError::Failed { .. }
        ));
        let openai =
            r#"{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        assert!(matches!(
            classify(400, None, openai),
            ModelError::Overflow { window: None, .. }
        ));
        let vllm = r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you \
            requested 5000","type":"BadRequestError","code":400}"#
            .replace("\\\n            ", "");
        assert!(matches!(classify(400, None, &vllm), ModelError::Overflow { .. }));
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
    fn window_and_prompt_are_read_where_a_server_names_them() {
        for (said, numbers) in [
            (
                r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":1803,"n_ctx":512}}"#,
                (Some(512), Some(1803)),
            ),
            (
                r#"{"error":{"message":"This model's maximum context length is 4096 tokens. However, your messages resulted in 5012 tokens.","code":"context_length_exceeded"}}"#,
                (Some(4096), Some(5012)),
            ),
            (
                r#"{"message":"This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8500 in the messages, 500 in the completion)."}"#,
                (Some(8192), Some(8500)),
            ),
            (
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again"}}"#,
                (Some(200_000), Some(199_759)),
            ),
            (
                r#"{"message":"This model's maximum context length is 32768 tokens. However, you requested 100015 tokens in total. (see the documentation)"}"#,
                (Some(32_768), None),
            ),
            (
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
                (Some(200_000), Some(208_310)),
            ),
            (
                r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
                (Some(1_048_576), Some(1_200_000)),
            ),
            (r#"{"error":"context length"}"#, (None, None)),
        ] {
            match classify(400, None, said) {
                ModelError::Overflow { window, counted, .. } => assert_eq!((window, counted), numbers, "{said}"),
                other => panic!("{said}: {other}"),
            }
        }
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
