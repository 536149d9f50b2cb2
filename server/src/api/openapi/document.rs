//! The `OpenAPI` document, made from the table.

use axum::body::Bytes;
use axum::http::HeaderValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::errors::{self, Reason, reasons};
use super::schemas::{Schemas, resolve};
use super::{Content, Given, HeaderParameter, Need, Operation, Tag, example};
use crate::AppState;
use crate::api::dialect::Dialect;

/// The document, as it is sent and as the page reads it.
#[derive(Debug)]
pub struct Document {
    /// Its text.
    pub text: Bytes,
    /// What tells one version of the text from another.
    pub tag: HeaderValue,
    /// The same, understood.
    pub value: Value,
    /// Its operations in the order of the table, as method and path.
    pub order: Vec<(&'static str, &'static str)>,
}

/// What the parts of paths are, by the path up to there.
const PATH_PARAMETERS: &[(&str, &str)] = &[
    ("/api/admin/users/{id}", "The user's id."),
    ("/api/api-keys/{id}", "The key's id."),
    (
        "/api/chat/{messageId}",
        "The id of an answer, as the `start` event names it.",
    ),
    ("/api/documents/{id}", "The document's id."),
    ("/api/export/{id}", "The thread's id."),
    ("/api/invites/{token}", "What the invitation's link ends with."),
    ("/api/projects/{id}", "The project's id."),
    ("/api/teams/{id}", "The team's id."),
    ("/api/teams/{id}/invites/{inviteId}", "The invitation's id."),
    ("/api/teams/{id}/members/{userId}", "The member's user id."),
    ("/api/templates/{id}", "The template's id."),
    ("/api/threads/{id}", "The thread's id."),
    ("/api/threads/{id}/messages/{messageId}", "The message's id."),
    ("/api/v1/workspace/{slug}", "The workspace's slug."),
    (
        "/api/v1/workspace/{slug}/thread/{threadSlug}",
        "The thread's slug, which is its id.",
    ),
    ("/v1/models/{id}", "The model's id."),
    ("/api/v1/openai/models/{id}", "The workspace's slug."),
];

const IDEMPOTENCY_KEY: HeaderParameter = HeaderParameter {
    name: "Idempotency-Key",
    about: "Makes the request safe to repeat for 24 hours: the same key with the same body gives the first answer again, \
            or goes on with the answer that is being written; with another body it is refused. 1 to 255 printable ASCII \
            characters.",
    pattern: Some("^[\\x21-\\x7e]([\\x20-\\x7e]{0,253}[\\x21-\\x7e])?$"),
};

const INTRODUCTION: &str = "Everything that people do in Latchkey's pages, programs can do here: under the same rules, in the \
    same threads, as the same user.\n\n\
    **Who is asking.** Send `Authorization: Bearer` with an API key, or with the token of `POST /api/auth/login`. A browser's \
    session cookie counts too; a request that changes something with it must come from this server's own pages. API keys \
    reach only what this server's configuration opens to them (`x-open-to-api-keys`), and never accounts, keys, teams or \
    the administration.\n\n\
    **Errors** are `{\"error\", \"code\", \"requestId\"}`: a sentence for a person, a code that stays the same, and what leads \
    to the server's log. What is unknown and what is somebody else's look the same: 404. A path that is there with another \
    method is 405, with `Allow`.\n\n\
    **Lists** come in pages of `limit` (50 unless said otherwise, at most 100). `nextCursor` fetches the next page and is \
    null at the end; cursors are opaque, and good for the list and the caller they were made for.\n\n\
    **Times** are RFC 3339 in UTC with milliseconds. Ids are strings. Fields that are not known are ignored.";

/// Describes routes as they are on this server.
pub(super) fn document(tags: &[Tag], operations: &[Operation], state: &AppState) -> Document {
    let reasons = reasons();
    let mut schemas = Schemas::default();
    let shaped: Vec<Shaped> = operations
        .iter()
        .map(|operation| shape(operation, &mut schemas))
        .collect();
    schemas.outgoing::<types::ApiError>();
    let schemas = schemas.finish();

    let mut paths = Map::new();
    for (operation, shaped) in operations.iter().zip(&shaped) {
        let open = is_open_to_keys(operation, state);
        let described = describe(operation, shaped, &schemas, &reasons, open);
        paths.entry(operation.path).or_insert_with(|| json!({}))[method(operation)] = described;
    }
    let not_allowed: Vec<&Reason> = reasons.iter().filter(|reason| reason.status == 405).collect();
    let value = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Chats, for people and their programs",
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "x-errors": reasons.iter().map(Reason::to_json).collect::<Vec<_>>(),
        "servers": [{ "url": &*state.public_url }],
        "tags": tags.iter().map(|tag| json!({ "name": tag.name, "description": tag.about })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": all_headers(),
            "responses": { "MethodNotAllowed": errors::response(405, &not_allowed, Dialect::Own) },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT or API key",
                    "description": "The token that signing in gives, or an API key. A request with a bearer is judged by it \
                                    alone: the cookie beside it does not count.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": state.cookie.name(),
                    "description": "The session of a browser. Requests that change something must come from this \
                                    server's own pages.",
                },
            },
        },
    });
    let text = value.to_string();
    let tag = format!("\"{}\"", &hex::encode(Sha256::digest(&text))[..16]);
    Document {
        text: text.into(),
        // Digits and quotation marks, so this can't fail.
        tag: HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\"")),
        value,
        order: operations
            .iter()
            .map(|operation| (method(operation), operation.path))
            .collect(),
    }
}

fn method(operation: &Operation) -> &'static str {
    match operation.method.as_str() {
        "POST" => "post",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "get",
    }
}

/// Whether this server lets API keys call it.
fn is_open_to_keys(operation: &Operation, state: &AppState) -> bool {
    let path: Vec<&str> = operation
        .path
        .split('/')
        .map(|segment| if segment.starts_with('{') { "x" } else { segment })
        .collect();
    !operation.people_only && state.core.gate.check(&path.join("/")).is_ok()
}

/// What must be known of all types before one of them can be shown in an example.
struct Shaped {
    query: Vec<Value>,
    body: Option<(Value, Need)>,
    answers: Vec<Vec<Value>>,
}

fn shape(operation: &Operation, schemas: &mut Schemas) -> Shaped {
    let takes = &operation.takes;
    let answers = operation.gives.iter().map(|given| {
        let bodies = given.bodies.iter().map(|(_, content)| match content {
            Content::Json(shape) | Content::Events(shape, _) => shape(schemas),
            Content::Object => json!({ "type": "object" }),
            Content::Text(_) => json!({ "type": "string" }),
            Content::File => json!({ "type": "string", "format": "binary" }),
        });
        bodies.collect()
    });
    let answers = answers.collect();
    Shaped {
        answers,
        query: takes.query.iter().map(|shape| shape(schemas)).collect(),
        body: takes.body.map(|(shape, need)| (shape(schemas), need)),
    }
}

fn describe(
    operation: &Operation,
    shaped: &Shaped,
    schemas: &Map<String, Value>,
    reasons: &[Reason],
    open: bool,
) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for (given, bodies) in operation.gives.iter().zip(&shaped.answers) {
        responses.insert(given.status.to_string(), success(operation, given, bodies, schemas));
    }
    assert!(!responses.is_empty(), "{} has no answer", operation.id);
    for (status, refused) in errors::responses(&errors::of(operation), reasons, Dialect::of(operation.path)) {
        match responses.get_mut(&status) {
            None => _ = responses.insert(status, refused),
            Some(given) => {
                let schema = &mut given["content"]["application/json"]["schema"];
                *schema = json!({ "anyOf": [schema.take(), refused["content"]["application/json"]["schema"]] });
            }
        }
    }

    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters(operation, shaped),
        "responses": responses,
        "security": if operation.takes.key {
            json!([{ "bearer": [] }])
        } else if operation.takes.caller {
            json!([{ "bearer": [] }, { "session": [] }])
        } else {
            json!([])
        },
        "x-open-to-api-keys": open,
    });
    if !operation.about.is_empty() {
        described["description"] = json!(operation.about);
    }
    if let Some((schema, need)) = &shaped.body {
        let mut content = json!({ "schema": schema });
        content["example"] = operation
            .sample
            .clone()
            .unwrap_or_else(|| example(resolve(schema, schemas), schemas));
        described["requestBody"] = json!({
            "required": *need == Need::Required,
            "content": { "application/json": content },
        });
    }
    let file = |media: &&str| {
        let schema = if *media == "application/json" {
            json!({ "type": ["object", "array"] })
        } else {
            json!({ "type": "string", "format": "binary" })
        };
        ((*media).to_owned(), json!({ "schema": schema }))
    };
    if !operation.takes.file.is_empty() {
        let content: Map<String, Value> = operation.takes.file.iter().map(file).collect();
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    if let Some(schema) = &operation.takes.form {
        described["requestBody"] =
            json!({ "required": true, "content": { "multipart/form-data": { "schema": schema } } });
    }
    described
}

fn success(operation: &Operation, given: &Given, bodies: &[Value], schemas: &Map<String, Value>) -> Value {
    let mut names = vec!["X-Request-Id"];
    names.extend(&given.headers);
    if !domain::api_keys::gate::is_never_open(operation.path) && !operation.people_only {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    let mut response = json!({ "description": given.about, "headers": headers(&names) });
    for ((media, content), schema) in given.bodies.iter().zip(bodies) {
        response["content"][*media] = match content {
            Content::Json(_) => json!({ "schema": schema, "example": example(schema, schemas) }),
            Content::Object | Content::File => json!({ "schema": schema }),
            Content::Text(text) => json!({ "schema": schema, "example": text }),
            // As OpenAPI 3.2 writes it down; 3.1 has no other word for a stream than the schema of what it consists of.
            Content::Events(_, text) => json!({
                "schema": {
                    "description": "One of the server-sent events of the stream.",
                    "type": "object",
                    "properties": {
                        "event": { "type": "string", "description": "The `type` of its data." },
                        "id": { "type": "string", "description": "Bytes of the answer up to and with this piece." },
                        "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": schema },
                    },
                    "required": ["event", "data"],
                },
                "x-example-stream": text,
            }),
        };
    }
    response
}

fn parameters(operation: &Operation, shaped: &Shaped) -> Vec<Value> {
    let mut parameters = Vec::new();
    let mut so_far = String::new();
    for segment in operation.path.split('/').skip(1) {
        so_far = so_far + "/" + segment;
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            continue;
        };
        let about = PATH_PARAMETERS.iter().find(|(path, _)| *path == so_far);
        assert!(about.is_some(), "{so_far} is not in PATH_PARAMETERS");
        parameters.push(json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": about.map(|(_, about)| about),
            "schema": { "type": "string", "minLength": 1 },
        }));
    }
    for fields in &shaped.query {
        for (name, property) in fields["properties"].as_object().into_iter().flatten() {
            parameters.push(query_parameter(name, property, fields));
        }
    }
    let key = operation.takes.idempotency_key.then_some(IDEMPOTENCY_KEY);
    for header in operation.headers.iter().copied().chain(key) {
        let mut schema = json!({ "type": "string" });
        if let Some(pattern) = header.pattern {
            schema["pattern"] = json!(pattern);
        }
        parameters.push(json!({
            "name": header.name,
            "in": "header",
            "required": false,
            "description": header.about,
            "schema": schema,
        }));
    }
    parameters
}

/// A field of a query: text in the URL knows no null, it is there or not.
fn query_parameter(name: &str, property: &Value, fields: &Value) -> Value {
    let mut schema = property.clone();
    let about = schema["description"].take();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("description");
        fields.remove("default");
        if let Some(kind) = fields
            .get("type")
            .and_then(|kinds| kinds.as_array()?.iter().find(|kind| **kind != "null"))
            .cloned()
        {
            fields.insert("type".to_owned(), kind);
        }
    }
    if let Some(choice) = schema["anyOf"]
        .as_array()
        .and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"))
        .cloned()
    {
        schema = choice;
    }
    let required = fields["required"]
        .as_array()
        .is_some_and(|required| required.iter().any(|field| field == name));
    json!({ "name": name, "in": "query", "required": required, "description": about, "schema": schema })
}

/// References to headers that are described once.
pub(super) fn headers(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| {
            let reference = json!({ "$ref": format!("#/components/headers/{name}") });
            ((*name).to_owned(), reference)
        })
        .collect()
}

fn all_headers() -> Value {
    let text = |about: &str, example: &str| json!({ "description": about, "schema": { "type": "string" }, "example": example });
    let mut id = text(
        "Leads from an answer to its line in the server's log. The caller's own, when it sent one of at most 128 letters, \
         digits, `.`, `_` and `-`.",
        "019b9f1c-63a5-7e6b-9f0c-2f1c9b3a7d10",
    );
    id["required"] = json!(true);
    let mut challenge = text("How to say who you are.", "Bearer");
    challenge["required"] = json!(true);
    json!({
        "X-Request-Id": id,
        "WWW-Authenticate": challenge,
        "Retry-After": {
            "description": "Seconds until another try makes sense.",
            "schema": { "type": "integer", "minimum": 1 },
            "example": 7,
        },
        "RateLimit": text("What is left of a limit: `r` of it, for `t` seconds.", "\"key\";r=599;t=60"),
        "RateLimit-Policy": text("The limit: `q` in `w` seconds.", "\"key\";q=600;w=60"),
        "Allow": { "description": "The methods that are there.", "required": true, "schema": { "type": "string" }, "example": "GET,HEAD,POST" },
        "Idempotent-Replayed": {
            "description": "`true` when this is the first answer to the same `Idempotency-Key` again.",
            "schema": { "type": "string", "const": "true" },
            "example": "true",
        },
        "Content-Disposition": text("The name of the file.", "attachment; filename=\"Lisbon.md\"; filename*=UTF-8''Lisbon.md"),
        "ETag": text("What tells one version from another.", "\"2f1c9b3a7d10e55a\""),
        "Set-Cookie": text("The session of a browser.", "session=…; HttpOnly; SameSite=Lax; Path=/"),
    })
}
