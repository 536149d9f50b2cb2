//! What the servers of models say on the wire: the frames of four protocols.

use domain::config::Provider;
use serde_json::{Value, json};

use super::model_server::MODEL;

/// Its answers are streams of this type.
pub(super) fn content_type(wire: Provider) -> &'static str {
    match wire {
        Provider::Ollama => "application/x-ndjson",
        _ => "text/event-stream",
    }
}

/// The address that is configured, at a server of this origin.
pub(super) fn base_url(wire: Provider, origin: &str) -> String {
    match wire {
        Provider::Openai => format!("{origin}/v1"),
        _ => origin.to_owned(),
    }
}

/// A frame of a stream with this in it.
pub(super) fn frame(wire: Provider, data: &[u8]) -> Vec<u8> {
    match wire {
        Provider::Ollama => [data, b"\n"].concat(),
        _ => [b"data: ", data, b"\n\n"].concat(),
    }
}

fn frames(wire: Provider, all: &[Value]) -> String {
    let named = |data: &Value| match (wire, data["type"].as_str()) {
        (Provider::Anthropic, Some(name)) => format!("event: {name}\n"),
        _ => String::new(),
    };
    let one = |data: &Value| {
        let frame = frame(wire, data.to_string().as_bytes());
        named(data) + &String::from_utf8(frame).unwrap()
    };
    all.iter().map(one).collect()
}

/// What comes before the first piece of an answer.
pub(super) fn beginning(wire: Provider) -> String {
    match wire {
        Provider::Anthropic => frames(
            wire,
            &[
                json!({ "type": "message_start", "message": {
                    "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": MODEL,
                    "stop_reason": null, "usage": { "input_tokens": 11, "output_tokens": 1 },
                } }),
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            ],
        ),
        _ => String::new(),
    }
}

/// A piece of an answer.
pub(super) fn piece(wire: Provider, text: &str) -> String {
    let data = match wire {
        Provider::Ollama => line(text, false),
        Provider::Anthropic => {
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } })
        }
        Provider::Gemini => {
            json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 }] })
        }
        _ => chunk(&json!({ "content": text }), None),
    };
    frames(wire, &[data])
}

/// The end of an answer: the reason, the usage, the mark.
pub(super) fn end(wire: Provider, reason: &str) -> String {
    match wire {
        Provider::Ollama => {
            let mut last = line("", true);
            last["done_reason"] = json!(reason);
            last["prompt_eval_count"] = json!(11);
            last["eval_count"] = json!(7);
            frames(wire, &[last])
        }
        Provider::Anthropic => frames(
            wire,
            &[
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({
                    "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null },
                    "usage": { "output_tokens": 7 },
                }),
                json!({ "type": "message_stop" }),
            ],
        ),
        Provider::Gemini => frames(
            wire,
            &[json!({
                "candidates": [{ "content": { "role": "model", "parts": [{ "text": "" }] }, "finishReason": "STOP", "index": 0 }],
                "usageMetadata": { "promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18 },
            })],
        ),
        _ => {
            let usage = json!({
                "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_768_471_200, "model": MODEL,
                "choices": [],
                "usage": { "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 },
            });
            frames(wire, &[chunk(&json!({}), Some(reason)), usage]) + "data: [DONE]\n\n"
        }
    }
}

/// Some 64 KB that are no part of an answer.
pub(super) fn padding(wire: Provider) -> Vec<u8> {
    let much = "x".repeat(64 << 10);
    match wire {
        Provider::Ollama => {
            let mut line = line("", false);
            line["padding"] = json!(much);
            frames(wire, &[line]).into_bytes()
        }
        _ => format!(": {much}\n\n").into_bytes(),
    }
}

/// The body of an error answer.
pub(super) fn refusal(wire: Provider, status: u16, message: &str) -> Value {
    match wire {
        Provider::Ollama => json!({ "error": message }),
        Provider::Anthropic => {
            let kind = match status {
                401 => "authentication_error",
                404 => "not_found_error",
                429 => "rate_limit_error",
                _ => "api_error",
            };
            json!({ "type": "error", "error": { "type": kind, "message": message } })
        }
        Provider::Gemini => {
            let name = match status {
                401 => "UNAUTHENTICATED",
                404 => "NOT_FOUND",
                429 => "RESOURCE_EXHAUSTED",
                _ => "INTERNAL",
            };
            json!({ "error": { "code": status, "message": message, "status": name } })
        }
        _ => json!({ "error": { "message": message, "code": status } }),
    }
}

/// An error in the middle of an answer.
pub(super) fn failure(wire: Provider, message: &str) -> String {
    frames(wire, &[refusal(wire, 500, message)])
}

fn line(text: &str, done: bool) -> Value {
    json!({
        "model": MODEL, "created_at": "2026-01-15T10:00:00.000Z",
        "message": { "role": "assistant", "content": text }, "done": done,
    })
}

fn chunk(delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_768_471_200, "model": MODEL,
        "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }],
    })
}
