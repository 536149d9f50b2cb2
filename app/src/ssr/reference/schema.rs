//! Types in words.

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::text;

/// A row of a list of fields.
pub(super) struct Field {
    pub(super) name: String,
    /// Where it stands, when that is not plain.
    pub(super) place: &'static str,
    pub(super) required: bool,
    pub(super) kind: AnyView,
    pub(super) about: String,
}

const REF: &str = "#/components/schemas/";

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(REF)
}

/// The fields of an object.
pub(super) fn fields_of(schema: &Value, schemas: &Map<String, Value>) -> Vec<Field> {
    let schema = referred(schema).and_then(|name| schemas.get(name)).unwrap_or(schema);
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let place = |name: &str| required.iter().position(|known| *known == name).unwrap_or(usize::MAX);
    let mut all: Vec<(&String, &Value)> = schema["properties"].as_object().into_iter().flatten().collect();
    // Those that are always there come in the order in which they were written down.
    all.sort_by_key(|(name, _)| place(name));
    all.into_iter()
        .map(|(name, property)| Field {
            name: name.clone(),
            place: "",
            required: required.contains(&name.as_str()),
            kind: kind(property),
            about: text(&property["description"]),
        })
        .collect()
}

/// A list of fields.
pub(super) fn fields(rows: Vec<Field>) -> AnyView {
    let rows = rows
        .into_iter()
        .map(|field| {
            let (notes, strong) = if field.required { ("required", true) } else { ("", false) };
            view! {
                <div class="border-t border-line py-2 first:border-t-0">
                    <dt class="flex flex-wrap items-baseline gap-x-2">
                        <code class="font-mono text-[0.82rem] font-semibold wrap-anywhere">{field.name}</code>
                        <span class="text-xs text-muted">{field.kind}</span>
                        {(!field.place.is_empty()).then(|| view! { <span class="text-xs text-muted">{field.place}</span> })}
                        {strong.then(|| view! { <span class="text-xs text-warn">{notes}</span> })}
                    </dt>
                    {(!field.about.is_empty())
                        .then(|| view! { <dd class="mt-0.5 text-ink-soft">{prose(&field.about)}</dd> })}
                </div>
            }
        })
        .collect_view();
    view! { <dl class="mt-1 text-sm">{rows}</dl> }.into_any()
}

/// What a value can be, in a line.
pub(super) fn kind(schema: &Value) -> AnyView {
    if let Some(name) = referred(schema) {
        return view! {
            <a class="text-accent underline underline-offset-2" href=format!("#type-{name}")>
                {name.to_owned()}
            </a>
        }
        .into_any();
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            if choices.iter().all(|choice| choice.get("const").is_some()) {
                let words: Vec<String> = choices.iter().map(|choice| choice["const"].to_string()).collect();
                return words.join(" or ").into_any();
            }
            return choices
                .iter()
                .enumerate()
                .map(|(at, choice)| view! { {(at > 0).then_some(" or ")} {kind(choice)} })
                .collect_view()
                .into_any();
        }
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string().into_any();
    }
    if let Some(values) = schema["enum"].as_array() {
        let words: Vec<String> = values.iter().map(ToString::to_string).collect();
        return words.join(" or ").into_any();
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    };
    if types.contains(&"array") {
        return view! { "list of " {kind(&schema["items"])} }.into_any();
    }
    let format = schema["format"]
        .as_str()
        .filter(|format| ["date-time", "date", "uuid", "email"].contains(format));
    let words: Vec<String> = types
        .iter()
        .map(|kind| match (*kind, format) {
            ("string", Some(format)) => format.to_owned(),
            (kind, _) => kind.to_owned(),
        })
        .collect();
    let bound = |least: &str, most: &str, what: &str| match (schema[least].as_u64(), schema[most].as_u64()) {
        (Some(least), Some(most)) => format!(", {least} to {most}{what}"),
        (None, Some(most)) => format!(", at most {most}{what}"),
        (Some(1), None) if !what.is_empty() => ", not empty".to_owned(),
        (Some(least), None) if least > 0 && !what.is_empty() => format!(", at least {least}{what}"),
        _ => String::new(),
    };
    let bounds = bound("minLength", "maxLength", " characters") + &bound("minimum", "maximum", "");
    (words.join(" or ") + &bounds).into_any()
}

/// A type, with its own anchor.
pub(super) fn schema_section(name: &str, schema: &Value) -> AnyView {
    let about = text(&schema["description"]);
    let variants = schema["oneOf"].as_array();
    let content = match variants {
        Some(variants) => variants
            .iter()
            .map(|variant| {
                let name = variant.get("const").unwrap_or(&variant["properties"]["type"]["const"]);
                let rows = fields_of(variant, &Map::new());
                view! {
                    <div class="border-t border-line py-2 first:border-t-0">
                        <code class="font-mono text-[0.82rem] font-semibold">{name.as_str().unwrap_or_default().to_owned()}</code>
                        <span class="text-ink-soft">" " {prose(&text(&variant["description"]))}</span>
                        {(!rows.is_empty()).then(|| view! { <div class="pl-4">{fields(rows)}</div> })}
                    </div>
                }
            })
            .collect_view()
            .into_any(),
        None if schema["properties"].is_object() => fields(fields_of(schema, &Map::new())),
        None => view! { <p class="text-muted">{kind(schema)}</p> }.into_any(),
    };
    let id = format!("type-{name}");
    let heading = format!("{id}-heading");
    view! {
        <article id=id class="mt-6 scroll-mt-20 border-t border-line pt-6" aria-labelledby=heading>
            <h3 id=heading.clone() class="font-mono text-sm font-semibold">{name.to_owned()}</h3>
            {(!about.is_empty()).then(|| view! { <div class="mt-0.5 text-sm text-ink-soft">{prose(&about)}</div> })}
            <div class="mt-1 text-sm">{content}</div>
        </article>
    }
    .into_any()
}

/// The little Markdown that descriptions are written in: paragraphs, `code` and **strong** words.
pub(super) fn prose(text: &str) -> AnyView {
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    if let [only] = paragraphs.as_slice() {
        return inline(only);
    }
    paragraphs
        .into_iter()
        .map(|paragraph| view! { <p>{inline(paragraph)}</p> })
        .collect_view()
        .into_any()
}

fn inline(text: &str) -> AnyView {
    let codes = text.split('`').enumerate().map(|(at, part)| {
        if at % 2 == 1 {
            return view! { <code class="font-mono text-[0.92em] wrap-anywhere">{part.to_owned()}</code> }.into_any();
        }
        part.split("**")
            .enumerate()
            .map(|(at, part)| {
                if at % 2 == 1 {
                    view! { <strong class="font-semibold text-ink">{part.to_owned()}</strong> }.into_any()
                } else {
                    part.to_owned().into_any()
                }
            })
            .collect_view()
            .into_any()
    });
    view! { <span>{codes.collect_view()}</span> }.into_any()
}
