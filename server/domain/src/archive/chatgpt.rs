//! A conversation of `ChatGPT`'s `conversations.json` as a thread.
//!
//! It is a tree: `mapping` has its nodes, `current_node` is the leaf that was on show, and the way up from there by
//! `parent` is the conversation as the person last saw it. What they never saw is left out: system messages, hidden ones,
//! what was said to tools and back. Code that was run and what came out is shown, as it was there; so is the text of a
//! canvas. What is not text is named in brackets. What the model said in several pieces is one answer.

use std::collections::{HashMap, HashSet};

use entity::Timestamp;
use entity::messages::{MessageRole, MessageStatus};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::turn::{self, Head, Timed, Turn, lenient};
use crate::text;

const TITLE_LENGTH: usize = 60;
const LONGEST_TITLE: usize = 200;
/// `ChatGPT` is younger than this; a time before it is none.
const FIRST_MOMENT: i64 = 1_577_836_800_000;

/// A conversation as a thread.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) head: Head,
    pub(super) turns: Vec<Turn>,
}

#[derive(Deserialize)]
struct Whole<'c> {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    conversation_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    create_time: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    update_time: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    current_node: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    is_archived: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    is_starred: Option<bool>,
    #[serde(borrow)]
    mapping: HashMap<String, &'c RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Node<'c> {
    #[serde(deserialize_with = "lenient")]
    parent: Option<String>,
    #[serde(borrow)]
    message: Option<&'c RawValue>,
}

/// Of a message, when it was made.
#[derive(Deserialize)]
struct Made {
    #[serde(default, deserialize_with = "lenient")]
    create_time: Option<f64>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
    author: Author,
    #[serde(default, deserialize_with = "lenient")]
    create_time: Option<f64>,
    content: Value,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    weight: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    recipient: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    metadata: Option<Value>,
}

#[derive(Deserialize)]
struct Author {
    role: String,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
}

impl Message {
    fn noted(&self, field: &str) -> Option<&Value> {
        self.metadata.as_ref()?.get(field)
    }

    fn is_hidden(&self) -> bool {
        self.weight == Some(0.0)
            || self
                .noted("is_visually_hidden_from_conversation")
                .and_then(Value::as_bool)
                .unwrap_or(false)
    }

    /// Whom it is for; none for the person.
    fn tool(&self) -> Option<&str> {
        self.recipient.as_deref().filter(|recipient| *recipient != "all")
    }
}

/// Reads a conversation. Whatever the tree is like there is an end; a conversation of which nothing is to be seen is
/// refused with a sentence, and so is what is none.
pub(super) fn conversation(json: &str) -> Result<Conversation, String> {
    let whole: Whole<'_> =
        serde_json::from_str(json).map_err(|error| format!("It can't be read: {}", turn::explain(&error)))?;
    let mut turns: Vec<Turn> = Vec::new();
    for (node_id, raw) in branch(&whole) {
        if raw.get().len() > turn::LONGEST_CONTENT {
            return Err(turn::too_long());
        }
        // What is no message at all has nothing to show.
        if let Ok(message) = serde_json::from_str(raw.get()) {
            add(&mut turns, node_id, &message)?;
        }
    }
    if turns.is_empty() {
        return Err("There is nothing in it that can be shown".to_owned());
    }
    answer_each_other(&mut turns);
    let id = match whole.conversation_id.or(whole.id) {
        Some(id) => turn::id(&id)?,
        None => hex::encode(Sha256::digest(json)),
    };
    let created_at = time(whole.create_time).or_else(|| turns.first().and_then(|turn| turn.created_at));
    let updated_at = time(whole.update_time).or(created_at);
    let title = whole.title.map(|title| text::beginning(&title, LONGEST_TITLE));
    let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| {
        let first = turns.iter().find(|turn| turn.role == MessageRole::User);
        text::beginning(first.map_or("", |turn| &turn.content), TITLE_LENGTH)
    });
    let set_at = |set: Option<bool>| set.unwrap_or(false);
    Ok(Conversation {
        id,
        head: Head {
            title: Some(title).filter(|title| !title.is_empty()),
            pinned: Some(set_at(whole.is_starred)),
            archived: Some(set_at(whole.is_archived)),
            created_at: created_at.map(Timed),
            updated_at: updated_at.map(Timed),
            ..Head::default()
        },
        turns,
    })
}

/// The messages that were on show, from the first on. A node that can't be read has no message and no parent; a circle is
/// left where it closes.
fn branch<'c>(whole: &'c Whole<'c>) -> Vec<(&'c str, &'c RawValue)> {
    let node = |id: &str| {
        let (id, raw) = whole.mapping.get_key_value(id)?;
        let node: Node<'c> = serde_json::from_str(raw.get()).unwrap_or_default();
        Some((id.as_str(), node))
    };
    let mut seen = HashSet::new();
    let mut messages = Vec::new();
    let mut next = match whole.current_node.as_deref() {
        Some(id) if whole.mapping.contains_key(id) => Some(id.to_owned()),
        _ => newest_leaf(whole),
    };
    while let Some((id, node)) = next.as_deref().and_then(node) {
        if !seen.insert(id) {
            break;
        }
        messages.extend(node.message.map(|message| (id, message)));
        next = node.parent;
    }
    messages.reverse();
    messages
}

/// Where nothing says which leaf was on show: the newest. In a tree that is all circles, the newest node.
fn newest_leaf(whole: &Whole<'_>) -> Option<String> {
    let mut parents = HashSet::new();
    let mut nodes = Vec::new();
    for (id, raw) in &whole.mapping {
        let node: Node<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        let made: Option<Made> = node.message.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let at = made.and_then(|made| made.create_time).unwrap_or(0.0);
        parents.extend(node.parent);
        nodes.push((at, id));
    }
    let newest = |nodes: &mut dyn Iterator<Item = &(f64, &String)>| {
        nodes
            .max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(other.1)))
            .map(|(_, id)| (*id).clone())
    };
    newest(&mut nodes.iter().filter(|(_, id)| !parents.contains(*id))).or_else(|| newest(&mut nodes.iter()))
}

/// Adds what of a message was to be seen: to the answer before it, or as a turn of its own.
fn add(turns: &mut Vec<Turn>, node_id: &str, message: &Message) -> Result<(), String> {
    if message.is_hidden() {
        return Ok(());
    }
    let (role, text) = match message.author.role.as_str() {
        "user" => (MessageRole::User, said_by_person(message)),
        "assistant" => (
            MessageRole::Assistant,
            match message.tool() {
                Some(tool) => said_to_tool(tool, &message.content),
                None => said(&message.content),
            },
        ),
        "tool" => (MessageRole::Assistant, said_by_tool(message)),
        _ => return Ok(()),
    };
    let text = without_marks(text.trim_end());
    if text.trim().is_empty() {
        return Ok(());
    }
    let settled = match message.status.as_deref() {
        Some("in_progress") => MessageStatus::Interrupted,
        _ => MessageStatus::Complete,
    };
    let model = message
        .noted("model_slug")
        .and_then(Value::as_str)
        .and_then(|slug| turn::model(slug.to_owned()));
    if role == MessageRole::Assistant
        && let Some(answer) = turns.last_mut().filter(|turn| turn.role == MessageRole::Assistant)
    {
        let content = [answer.content.as_str(), "\n\n", &text].concat();
        answer.content = turn::content(content)?;
        answer.status = settled;
        answer.model = model.or(answer.model.take());
        return Ok(());
    }
    let id = message.id.as_deref().unwrap_or(node_id);
    let mut turn = Turn::plain(turn::id(id)?, role, turn::content(text)?);
    turn.created_at = time(message.create_time);
    if role == MessageRole::Assistant {
        turn.status = settled;
        turn.model = model;
        turn.finish_reason = Some(finish_reason(message).to_owned());
    }
    turns.push(turn);
    Ok(())
}

fn finish_reason(message: &Message) -> &'static str {
    let kind = message.noted("finish_details").and_then(|details| details.get("type"));
    match kind.and_then(Value::as_str) {
        Some("max_tokens") => "length",
        Some("interrupted") => "stopped",
        _ => "stop",
    }
}

/// Each answer knows which turn it answers.
fn answer_each_other(turns: &mut [Turn]) {
    let mut question = None;
    for turn in turns {
        match turn.role {
            MessageRole::Assistant => turn.reply_to.clone_from(&question),
            _ => question = Some(turn.id.clone()),
        }
    }
}

/// What the person wrote, with the names of the files they put beside it.
fn said_by_person(message: &Message) -> String {
    let mut text = said(&message.content);
    let files = message.noted("attachments").and_then(Value::as_array);
    for file in files.into_iter().flatten() {
        let is_image = file
            .get("mime_type")
            .or_else(|| file.get("mimeType"))
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.starts_with("image/"));
        // Those are in the text already.
        if let Some(name) = file.get("name").and_then(Value::as_str).filter(|_| !is_image) {
            let name = text::beginning(name, TITLE_LENGTH);
            text.push_str(&["\n\n[File: ", &name, "]"].concat());
        }
    }
    text.trim_start().to_owned()
}

/// What stands in a message, by its kind.
fn said(content: &Value) -> String {
    let text = |field: &str| content.get(field).and_then(Value::as_str).unwrap_or_default();
    match text("content_type") {
        "text" | "multimodal_text" => parts(content),
        "code" => fenced(text("text"), text("language")),
        "execution_output" => fenced(text("text"), ""),
        // What the model thinks and knows before it answers, and what it was told of the person.
        "thoughts" | "reasoning_recap" | "user_editable_context" | "model_editable_context" => String::new(),
        "tether_browsing_display" | "tether_browsing_code" | "tether_quote" | "sonic_webpage" | "system_error" => {
            String::new()
        }
        kind => {
            let known = [parts(content), text("text").to_owned(), text("result").to_owned()];
            let known = known.into_iter().find(|text| !text.trim().is_empty());
            known.unwrap_or_else(|| ["[", &turn::shown(kind), "]"].concat())
        }
    }
}

fn parts(content: &Value) -> String {
    let parts = content.get("parts").and_then(Value::as_array);
    let parts: &[Value] = parts.map_or(&[], Vec::as_slice);
    let kind = |part: &Value| {
        part.get("content_type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let is_transcribed = parts.iter().any(|part| kind(part) == "audio_transcription");
    let mut said: Vec<String> = Vec::new();
    for part in parts {
        let text = match (part, kind(part).as_str()) {
            (Value::String(text), _) => text.clone(),
            (Value::Null, _) => continue,
            (_, "image_asset_pointer" | "image_url") => "[Image]".to_owned(),
            (_, "audio_asset_pointer" | "real_time_user_audio_video_asset_pointer") if is_transcribed => continue,
            (_, "audio_asset_pointer" | "real_time_user_audio_video_asset_pointer") => "[Audio]".to_owned(),
            (_, "video_container_asset_pointer") => "[Video]".to_owned(),
            (part, _) => match part.get("text").and_then(Value::as_str) {
                Some(text) => text.to_owned(),
                None => "[Attachment]".to_owned(),
            },
        };
        if !text.trim().is_empty() {
            said.push(text);
        }
    }
    said.join("\n")
}

/// What the model gave a tool and the person saw: code that was run, and the text of a canvas.
fn said_to_tool(tool: &str, content: &Value) -> String {
    let text = match content.get("text").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => parts(content),
    };
    match tool {
        "python" | "code_interpreter" => fenced(&text, "python"),
        "canmore.create_textdoc" => {
            let canvas: Option<Value> = serde_json::from_str(&text).ok();
            let field = |name: &str| canvas.as_ref().and_then(|canvas| canvas.get(name)?.as_str());
            let Some(body) = field("content") else {
                return String::new();
            };
            match field("type").and_then(|kind| kind.strip_prefix("code/")) {
                Some(language) => fenced(body, language),
                None => body.to_owned(),
            }
        }
        _ => String::new(),
    }
}

/// What a tool gave back and the person saw: the output of code, and pictures.
fn said_by_tool(message: &Message) -> String {
    let kind = message.content.get("content_type").and_then(Value::as_str);
    match kind {
        Some("execution_output") if message.author.name.as_deref() != Some("browser") => said(&message.content),
        Some("multimodal_text") => {
            let pictures = message.content.get("parts").and_then(Value::as_array);
            let is_picture =
                |part: &&Value| part.get("content_type").and_then(Value::as_str) == Some("image_asset_pointer");
            let pictures = pictures.into_iter().flatten().filter(is_picture);
            pictures.map(|_| "[Image]").collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// A block of code, fenced so that nothing in it can end it.
fn fenced(code: &str, language: &str) -> String {
    if code.trim().is_empty() {
        return String::new();
    }
    let mut longest = 2;
    let mut run = 0;
    for character in code.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let is_word = |language: &str| {
        language.len() <= 20
            && language
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+#-_".contains(&byte))
    };
    let language = if language != "unknown" && is_word(language) {
        language
    } else {
        ""
    };
    [&fence, language, "\n", code.trim_end_matches('\n'), "\n", &fence].concat()
}

/// Without the marks by which their page drew citations and the like: from one private character to another.
fn without_marks(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once('\u{e200}') {
        plain.push_str(before);
        rest = match after.split_once('\u{e201}') {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain.push_str(rest);
    plain
}

/// Seconds since 1970 as they write them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float that is too large becomes the largest number"
)]
fn time(seconds: Option<f64>) -> Option<Timestamp> {
    let millis = (seconds? * 1_000.0).round() as i64;
    (millis >= FIRST_MOMENT).then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn node(parent: Option<&str>, message: Value) -> Value {
        json!({ "parent": parent, "children": [], "message": message })
    }

    fn text(role: &str, text: &str) -> Value {
        json!({ "author": { "role": role }, "content": { "content_type": "text", "parts": [text] } })
    }

    fn read(whole: &Value) -> Result<Vec<(MessageRole, String)>, String> {
        let turns = conversation(&whole.to_string())?.turns;
        Ok(turns.into_iter().map(|turn| (turn.role, turn.content)).collect())
    }

    #[test]
    fn the_branch_on_show_is_taken_and_what_was_hidden_is_not() {
        let mut hidden = text("user", "About me");
        hidden["metadata"] = json!({ "is_visually_hidden_from_conversation": true });
        let mut weightless = text("assistant", "Nothing");
        weightless["weight"] = json!(0.0);
        let whole = json!({
            "title": null,
            "current_node": "new",
            "mapping": {
                "root": node(None, Value::Null),
                "system": node(Some("root"), text("system", "Be kind")),
                "hidden": node(Some("system"), hidden),
                "ask": node(Some("hidden"), text("user", "Which one?")),
                "old": node(Some("ask"), text("assistant", "The old one")),
                "none": node(Some("ask"), weightless),
                "new": node(Some("none"), text("assistant", "The new one \u{e200}cite\u{e202}turn0\u{e201}here")),
            },
        });
        assert_eq!(
            read(&whole).unwrap(),
            [
                (MessageRole::User, "Which one?".to_owned()),
                (MessageRole::Assistant, "The new one here".to_owned())
            ]
        );
        let read = conversation(&whole.to_string()).unwrap();
        assert_eq!(read.head.title.as_deref(), Some("Which one?"));
        assert_eq!(read.turns[1].reply_to.as_deref(), Some("ask"));
    }

    #[test]
    fn what_is_not_text_is_named_or_left_out() {
        for (content, shown) in [
            (json!({ "content_type": "text", "parts": ["a", "", null, "b"] }), "a\nb"),
            (
                json!({ "content_type": "multimodal_text", "parts": [{ "content_type": "image_asset_pointer" }, "What is it?"] }),
                "[Image]\nWhat is it?",
            ),
            (
                json!({ "content_type": "multimodal_text", "parts": [
                    { "content_type": "audio_transcription", "text": "Spoken" }, { "content_type": "audio_asset_pointer" }] }),
                "Spoken",
            ),
            (
                json!({ "content_type": "multimodal_text", "parts": [{ "content_type": "audio_asset_pointer" }] }),
                "[Audio]",
            ),
            (
                json!({ "content_type": "multimodal_text", "parts": [{}, 7] }),
                "[Attachment]\n[Attachment]",
            ),
            (
                json!({ "content_type": "code", "language": "rust", "text": "fn a() {}\n" }),
                "```rust\nfn a() {}\n```",
            ),
            (
                json!({ "content_type": "code", "language": "unknown", "text": "```" }),
                "````\n```\n````",
            ),
            (json!({ "content_type": "later", "text": "Something" }), "Something"),
            (json!({ "content_type": "later" }), "[later]"),
            (json!({ "content_type": "thoughts", "thoughts": [] }), ""),
            (
                json!({ "content_type": "user_editable_context", "user_profile": "x" }),
                "",
            ),
            (json!({ "content_type": "text", "parts": "no array" }), ""),
        ] {
            assert_eq!(said(&content), shown, "{content}");
        }
        // What has no kind at all still has a place in the conversation.
        assert!(said(&json!(null)).starts_with('['));
    }

    #[test]
    fn tools_speak_within_the_answer() {
        let mut call = text("assistant", "");
        call["recipient"] = json!("python");
        call["content"] = json!({ "content_type": "code", "language": "unknown", "text": "1 + 1" });
        let mut search = text("assistant", "search(\"x\")");
        search["recipient"] = json!("web");
        let mut canvas = text("assistant", r#"{"name":"p","type":"document","content":"Chapter one"}"#);
        canvas["recipient"] = json!("canmore.create_textdoc");
        let output = json!({ "author": { "role": "tool", "name": "python" }, "content": { "content_type": "execution_output", "text": "2" } });
        let page =
            json!({ "author": { "role": "tool" }, "content": { "content_type": "tether_quote", "text": "A page" } });
        let whole = json!({ "current_node": "g", "mapping": {
            "a": node(None, text("user", "What is it?")),
            "b": node(Some("a"), call),
            "c": node(Some("b"), output),
            "d": node(Some("c"), search),
            "e": node(Some("d"), page),
            "f": node(Some("e"), canvas),
            "g": node(Some("f"), text("assistant", "It is two.")),
        } });
        let turns = read(&whole).unwrap();
        assert_eq!(turns.len(), 2);
        assert_eq!(
            turns[1].1,
            "```python\n1 + 1\n```\n\n```\n2\n```\n\nChapter one\n\nIt is two."
        );
    }

    #[test]
    fn without_a_current_node_the_newest_leaf_is_taken() {
        let mut early = text("assistant", "Early");
        early["create_time"] = json!(1_700_000_000.5);
        let mut late = text("assistant", "Late");
        late["create_time"] = json!(1_700_000_100.25);
        for current in [json!(null), json!("gone"), json!(7)] {
            let whole = json!({ "current_node": current, "mapping": {
                "q": node(None, text("user", "Hm?")),
                "late": node(Some("q"), late.clone()),
                "early": node(Some("q"), early.clone()),
            } });
            assert_eq!(read(&whole).unwrap()[1].1, "Late");
        }
    }

    #[test]
    fn what_is_no_conversation_is_refused_with_a_sentence() {
        for whole in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "mapping": [] }),
            json!({ "mapping": {} }),
            json!({ "mapping": { "a": null, "b": 7, "c": node(Some("c"), text("system", "x")) }, "current_node": "c" }),
        ] {
            let refused = conversation(&whole.to_string()).unwrap_err();
            assert!(!refused.is_empty(), "{whole}");
        }
    }

    #[test]
    fn times_are_seconds_and_what_is_absurd_is_none() {
        let at = |seconds: f64| time(Some(seconds)).map(|at| at.to_string());
        assert_eq!(at(1_700_000_000.123_4).as_deref(), Some("2023-11-14T22:13:20.123Z"));
        for absurd in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(at(absurd), None, "{absurd}");
        }
        assert!(at(f64::INFINITY).is_some(), "clamped; the importer puts it at now");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "[a-e]".prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            prop_oneof![
                Just("text"),
                Just("code"),
                Just("multimodal_text"),
                Just("user"),
                Just("assistant"),
                Just("tool")
            ]
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(
                    (
                        prop_oneof![
                            Just("parent".to_owned()),
                            Just("message".to_owned()),
                            Just("author".to_owned()),
                            Just("role".to_owned()),
                            Just("content".to_owned()),
                            Just("content_type".to_owned()),
                            Just("parts".to_owned()),
                            Just("text".to_owned()),
                            Just("metadata".to_owned()),
                            Just("recipient".to_owned()),
                        ],
                        inner
                    ),
                    0..6
                )
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_tree_is_too_strange(
            nodes in prop::collection::hash_map("[a-e]", ("[a-e]", any_json(), any::<bool>()), 0..6),
            current in "[a-f]",
            title in any_json(),
        ) {
            let mapping: serde_json::Map<_, _> = nodes
                .into_iter()
                .map(|(id, (parent, message, whole))| {
                    // Half of them are messages as they should be, so that there is something to find.
                    let message = if whole { text("user", "Here") } else { message };
                    (id, json!({ "parent": parent, "message": message }))
                })
                .collect();
            let most = mapping.len();
            let whole = json!({ "mapping": mapping, "current_node": current, "title": title });
            if let Ok(read) = conversation(&whole.to_string()) {
                prop_assert!((1..=most).contains(&read.turns.len()));
                let ids: HashSet<_> = read.turns.iter().map(|turn| &turn.id).collect();
                prop_assert_eq!(ids.len(), read.turns.len());
                prop_assert!(read.turns.iter().all(|turn| !turn.content.trim().is_empty()));
            }
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            prop_assert!(conversation(&text).is_err() || text.contains("mapping"));
        }
    }
}
