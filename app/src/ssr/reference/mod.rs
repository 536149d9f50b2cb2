//! The reference of the REST API as a page. It is rendered on the server and needs no WASM: it is read, not operated.

mod copying;
mod keys;
mod operation;
mod page;
mod schema;

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use serde_json::{Map, Value};

use super::{RequestContext, content_security_policy};
use crate::contexts::theme::{Looks, Theme};
use crate::routes::files;
use crate::server_fns::accounts::{Visitor, visiting};

/// What there is to show, and to whom.
struct Reference<'d> {
    document: &'d Value,
    schemas: &'d Map<String, Value>,
    operations: Vec<Operation<'d>>,
    visitor: Visitor,
    /// Paths that keys may call on this server, as configured.
    open: Vec<String>,
}

/// An operation of the document.
struct Operation<'d> {
    method: &'d str,
    path: &'d str,
    is: &'d Value,
}

impl Operation<'_> {
    fn id(&self) -> String {
        text(&self.is["operationId"])
    }

    fn is_open_to_keys(&self) -> bool {
        self.is["x-open-to-api-keys"] == true
    }

    fn is_public(&self) -> bool {
        self.is["security"].as_array().is_none_or(Vec::is_empty)
    }

    fn streams(&self) -> bool {
        self.is["responses"]["200"]["content"]["text/event-stream"].is_object()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The page for one reader. `order` is how the operations follow each other, by method and path.
pub async fn reference(request: RequestContext, parts: &Parts, document: &Value, order: &[(&str, &str)]) -> Response {
    let visitor = match visiting(&request).await {
        Ok(visitor) => visitor,
        Err(failure) => return (super::status(failure.code()), failure.0.error).into_response(),
    };
    let theme = Theme::from_cookie(theme_of(parts).as_deref());
    let looks = visitor.person.as_ref().map_or_else(
        || Looks::of_visitor(theme),
        |person| Looks::of(person.theme.into(), &person.settings),
    );
    let nonce = Nonce::new();
    let policy = content_security_policy(Some(nonce.as_inner()));
    let none = Map::new();
    let reference = Reference {
        document,
        schemas: document["components"]["schemas"].as_object().unwrap_or(&none),
        operations: order
            .iter()
            .map(|&(method, path)| Operation {
                method,
                path,
                is: &document["paths"][path][method],
            })
            .collect(),
        visitor,
        open: request.core.gate.patterns().to_vec(),
    };
    let html = Owner::new().with(|| {
        view! {
            <html
                lang="en"
                class="scroll-pt-20"
                data-theme=looks.theme.as_str()
                data-text-size=looks.text_size
                data-wrap-code=looks.wrap_code
            >
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content=looks.theme.color_scheme() />
                    <title>"API reference · Latchkey"</title>
                    <link rel="stylesheet" href=request.assets.css />
                    <link rel="icon" href=files::FAVICON r#type="image/svg+xml" />
                </head>
                <body>
                    {page::page(&reference)}
                    <script nonce=nonce.to_string() inner_html=copying::SCRIPT></script>
                </body>
            </html>
        }
        .to_html()
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, "<!DOCTYPE html>".to_owned() + &html).into_response()
}

fn theme_of(parts: &Parts) -> Option<String> {
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == Theme::COOKIE)
        .map(|cookie| cookie.value().to_owned())
}
