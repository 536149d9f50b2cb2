//! Threads as files.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::export::{self, Format};
use schemars::JsonSchema;
use serde::Deserialize;
use types::threads::{Message, Thread};

use crate::AppState;
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::auth::Caller;

/// A thread as a file for programs.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: the file is written piece by piece")]
struct ThreadFile {
    /// The thread, with all its messages, the oldest first.
    thread: ExportedThread,
    /// When it was exported.
    exported_at: String,
    /// Version of this shape.
    format_version: u32,
}

/// A thread in a file.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only described: the file is written piece by piece")]
struct ExportedThread {
    #[serde(flatten)]
    thread: Thread,
    /// All its messages, the oldest first.
    messages: Vec<Message>,
}

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag("Export", "Taking along what is here.").get(
        "/api/export/{id}",
        thread,
        operation("exportThread", "Export a thread")
            .about("As a file to keep: JSON with everything, or Markdown to read.")
            .gives(
                Given::json::<ThreadFile>(200, "The file.")
                    .or_text(
                        "text/markdown",
                        "# A weekend in Lisbon\n\n**Ada**\n\nWhat should we see in Lisbon?\n",
                    )
                    .with("Content-Disposition"),
            ),
    )
}

/// `?format=`
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ExportParams {
    /// `json` when absent.
    #[schemars(with = "Option<FileFormat>")]
    format: Option<String>,
}

/// What a file can be.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "only described, so that another word is refused with a sentence of ours"
)]
enum FileFormat {
    Json,
    Markdown,
}

/// GET /api/export/{threadId}
pub async fn thread(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Problem> {
    let format = match params.format.as_deref() {
        None | Some("json") => Format::Json,
        Some("markdown") => Format::Markdown,
        Some(_) => return Err(Problem::invalid("format", "The format is json or markdown")),
    };
    let export = export::open(&state.core, &who, &id, format).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (header::CONTENT_DISPOSITION, attachment(&export.file_name)),
    ];
    Ok((headers, Body::from_stream(export.pieces())).into_response())
}

/// RFC 6266: the name in full, and in ASCII for who does not read that.
pub(super) fn attachment(file_name: &str) -> HeaderValue {
    let (mut plain, mut full) = (String::new(), String::new());
    for character in file_name.chars() {
        // A percent sign is taken for an encoding by some, whatever the standard says.
        plain.push(match character {
            ' '..='~' if !matches!(character, '"' | '\\' | '%') => character,
            _ => '_',
        });
        let mut bytes = [0; 4];
        for byte in character.encode_utf8(&mut bytes).bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                full.push(char::from(byte));
            } else {
                let _ = write!(full, "%{byte:02X}");
            }
        }
    }
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}
