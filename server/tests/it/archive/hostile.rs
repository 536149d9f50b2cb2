use std::io::Write;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{MANIFEST, archive_of, import, imported, packed, said, some_id, some_thread, threads, titles};
use crate::both;
use crate::support::rows::number;
use crate::support::{Kind, TestApp};

/// A thread's file as text.
fn file_of(thread: &Value) -> String {
    json!({ "thread": thread, "formatVersion": 1 }).to_string()
}

both!(what_is_no_archive_is_refused_with_a_sentence, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let whole = archive_of([&some_thread("One")]);
    let middle = whole.len() / 2;
    let nested = "[".repeat(200_000);
    let mut bomb = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    bomb.start_file("conversations.json", deflated).unwrap();
    bomb.write_all(b"[").unwrap();
    for _ in 0..300 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    for (file, sentence) in [
        (Vec::new(), "The file is empty."),
        (b"  \n".to_vec(), "The file is empty."),
        (
            b"\x1f\x8b\x08\x00gz".to_vec(),
            "This is neither a ZIP archive nor JSON.",
        ),
        (b"<html>".to_vec(), "This is neither a ZIP archive nor JSON."),
        (whole[..middle].to_vec(), "The archive is cut off or damaged."),
        (b"PK\x03\x04".to_vec(), "The archive is cut off or damaged."),
        (packed([]), "There is nothing of Latchkey in this archive"),
        (
            packed([("chat.html", "<html>")]),
            "There is nothing of Latchkey in this archive",
        ),
        (packed([("threads/x.json", "{}")]), "The archive is not whole"),
        (packed([("manifest.json", "{}")]), "manifest.json can't be read"),
        (packed([("manifest.json", "\u{0}")]), "manifest.json can't be read"),
        (
            packed([("manifest.json", r#"{"format":"other","formatVersion":1}"#)]),
            "This archive is of something else",
        ),
        (
            packed([("manifest.json", r#"{"format":"latchkey","formatVersion":2}"#)]),
            "This archive has version 2 of the format; this server reads version 1.",
        ),
        (b"{}".to_vec(), "There is no chat of Latchkey in it."),
        (b"{\"thread\":{}}".to_vec(), "It is not a chat of Latchkey."),
        (b"{\"thread\":".to_vec(), "It ends in the middle."),
        (b"{\"thread\":{\"messages\":{}}}".to_vec(), "It does not fit"),
        (
            b"[1,2".to_vec(),
            "What comes after conversation 2 can't be read. It ends in the middle.",
        ),
        (b"[}".to_vec(), "The conversations can't be read. It is not JSON"),
        (b"[\"\xff\xfe\"]".to_vec(), "The conversations can't be read. It "),
        (nested.into_bytes(), ""),
        (bomb, "The conversations can't be read. "),
    ] {
        let start = String::from_utf8_lossy(&file[..file.len().min(40)]).into_owned();
        let answer = import(&app, &mara.token, file).await;
        if sentence.is_empty() {
            // It is JSON, but nothing that is a conversation.
            assert!(
                answer.status == 400 || answer.json()["skippedCount"] != 0,
                "{start}: {answer:?}"
            );
            continue;
        }
        let answer = answer.invalid(&["file"]);
        assert!(answer.error().starts_with(sentence), "{start}: {}", answer.error());
    }
    assert!(threads(&app, &mara.token).await.is_empty());
    for table in ["threads", "messages"] {
        assert_eq!(
            number(app.core.db.read(), &format!("SELECT COUNT(*) FROM {table}")).await,
            0
        );
    }
});

both!(
    what_is_wrong_with_one_chat_is_told_and_the_others_come,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let id = some_id();
        let with = |change: &dyn Fn(&mut Value)| {
            let mut thread = some_thread("Wrong");
            thread["id"] = json!(id);
            change(&mut thread);
            file_of(&thread)
        };
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let long = "x".repeat((4 << 20) + 1);
        let name = format!("threads/{id}.json");
        for (name, file, reason) in [
            (name.as_str(), "not json".to_owned(), "It is not JSON"),
            (name.as_str(), "{\"thread\":".to_owned(), "It ends in the middle"),
            (
                &name,
                with(&|thread| thread["title"] = json!("x".repeat(201))),
                "Its title can't be kept. At most 200",
            ),
            (
                &name,
                with(&|thread| thread["title"] = json!("a\u{202e}b")),
                "Its title can't be kept. Control",
            ),
            (
                &name,
                with(&|thread| thread["id"] = json!(some_id())),
                "Another chat is in it than its name says",
            ),
            (
                &name,
                with(&|thread| thread["id"] = Value::Null),
                "It is not a chat of Latchkey",
            ),
            (
                &name,
                with(&|thread| thread["messages"][0]["role"] = json!("robot")),
                "A message in it can't be read",
            ),
            (
                &name,
                with(&|thread| thread["messages"][0] = json!(7)),
                "A message in it can't be read",
            ),
            (
                &name,
                with(&|thread| thread["messages"][0]["content"] = json!(long)),
                "A message in it is longer than 4 MB",
            ),
            (
                &name,
                with(&|thread| thread["messages"][0]["id"] = json!("")),
                "An id in it has not 1 to 200",
            ),
            (
                &name,
                with(&|thread| thread["messages"][1]["sources"] = serde_json::from_str(&deep).unwrap_or(json!(1))),
                "",
            ),
            (
                &name,
                format!("{{\"thread\":{{\"id\":\"{id}\",\"title\":\"x\",\"messages\":[{deep}]}}}}"),
                "A message in it can't be read",
            ),
            (
                &name,
                format!("{{\"thread\":{{\"id\":\"{id}\",\"messages\":[],\"messages\":[]}}}}"),
                "It does not fit: messages is there twice",
            ),
            (
                &name,
                file_of(&some_thread("x")).replace("\"formatVersion\":1", "\"formatVersion\":9"),
                "It has version 9",
            ),
            (
                "threads/../../etc/passwd",
                "{}".to_owned(),
                "Its name is not that of a chat",
            ),
            ("threads/C:\\x.json", "{}".to_owned(), "Its name is not that of a chat"),
            ("../manifest.json", "{}".to_owned(), "It is not a part of an archive"),
            ("/etc/cron.d/x", "{}".to_owned(), "It is not a part of an archive"),
        ] {
            let good = some_thread("Good");
            let good_name = format!("threads/{}.json", good["id"].as_str().unwrap());
            let good = file_of(&good);
            let archive = packed([
                (name, file.as_str()),
                (good_name.as_str(), good.as_str()),
                ("manifest.json", MANIFEST),
            ]);
            let report = imported(&app, &mara.token, archive).await;
            if reason.is_empty() {
                assert_eq!(report["imported"]["threads"], 2, "{name}: {report}");
                continue;
            }
            assert_eq!(report["imported"]["threads"], 1, "{name}: {report}");
            assert_eq!(report["skippedCount"], 1, "{name}: {report}");
            let said = report["skipped"][0]["reason"].as_str().unwrap();
            assert!(said.starts_with(reason), "{name}: {said}");
        }
    }
);

both!(what_is_strange_is_made_sane, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let twice = some_id();
    let thread = json!({
        "id": some_id(),
        "title": null,
        "createdAt": "2999-01-01T00:00:00.000Z",
        "updatedAt": "yesterday",
        "pinned": "yes",
        "visibility": "shared",
        "messageCount": 999,
        "messages": [
            { "id": twice, "role": "user", "content": "a\u{0}b", "createdAt": "2999-01-01T00:00:00.000Z", "status": "streaming" },
            { "id": twice, "role": "user", "content": "The same again" },
            { "id": some_id(), "role": "assistant", "content": "Half", "status": "streaming", "usage": { "inputTokens": -1, "outputTokens": 1e30 },
              "createdAt": 7, "sources": "none", "feedback": "sideways", "replyTo": some_id(), "leaseUntil": "2999-01-01T00:00:00.000Z" },
        ],
    });
    let report = imported(&app, &mara.token, archive_of([&thread])).await;
    assert_eq!(
        (&report["imported"]["messages"], &report["skippedCount"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(report["skipped"][0]["kind"], "message");
    let all = threads(&app, &mara.token).await;
    let shown = json!({
        "title": "New Chat", "visibility": "private", "messageCount": 2, "pinned": false,
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-15T10:00:00.000Z", "lastMessagePreview": "Half",
    });
    for (field, value) in shown.as_object().unwrap() {
        assert_eq!(&all[0][field], value, "{field}");
    }
    assert_eq!(said(&app, &mara.token, &all[0]).await, ["a\u{fffd}b", "Half"]);
    let path = format!("/api/threads/{}", all[0]["id"].as_str().unwrap());
    let shown = app.get(&path, &mara.token).await.expect(200).json();
    let answer = &shown["thread"]["messages"][1];
    assert_eq!(
        (&answer["status"], &answer["usage"], &answer["feedback"]),
        (&json!("interrupted"), &Value::Null, &Value::Null)
    );
    let running = number(
        app.core.db.read(),
        "SELECT COUNT(*) FROM messages WHERE lease_until IS NOT NULL",
    )
    .await;
    assert_eq!(running, 0);
});

both!(what_does_not_fit_beside_the_chats_is_told, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let projects = json!({ "projects": [
        { "id": some_id(), "name": "Kept", "temperature": 1e9, "topN": -5, "color": "plaid", "sharing": "team" },
        { "id": some_id(), "name": "" },
        { "id": some_id(), "name": "Long", "context": "x".repeat(8_001) },
        { "name": "No id" },
        7,
    ] })
    .to_string();
    let templates = json!({ "templates": [{ "id": some_id(), "name": "T", "prompt": "" }] }).to_string();
    let settings = json!({ "settings": { "role": "Pilot", "defaultModel": "unknown", "context": 7 } }).to_string();
    let archive = packed([
        ("projects.json", projects.as_str()),
        ("templates.json", templates.as_str()),
        ("settings.json", settings.as_str()),
        ("manifest.json", MANIFEST),
    ]);
    let report = imported(&app, &mara.token, archive).await;
    assert_eq!(report["imported"]["projects"], 1, "{report}");
    assert_eq!(report["imported"]["templates"], 0);
    let mut kinds: Vec<&str> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skipped| skipped["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["project", "project", "project", "project", "settings", "template"]
    );
    let shown = app.get("/api/projects", &mara.token).await.expect(200).json();
    assert_eq!(
        (&shown["projects"][0]["color"], &shown["projects"][0]["sharing"]),
        (&json!("gray"), &json!("private"))
    );
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bytes_are_too_strange() {
    let app = TestApp::new(Kind::Sqlite).await;
    let mara = app.user("mara").await;
    let whole = archive_of([&some_thread("One"), &some_thread("Two")]);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mut changes = Vec::new();
    for _ in 0..64 {
        let strategy = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec((0..whole.len(), any::<u8>()), 1..6).prop_map({
                let whole = whole.clone();
                move |changes| {
                    let mut bytes = whole.clone();
                    for (at, byte) in changes {
                        bytes[at] = byte;
                    }
                    bytes
                }
            }),
            (0..whole.len()).prop_map({
                let whole = whole.clone();
                move |to| whole[..to].to_vec()
            }),
            "[\\[\\]{}\",:a-z0-9 ]{0,60}".prop_map(String::into_bytes),
        ];
        changes.push(strategy.new_tree(&mut runner).unwrap().current());
    }
    for file in changes {
        let shown = String::from_utf8_lossy(&file).into_owned();
        let answer = import(&app, &mara.token, file).await;
        assert!([200, 400].contains(&answer.status.as_u16()), "{shown:?}: {answer:?}");
    }
    // Whatever came through is whole.
    for thread in threads(&app, &mara.token).await {
        assert!(["One", "Two"].contains(&titles(std::slice::from_ref(&thread))[0]));
        assert_eq!(said(&app, &mara.token, &thread).await.len(), 2);
    }
}
