//! Threads as files.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::export::{self, Export, Format};
use serde::Deserialize;

use crate::AppState;
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::auth::Caller;

/// `?format=`
#[derive(Debug, Deserialize)]
pub struct ExportParams {
    format: Option<String>,
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
        (header::CONTENT_DISPOSITION, attachment(&export)),
    ];
    Ok((headers, Body::from_stream(export.pieces())).into_response())
}

/// RFC 6266: the name in full, and in ASCII for who does not read that.
fn attachment(export: &Export) -> HeaderValue {
    let (mut plain, mut full) = (String::new(), String::new());
    for character in export.file_name.chars() {
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
