//! One operation: what it takes, what it gives, and how it is called.

use leptos::prelude::*;
use serde_json::Value;

use super::copying::code_block;
use super::schema::{Field, fields, fields_of, kind, prose};
use super::{Operation, Reference, text};
use crate::components::api_keys::snippet::{Call, Language, VARIABLE, snippet};

/// What stands for a person's token in an example.
const TOKEN: &str = "LATCHKEY_TOKEN";

/// The colour of a method.
pub(super) fn method_class(method: &str) -> &'static str {
    match method {
        "get" => "text-accent",
        "post" => "text-ok",
        "delete" => "text-danger",
        _ => "text-warn",
    }
}

pub(super) fn operation_section(reference: &Reference<'_>, operation: &Operation<'_>, mark: AnyView) -> AnyView {
    let id = operation.id();
    let heading = format!("{id}-heading");
    let link = format!("#{id}");
    let about = text(&operation.is["description"]);
    view! {
        <article id=id class="scroll-mt-20 border-t border-line pt-6 mt-6" aria-labelledby=heading>
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5">
                <h3 id=heading.clone() class="text-base font-semibold">
                    <a href=link class="hover:underline">{text(&operation.is["summary"])}</a>
                </h3>
                {mark}
            </div>
            <p class="mt-1 font-mono text-[0.82rem] break-all">
                <span class=format!("font-semibold {}", method_class(operation.method))>
                    {operation.method.to_uppercase()}
                </span> " " {operation.path.to_owned()}
            </p>
            <div class="mt-3 grid gap-x-8 gap-y-4 xl:grid-cols-2">
                <div class="flex min-w-0 flex-col gap-4">
                    {(!about.is_empty())
                        .then(|| view! { <div class="prose text-sm text-ink-soft">{prose(&about)}</div> })}
                    {parameters(operation)} {body(reference, operation)} {answers(reference, operation)}
                </div>
                <div class="flex min-w-0 flex-col gap-3">{examples(reference, operation)}</div>
            </div>
        </article>
    }
    .into_any()
}

fn part(heading: &'static str, content: AnyView) -> AnyView {
    view! {
        <div>
            <h4 class="text-xs font-semibold text-muted">{heading}</h4>
            {content}
        </div>
    }
    .into_any()
}

fn parameters(operation: &Operation<'_>) -> Option<AnyView> {
    let parameters = operation.is["parameters"].as_array()?;
    let rows: Vec<Field> = parameters
        .iter()
        .map(|parameter| Field {
            name: text(&parameter["name"]),
            place: match parameter["in"].as_str() {
                Some("path") => "in the path",
                Some("header") => "header",
                _ => "query",
            },
            required: parameter["required"] == true,
            kind: kind(&parameter["schema"]),
            about: text(&parameter["description"]),
        })
        .collect();
    (!rows.is_empty()).then(|| part("Parameters", fields(rows)))
}

fn body(reference: &Reference<'_>, operation: &Operation<'_>) -> Option<AnyView> {
    let body = &operation.is["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    if !schema.is_object() {
        return None;
    }
    let heading = if body["required"] == true {
        "Body"
    } else {
        "Body, may be left out"
    };
    Some(part(heading, fields(fields_of(schema, reference.schemas))))
}

fn answers(reference: &Reference<'_>, operation: &Operation<'_>) -> AnyView {
    let (good, bad): (Vec<_>, Vec<_>) = operation.is["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .partition(|(status, _)| status.starts_with(['2', '3']));
    let good = good
        .into_iter()
        .map(|(status, answer)| answer_row(reference, status, answer))
        .collect_view();
    let codes = bad
        .into_iter()
        .map(|(status, answer)| {
            let codes = codes_of(answer)
                .map(|code| view! { <code class="font-mono text-xs wrap-anywhere">{code}</code> " " })
                .collect_view();
            view! {
                <div class="flex gap-3 border-t border-line py-1.5">
                    <dt class="w-9 shrink-0 font-mono text-xs leading-6 tabular-nums">{status.clone()}</dt>
                    <dd class="min-w-0 text-ink-soft">{codes}</dd>
                </div>
            }
        })
        .collect_view();
    let content = view! {
        <div class="mt-1.5 flex flex-col gap-2 text-sm">
            {good}
            <details>
                <summary class="cursor-pointer text-ink-soft">"Why it may be refused"</summary>
                <dl class="mt-1.5">{codes}</dl>
            </details>
        </div>
    };
    part("Answers", content.into_any())
}

fn codes_of(answer: &Value) -> impl Iterator<Item = String> {
    let examples = answer["content"]["application/json"]["examples"].as_object();
    examples.into_iter().flatten().map(|(code, _)| code.clone())
}

fn answer_row(reference: &Reference<'_>, status: &str, answer: &Value) -> AnyView {
    let bodies = answer["content"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(media, body)| {
            let event = body["schema"]["properties"]["data"].get("contentSchema");
            let shown = match event {
                Some(_) => view! { <span>"events"</span> }.into_any(),
                None => kind(&body["schema"]),
            };
            let events = event.map(|schema| events(reference, schema));
            view! {
                <div class="mt-0.5 text-xs text-muted">
                    <code class="font-mono">{media.clone()}</code> ": " {shown}
                </div>
                {events}
            }
        })
        .collect_view();
    let headers: Vec<&str> = answer["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "X-Request-Id")
        .collect();
    let headers = (!headers.is_empty()).then(|| headers.join(", "));
    view! {
        <div class="flex gap-3">
            <span class="w-9 shrink-0 font-mono text-xs leading-6 font-semibold text-ok tabular-nums">{status.to_owned()}</span>
            <div class="min-w-0 flex-1">
                <span>{text(&answer["description"])}</span>
                {bodies}
                {headers
                    .map(|headers| {
                        view! {
                            <div class="mt-0.5 text-xs text-muted">
                                "May come with " <code class="font-mono wrap-anywhere">{headers}</code>
                            </div>
                        }
                    })}
            </div>
        </div>
    }
    .into_any()
}

/// The events of a stream, one by one.
fn events(reference: &Reference<'_>, schema: &Value) -> AnyView {
    let name = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
        .unwrap_or_default();
    let events = reference
        .schemas
        .get(name)
        .and_then(|schema| schema["oneOf"].as_array())
        .into_iter()
        .flatten()
        .map(|event| {
            view! {
                <details class="border-t border-line py-1.5">
                    <summary class="cursor-pointer">
                        <code class="font-mono text-xs font-semibold">{text(&event["properties"]["type"]["const"])}</code>
                        <span class="text-ink-soft">" " {text(&event["description"])}</span>
                    </summary>
                    {fields(fields_of(event, reference.schemas))}
                </details>
            }
        })
        .collect_view();
    view! { <div class="mt-2 mb-2">{events}</div> }.into_any()
}

fn examples(reference: &Reference<'_>, operation: &Operation<'_>) -> AnyView {
    let summary = text(&operation.is["summary"]);
    let curl = code_block(
        "curl".to_owned(),
        format!("the call: {summary}"),
        curl(reference, operation),
    );
    let answers = operation.is["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .flat_map(|(status, answer)| {
            let bodies = answer["content"].as_object().into_iter().flatten();
            bodies.map(move |(media, body)| (status, media, body))
        })
        .filter(|(_, _, body)| body.get("example").is_some() || body.get("x-example-stream").is_some())
        .map(|(status, media, body)| {
            let shown = match body.get("x-example-stream").unwrap_or(&body["example"]) {
                Value::String(text) => text.clone(),
                json => serde_json::to_string_pretty(json).unwrap_or_default(),
            };
            code_block(
                format!("{status} · {media}"),
                format!("the answer: {summary}, {status} {media}"),
                shown,
            )
        })
        .collect_view();
    view! {
        {curl}
        {answers}
    }
    .into_any()
}

/// The call as it can be pasted; what is to be filled in stands in capitals.
fn curl(reference: &Reference<'_>, operation: &Operation<'_>) -> String {
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| filled(part, operation.path))
        .collect();
    let query: Vec<String> = operation.is["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
        .map(|parameter| format!("{}=Lisbon", text(&parameter["name"])))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let example = &operation.is["requestBody"]["content"]["application/json"]["example"];
    let needed = operation.is["requestBody"]["required"] == true;
    let call = Call {
        url: format!("{}{}{query}", reference.visitor.public_url, path.join("/")),
        method: operation.method.to_uppercase(),
        body: (example.is_object() && needed).then(|| example.to_string()),
        stream: operation.streams(),
    };
    let code = snippet(Language::Curl, &call, None);
    if operation.is_public() {
        code.replace(&format!(" \\\n  -H \"Authorization: Bearer ${VARIABLE}\""), "")
    } else if operation.is_open_to_keys() {
        code
    } else {
        code.replace(VARIABLE, TOKEN)
    }
}

/// `{id}` below `threads` is `THREAD_ID`, `{messageId}` is `MESSAGE_ID`.
fn filled(part: &str, path: &str) -> String {
    let Some(name) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return part.to_owned();
    };
    if name == "id" {
        let before = path
            .split('/')
            .take_while(|before| *before != part)
            .last()
            .unwrap_or_default();
        let one = if before == "export" {
            "thread"
        } else {
            before.trim_end_matches('s')
        };
        return format!("{}_ID", one.replace("api-", "").to_uppercase());
    }
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            words.push('_');
        }
        words.extend(character.to_uppercase());
    }
    words
}
