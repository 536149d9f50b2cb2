//! The built files, inside the binary: WASM, its script, the style sheet and icons, each with its compressed forms.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use app::ssr::Assets;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

// Without a built front end the folder is empty; the API works all the same. A debug build reads it from disk.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// Where the built files are.
const PKG: &str = "pkg/";
/// Which files each lazy route needs; `tools/pack-pieces.mjs` writes it.
const PIECES: &str = "__wasm_split_manifest.json";

/// The name of the folder the built files are answered in: a hash of all of them. They load each other by relative
/// addresses, so one folder gives every one of them an address that is good for ever.
static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut files: Vec<_> = Site::iter().filter(|path| path.starts_with(PKG)).collect();
    files.sort_unstable();
    let mut hash = Sha256::new();
    for path in files {
        hash.update(path.as_bytes());
        if let Some(file) = Site::get(&path) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    hex::encode(&hash.finalize()[..8])
});

/// Addresses of the files a page needs.
pub fn urls() -> Assets {
    let url = |name: &str| format!("/{PKG}{}/{name}", *FOLDER);
    let pieces = Site::get(&format!("{PKG}{PIECES}"))
        .and_then(|file| serde_json::from_slice::<HashMap<String, Vec<String>>>(&file.data).ok())
        .unwrap_or_default();
    Assets {
        js: url("latchkey.js"),
        wasm: url("latchkey.wasm"),
        css: url("latchkey.css"),
        scripts: Site::iter()
            .filter_map(|path| path.strip_prefix(PKG).map(str::to_owned))
            .filter(|name| {
                name.starts_with("__wasm_split") && Path::new(name).extension().is_some_and(|kind| kind == "js")
            })
            .map(|name| url(&name))
            .collect(),
        pieces: pieces
            .into_iter()
            .map(|(route, files)| (route, files.iter().map(|file| url(&file_of(file))).collect()))
            .collect(),
    }
}

/// The file of an entry of the manifest: a pack by its name, or a module as wasm-split itself names it (`make dev`).
fn file_of(entry: &str) -> String {
    if Path::new(entry).extension().is_some() {
        entry.to_owned()
    } else {
        format!("{entry}.wasm")
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
    // A page of another version asks in another folder; what it would get here doesn't fit what it has.
    let in_folder = path
        .strip_prefix(PKG)
        .and_then(|rest| rest.strip_prefix(FOLDER.as_str())?.strip_prefix('/'));
    let name = in_folder.map(|name| format!("{PKG}{name}"));
    let forever = name.is_some();
    let path = match &name {
        Some(name) => name.as_str(),
        None if path.starts_with(PKG) => return StatusCode::NOT_FOUND.into_response(),
        None => path,
    };
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
