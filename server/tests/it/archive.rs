//! Everything somebody has as one file, and files taken in.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod chatgpt;
mod documents;
mod hostile;
mod round_trip;
mod scopes;
mod sending;

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::{Answer, TestApp, User, send};

/// A team key's, a personal key's or a person's archive.
async fn export(app: &TestApp, bearer: &str) -> Vec<u8> {
    let request = app.request(Method::GET, "/api/export").bearer_auth(bearer);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

fn import_request(app: &TestApp, bearer: &str, file: Vec<u8>) -> RequestBuilder {
    let request = app
        .request(Method::POST, "/api/import")
        .header("content-type", "application/zip")
        .body(file);
    if bearer.is_empty() {
        request
    } else {
        request.bearer_auth(bearer)
    }
}

async fn import(app: &TestApp, bearer: &str, file: Vec<u8>) -> Answer {
    send(import_request(app, bearer, file)).await
}

/// Imports what must go well; the report.
async fn imported(app: &TestApp, bearer: &str, file: Vec<u8>) -> Value {
    import(app, bearer, file).await.expect(200).json()
}

/// The files of an archive.
fn unpacked(archive: &[u8]) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    let read = |name: String| {
        let mut text = String::new();
        zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}

/// An archive of these files.
fn packed<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MANIFEST: &str = r#"{"format":"latchkey","formatVersion":1}"#;

/// An archive of ours with these threads.
fn archive_of<'t>(threads: impl IntoIterator<Item = &'t Value>) -> Vec<u8> {
    let threads: Vec<(String, String)> = threads
        .into_iter()
        .map(|thread| {
            let name = format!("threads/{}.json", thread["id"].as_str().unwrap());
            let file = json!({ "thread": thread, "formatVersion": 1 });
            (name, file.to_string())
        })
        .collect();
    let files = threads.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    packed(files.chain([("manifest.json", MANIFEST)]))
}

/// An id of nobody.
fn some_id() -> String {
    domain::clock::new_id()
}

/// A thread as an archive has it, with one exchange.
fn some_thread(title: &str) -> Value {
    json!({
        "id": some_id(),
        "title": title,
        "messages": [
            { "id": some_id(), "role": "user", "content": format!("About {title}") },
            { "id": some_id(), "role": "assistant", "content": "An answer" },
        ],
    })
}

/// The threads somebody's list has, archived ones too.
async fn threads(app: &TestApp, bearer: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for archived in [false, true] {
        let path = format!("/api/threads?limit=100&archived={archived}");
        let mut page = app.get(&path, bearer).await.expect(200).json();
        all.append(page["threads"].as_array_mut().unwrap());
    }
    all
}

/// What the messages of a thread say.
async fn said(app: &TestApp, bearer: &str, thread: &Value) -> Vec<String> {
    let path = format!("/api/threads/{}/messages?limit=100", thread["id"].as_str().unwrap());
    let page = app.get(&path, bearer).await.expect(200).json();
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

fn titles(threads: &[Value]) -> Vec<&str> {
    let mut titles: Vec<&str> = threads.iter().map(|thread| thread["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    titles
}

/// Deletes all of somebody's own chats, as the settings do.
async fn delete_all(app: &TestApp, user: &User) {
    let words = json!({ "confirmation": "delete all chats" });
    app.function(&user.cookie, "delete_all", words).await.expect(200);
}
