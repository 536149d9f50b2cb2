//! A request for a completion, read: the conversation, and what the answer is to be like.

use domain::chat::context::Turn;
use domain::chat::{Given, Wishes};
use domain::models::Sampling;
use types::openai::{CompletionContent, CompletionInput, CompletionRequest, CompletionRole, CompletionStop};
use types::threads::MessageRole;

use crate::api::problem::Problem;

/// Messages of one request.
const MOST_MESSAGES: usize = 10_000;
const MOST_STOPS: usize = 4;
const LONGEST_STOP: usize = 200;

/// A request that holds.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the user says.
    pub(super) content: String,
    /// What went before.
    pub(super) given: Given,
    pub(super) wishes: Wishes,
    /// The thread it is written to.
    pub(super) thread_id: Option<String>,
}

/// Reads a request.
pub(super) fn read(request: CompletionRequest, with_project: bool) -> Result<Asked, Problem> {
    only_what_can_be_had(&request)?;
    let wishes = wishes(&request)?;
    let thread_id = request
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get("thread_id"))
        .filter(|id| !id.is_empty())
        .cloned();
    if request.messages.len() > MOST_MESSAGES {
        return Err(Problem::invalid(
            "messages",
            format!("A request has at most {MOST_MESSAGES} messages"),
        ));
    }
    let mut given = Given {
        with_project,
        ..Given::default()
    };
    let mut messages = request.messages;
    let last = messages.pop().filter(|message| message.role == CompletionRole::User);
    let last = last.ok_or_else(|| Problem::invalid("messages", "The last message must be the user's"))?;
    for message in messages {
        let role = message.role;
        let text = text(message)?;
        match role {
            CompletionRole::System | CompletionRole::Developer => given.system.push(text),
            CompletionRole::User => given.turns.push(Turn::new(MessageRole::User, text)),
            CompletionRole::Assistant => given.turns.push(Turn::new(MessageRole::Assistant, text)),
        }
    }
    let content = text(last)?;
    if content.trim().is_empty() {
        return Err(Problem::invalid("messages", "The last message is empty"));
    }
    Ok(Asked {
        content,
        given,
        wishes,
        thread_id,
    })
}

/// The text of a message, whole or in pieces.
fn text(message: CompletionInput) -> Result<String, Problem> {
    match message.content {
        None => Ok(String::new()),
        Some(CompletionContent::Text(text)) => Ok(text),
        Some(CompletionContent::Parts(parts)) => {
            let mut texts = Vec::with_capacity(parts.len());
            for part in parts {
                match (part.kind.as_str(), part.text) {
                    ("text", Some(text)) => texts.push(text),
                    (kind, _) => {
                        return Err(Problem::invalid(
                            "messages",
                            format!("Content of the type {kind:?} can't be read here; send text"),
                        ));
                    }
                }
            }
            Ok(texts.join("\n"))
        }
    }
}

/// What changes the answer and can't be had is refused rather than ignored.
fn only_what_can_be_had(request: &CompletionRequest) -> Result<(), Problem> {
    if request.n.is_some_and(|n| n != 1) {
        return Err(Problem::invalid("n", "Only one answer can be had"));
    }
    if request.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
        return Err(Problem::invalid("tools", "Tools can't be used here"));
    }
    if let Some(format) = &request.response_format
        && !matches!(format.kind.as_str(), "" | "text")
    {
        return Err(Problem::invalid("response_format", "Only answers in text can be had"));
    }
    Ok(())
}

fn wishes(request: &CompletionRequest) -> Result<Wishes, Problem> {
    let most = request.max_completion_tokens.or(request.max_tokens);
    if most == Some(0) {
        return Err(Problem::invalid("max_tokens", "An answer has at least one token"));
    }
    let within = |name, value: Option<f64>, most: f64| match value {
        Some(value) if !(0.0..=most).contains(&value) => {
            Err(Problem::invalid(name, format!("{name} is from 0 to {most}")))
        }
        value => Ok(value),
    };
    let stop = match &request.stop {
        None => Vec::new(),
        Some(CompletionStop::One(text)) => vec![text.clone()],
        Some(CompletionStop::Some(texts)) => texts.clone(),
    };
    let bad = |text: &String| text.is_empty() || text.chars().count() > LONGEST_STOP;
    if stop.len() > MOST_STOPS || stop.iter().any(bad) {
        return Err(Problem::invalid(
            "stop",
            format!("At most {MOST_STOPS} texts, each of 1 to {LONGEST_STOP} characters"),
        ));
    }
    Ok(Wishes {
        max_output_tokens: most,
        sampling: Sampling {
            temperature: within("temperature", request.temperature, 2.0)?,
            top_p: within("top_p", request.top_p, 1.0)?,
            stop,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(mut request: Value) -> Result<Asked, String> {
        request["model"] = json!("builtin");
        let request = serde_json::from_value(request).unwrap();
        read(request, false).map_err(|problem| problem.sentence().to_owned())
    }

    #[test]
    fn a_conversation_is_taken_apart() {
        let asked = asked(json!({
            "messages": [
                { "role": "system", "content": "Be brief" },
                { "role": "user", "content": "Hello" },
                { "role": "assistant", "content": [{ "type": "text", "text": "Hi" }, { "type": "text", "text": "there" }] },
                { "role": "developer", "content": "Be kind" },
                { "role": "user", "content": [{ "type": "text", "text": "Which tram?" }] },
            ],
            "max_tokens": 7,
            "max_completion_tokens": 9,
            "stop": "END",
            "metadata": { "thread_id": "t" },
            "tools": [],
            "response_format": { "type": "text" },
            "user": "unknown fields are ignored",
        }));
        let asked = asked.unwrap();
        assert_eq!(asked.content, "Which tram?");
        assert_eq!(asked.given.system, ["Be brief", "Be kind"]);
        let turns: Vec<&str> = asked.given.turns.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!(turns, ["Hello", "Hi\nthere"]);
        assert_eq!(asked.wishes.max_output_tokens, Some(9));
        assert_eq!(asked.wishes.sampling.stop, ["END"]);
        assert_eq!(asked.thread_id.as_deref(), Some("t"));
    }

    #[test]
    fn what_can_not_be_had_is_refused() {
        let user = json!([{ "role": "user", "content": "Hello" }]);
        for (field, value) in [
            ("n", json!(2)),
            ("tools", json!([{ "type": "function" }])),
            ("response_format", json!({ "type": "json_object" })),
            ("temperature", json!(2.1)),
            ("top_p", json!(-0.1)),
            ("max_tokens", json!(0)),
            ("stop", json!(["a", "b", "c", "d", "e"])),
            ("stop", json!("")),
            ("messages", json!([])),
            ("messages", json!([{ "role": "assistant", "content": "Hi" }])),
            ("messages", json!([{ "role": "user", "content": " " }])),
            ("messages", json!([{ "role": "user" }])),
            (
                "messages",
                json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "x" } }] }]),
            ),
        ] {
            let mut request = json!({ "messages": user });
            request[field] = value.clone();
            assert!(asked(request).is_err(), "{field} {value}");
        }
    }
}
