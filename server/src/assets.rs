//! The built files, inside the binary: WASM, its script, the style sheet and icons, each with its compressed forms.

use app::ssr::Assets;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

// Without a built front end the folder is empty; the API works all the same. A debug build reads it from disk.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// Addresses of the files a page needs. The hash makes each address good for ever.
pub fn urls() -> Assets {
    let url = |path: &str| {
        let version = Site::get(path).map_or_else(String::new, |file| version(&file));
        format!("/{path}?v={version}")
    };
    Assets {
        js: url("pkg/latchkey.js"),
        wasm: url("pkg/latchkey.wasm"),
        css: url("pkg/latchkey.css"),
    }
}

fn version(file: &EmbeddedFile) -> String {
    let mut version = hex::encode(file.metadata.sha256_hash());
    version.truncate(16);
    version
}

/// Answers with a file, compressed when the browser takes that.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let Some(file) = Site::get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", version(&file));
    let unchanged = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let (encoding, data) = best_form(path, request.headers()).unwrap_or((None, file.data));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(match data {
            std::borrow::Cow::Borrowed(data) => Body::from(data),
            std::borrow::Cow::Owned(data) => Body::from(data),
        })
    };
    let headers = response.headers_mut();
    let forever = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let caching = if forever {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

type Form = (Option<&'static str>, std::borrow::Cow<'static, [u8]>);

fn best_form(path: &str, headers: &HeaderMap) -> Option<Form> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |name: &str| {
        accepted.split(',').any(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            parts.next() == Some(name) && !parts.any(|part| part == "q=0")
        })
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| Site::get(&format!("{path}.{ending}")).map(|file| (Some(encoding), file.data)))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest" | "json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
