//! Threads and messages as files have them, made fit to be written: what can't be kept is left out, what is out of bounds
//! is refused with a sentence.

use entity::Timestamp;
use entity::messages::{MessageRole, MessageStatus};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use types::threads as wire;

use crate::clock::is_id;
use crate::text;

/// Bytes of one message's text.
pub(super) const LONGEST_CONTENT: usize = 4 << 20;
const LONGEST_ID: usize = 200;
const LONGEST_MODEL: usize = 200;
const LONGEST_ERROR: usize = 2_000;
const LONGEST_COMMENT: usize = 2_000;
const LONGEST_WORD: usize = 128;
/// Bytes of what was kept of the making of an answer.
const LONGEST_REPORT: usize = 1 << 20;
/// Sources of one answer.
const MOST_SOURCES: usize = 100;
/// As much as is kept of what a model thinks.
const LONGEST_REASONING: usize = 64 * 1024;

/// A message to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) id: String,
    pub(super) reply_to: Option<String>,
    pub(super) role: MessageRole,
    pub(super) content: String,
    pub(super) status: MessageStatus,
    pub(super) model: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) prompt_tokens: Option<i64>,
    pub(super) completion_tokens: Option<i64>,
    pub(super) finish_reason: Option<String>,
    pub(super) sources: Vec<wire::Source>,
    pub(super) prompt_report: Option<String>,
    pub(super) reasoning: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_code: Option<String>,
    pub(super) in_context: bool,
    pub(super) feedback: Option<wire::Feedback>,
    pub(super) feedback_comment: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

impl Turn {
    /// A complete message of which nothing else is known.
    pub(super) fn plain(id: String, role: MessageRole, content: String) -> Self {
        Self {
            id,
            reply_to: None,
            role,
            content,
            status: MessageStatus::Complete,
            model: None,
            api_key_id: None,
            prompt_tokens: None,
            completion_tokens: None,
            finish_reason: None,
            sources: Vec::new(),
            prompt_report: None,
            reasoning: None,
            error: None,
            error_code: None,
            in_context: true,
            feedback: None,
            feedback_comment: None,
            request_id: None,
            created_at: None,
        }
    }
}

/// What is known of a thread without its messages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Head {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) project_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) team_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) visibility: Option<wire::Visibility>,
    #[serde(deserialize_with = "lenient")]
    pub(super) model: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) pinned: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub(super) archived: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub(super) pinned_at: Option<Timed>,
    #[serde(deserialize_with = "lenient")]
    pub(super) archived_at: Option<Timed>,
    #[serde(deserialize_with = "lenient")]
    pub(super) session_key: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) parent_thread_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) api_key_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) created_at: Option<Timed>,
    #[serde(deserialize_with = "lenient")]
    pub(super) updated_at: Option<Timed>,
}

/// A time as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timed(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Timed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// What can't be read is as if it were not there.
pub(super) fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}

/// A message as an archive has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'m> {
    id: String,
    role: wire::MessageRole,
    content: String,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<wire::MessageStatus>,
    #[serde(default, deserialize_with = "lenient")]
    model: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    api_key_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    sources: Option<Vec<wire::Source>>,
    #[serde(default, deserialize_with = "lenient")]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "lenient")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    feedback: Option<wire::Feedback>,
    #[serde(default, deserialize_with = "lenient")]
    request_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Timed>,
    #[serde(default, deserialize_with = "lenient")]
    reply_to: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    in_context: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    finish_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    error_code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    feedback_comment: Option<String>,
    #[serde(default, borrow)]
    prompt_report: Option<&'m RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    reasoning: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input_tokens: i64,
    output_tokens: i64,
}

/// Reads a message of an archive.
pub(super) fn of_archive(json: &str) -> Result<Turn, String> {
    let message: Message<'_> =
        serde_json::from_str(json).map_err(|error| format!("A message in it can't be read: {}", explain(&error)))?;
    let id = id(&message.id)?;
    let answer = message.role == wire::MessageRole::Assistant;
    let usage = message.usage.filter(|usage| {
        let sane = |tokens: i64| (0..=i64::from(u32::MAX)).contains(&tokens);
        answer && sane(usage.input_tokens) && sane(usage.output_tokens)
    });
    let report = message.prompt_report.map(RawValue::get);
    let report = report.filter(|json| json.starts_with('{') && json.len() <= LONGEST_REPORT);
    let status = match message.status {
        _ if !answer => MessageStatus::Complete,
        None | Some(wire::MessageStatus::Complete) => MessageStatus::Complete,
        Some(wire::MessageStatus::Stopped) => MessageStatus::Stopped,
        Some(wire::MessageStatus::Failed) => MessageStatus::Failed,
        // Nobody is writing it any more.
        Some(wire::MessageStatus::Interrupted | wire::MessageStatus::Queued | wire::MessageStatus::Streaming) => {
            MessageStatus::Interrupted
        }
    };
    Ok(Turn {
        id,
        reply_to: message.reply_to.filter(|_| answer),
        role: match message.role {
            wire::MessageRole::System => MessageRole::System,
            wire::MessageRole::User => MessageRole::User,
            wire::MessageRole::Assistant => MessageRole::Assistant,
        },
        content: content(message.content)?,
        status,
        model: message.model.and_then(|model| word(model, LONGEST_MODEL)),
        api_key_id: message.api_key_id,
        prompt_tokens: usage.as_ref().map(|usage| usage.input_tokens),
        completion_tokens: usage.as_ref().map(|usage| usage.output_tokens),
        finish_reason: message
            .finish_reason
            .filter(|reason| answer && matches!(reason.as_str(), "stop" | "length" | "stopped")),
        sources: sources(message.sources.unwrap_or_default()),
        prompt_report: report.filter(|_| answer).map(str::to_owned),
        reasoning: message
            .reasoning
            .filter(|_| answer)
            .map(|thought| cut(without_nul(thought), LONGEST_REASONING)),
        error: message.error.map(|error| cut(without_nul(error), LONGEST_ERROR)),
        error_code: message.error_code.and_then(|code| word(code, LONGEST_WORD)),
        in_context: message.in_context.unwrap_or(true),
        feedback_comment: message
            .feedback_comment
            .filter(|_| answer && message.feedback.is_some())
            .map(|comment| cut(without_nul(comment), LONGEST_COMMENT)),
        feedback: message.feedback.filter(|_| answer),
        request_id: message.request_id.and_then(|id| word(id, LONGEST_WORD)),
        created_at: message.created_at.map(|at| at.0),
    })
}

/// An id of a file, which need not be one of ours.
pub(super) fn id(id: &str) -> Result<String, String> {
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(format!("An id in it has not 1 to {LONGEST_ID} characters"));
    }
    Ok(id.to_owned())
}

/// A message's text within its bound.
pub(super) fn content(content: String) -> Result<String, String> {
    if content.len() > LONGEST_CONTENT {
        return Err(too_long());
    }
    Ok(without_nul(content))
}

/// What is said of a message out of bounds.
pub(super) fn too_long() -> String {
    format!("A message in it is longer than {} MB", LONGEST_CONTENT >> 20)
}

/// `PostgreSQL` keeps no NUL.
/// As many as an answer can have, each leading to a document or to none.
fn sources(mut sources: Vec<wire::Source>) -> Vec<wire::Source> {
    sources.truncate(MOST_SOURCES);
    for source in &mut sources {
        source.document_id = source.document_id.take().filter(|id| is_id(id));
    }
    sources
}

pub(super) fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// A short text that is only kept when it is sane.
pub(super) fn word(word: String, most: usize) -> Option<String> {
    text::name("", &word, most).ok()
}

/// The same for a model's name.
pub(super) fn model(model: String) -> Option<String> {
    word(model, LONGEST_MODEL)
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => text.get(..at).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// What serde says, without the names of our types; and never a long text of the file.
pub(super) fn explain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    cut(said, 200)
}

/// A name out of a file, to be shown in a report.
pub(super) fn shown(name: &str) -> String {
    match text::name("", name, 120) {
        Ok(name) => name,
        Err(_) => text::beginning(name, 120),
    }
}
