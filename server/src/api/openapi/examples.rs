//! Examples of answers, made from their schemas, so that they can't show a field that is not there or miss one that is.

use serde_json::{Map, Value, json};

use super::schemas::resolve;

/// What fields are called and what could stand in them.
const VALUES: &[(&str, &str)] = &[
    ("email", "ada@example.org"),
    ("name", "Ada"),
    ("title", "A weekend in Lisbon"),
    ("threadTitle", "A weekend in Lisbon"),
    ("content", "Take the tram to Belém first thing in the morning."),
    (
        "highlight",
        "Take the <mark>tram</mark> to Belém first thing in the morning.",
    ),
    (
        "lastMessagePreview",
        "Take the tram to Belém first thing in the morning.",
    ),
    ("plan", "free"),
    ("model", "builtin"),
    (
        "token",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
    ),
    ("keyPrefix", "sk-a1b2c3"),
    ("secret", "sk-a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4d5e6f7081"),
    ("slug", "weekend-in-lisbon"),
    ("context", "We answer in British English."),
    ("prompt", "Translate into {{language}}:\n\n{{text}}"),
    ("teamName", "Research"),
    ("url", "https://chat.example.com/invite/Jx3u0mZ6"),
    ("status", "complete"),
    ("version", "0.1.0"),
    ("from", "2026-01-01"),
    ("to", "2026-01-31"),
    ("day", "2026-01-15"),
    ("createdAt", "2026-01-15T10:30:00.000Z"),
    ("updatedAt", "2026-01-15T10:30:00.000Z"),
    ("lastSeenAt", "2026-01-15T10:30:00.000Z"),
    ("renewsAt", "2026-02-01T00:00:00.000Z"),
    ("expiresAt", "2026-04-15T10:30:00.000Z"),
    ("exportedAt", "2026-01-15T10:30:00.000Z"),
    (
        "error",
        "The model's server does not answer. Try again, or choose another model.",
    ),
    ("role", "assistant"),
    ("role", "user"),
    ("code", "model_failed"),
];
/// Fields that may be null and are not in the examples.
const PRESENT: &[&str] = &["lastMessagePreview", "model", "usage", "lastSeenAt"];

const ID: &str = "019b9f1c-5d1e-7c43-8a52-6f2d1c0b9a87";

/// A value of a schema.
pub(crate) fn example(schema: &Value, definitions: &Map<String, Value>) -> Value {
    of(schema, definitions, "", 0)
}

fn of(schema: &Value, definitions: &Map<String, Value>, name: &str, depth: u8) -> Value {
    let schema = resolve(schema, definitions);
    if depth > 12 {
        return Value::Null;
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        let Some(choices) = schema[choice].as_array() else {
            continue;
        };
        if choices.iter().any(|choice| choice["type"] == "null") && !PRESENT.contains(&name) {
            return Value::Null;
        }
        let fits = |value: &&str| choices.iter().any(|choice| choice["const"] == **value);
        if let Some(hinted) = hints(name).find(fits) {
            return json!(hinted);
        }
        if let Some(first) = choices.first() {
            return of(first, definitions, name, depth + 1);
        }
    }
    let nullable = schema["type"]
        .as_array()
        .is_some_and(|types| types.iter().any(|kind| kind == "null"));
    if nullable && !PRESENT.contains(&name) {
        return Value::Null;
    }
    let kind = schema["type"]
        .as_str()
        .or_else(|| schema["type"].as_array()?.first()?.as_str())
        .unwrap_or("object");
    match kind {
        "string" => text(schema, name),
        "integer" => json!(match name {
            "total" | "messageCount" | "messages" => 2,
            "inputTokens" | "prompt" => 182,
            "outputTokens" | "completion" => 64,
            "totalTokens" => 246,
            _ => 1,
        }),
        "number" => json!(0.5),
        "boolean" => json!(matches!(name, "success" | "canAccess" | "totalIsExact")),
        // Only answers that quote have some.
        "array" if name == "sources" => json!([]),
        "array" => json!([of(&schema["items"], definitions, name, depth + 1)]),
        _ => {
            let properties = schema["properties"].as_object();
            let fields = properties
                .into_iter()
                .flatten()
                .filter(|(field, _)| is_required(schema, field))
                .map(|(field, property)| (field.clone(), of(property, definitions, field, depth + 1)));
            Value::Object(fields.collect())
        }
    }
}

fn is_required(schema: &Value, field: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|required| required.iter().any(|name| name == field))
}

fn text(schema: &Value, name: &str) -> Value {
    match hints(name).next() {
        Some(value) => json!(value),
        None if schema["format"] == "uuid" => json!(ID),
        None if schema["format"] == "date-time" => json!("2026-01-15T10:30:00.000Z"),
        None if name == "id" || name.ends_with("Id") => json!(ID),
        None if name == "variables" => json!("language"),
        None => json!("…"),
    }
}

fn hints(name: &str) -> impl Iterator<Item = &'static str> {
    VALUES
        .iter()
        .filter(move |(known, _)| *known == name)
        .map(|(_, value)| *value)
}
