use reqwest::Method;
use serde_json::{Value, json};

use super::{imported, packed, said, threads, titles};
use crate::both;
use crate::support::{Kind, TestApp, send};

/// A file as `ChatGPT` writes it, with what its conversations have in them.
const SAMPLE: &str = include_str!("conversations.json");

both!(conversations_come_as_they_were_seen, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let report = imported(&app, &mara.token, SAMPLE.as_bytes().to_vec()).await;
    assert_eq!(report["source"], "chatgpt");
    assert_eq!(
        report["imported"],
        json!({ "threads": 4, "messages": 11, "projects": 0, "documents": 0, "templates": 0 })
    );
    assert_eq!(
        report["skipped"],
        json!([
            { "kind": "thread", "name": "Never began", "reason": "There is nothing in it that can be shown" },
            { "kind": "thread", "name": "Conversation 6", "reason": "It can't be read: missing field `mapping` at line 1 column 2" },
        ])
    );
    let all = threads(&app, &mara.token).await;
    assert_eq!(
        titles(&all),
        [
            "Bread without a scale",
            "Name this bird",
            "Plot the harvest",
            "Which way does the tide run at night?"
        ]
    );
    let of = |title: &str| all.iter().find(|thread| thread["title"] == title).unwrap().clone();
    // Of two answers and two questions those on show.
    assert_eq!(
        said(&app, &mara.token, &of("Bread without a scale")).await,
        [
            "How do I bake bread without a scale?",
            "Use cups: three of flour, one and a half of water.",
            "And in spoons, for rye?",
            "Rye is heavier: take two spoons less per cup.",
        ]
    );
    let bread = of("Bread without a scale");
    assert_eq!(
        (&bread["createdAt"], &bread["updatedAt"], &bread["archived"]),
        (
            &json!("2024-03-05T17:20:00.500Z"),
            &json!("2024-03-05T17:31:02.250Z"),
            &json!(false)
        )
    );
    // Code that was run and what came of it are one answer with the words around them.
    assert_eq!(
        said(&app, &mara.token, &of("Plot the harvest")).await[1],
        "I will draw it.\n\n```python\nimport matplotlib.pyplot as plt\nplt.plot([3, 5, 8])\n```\n\n```\n<Figure size 640x480>\n```\n\n[Image]\n\nThe harvest grows."
    );
    let bird = of("Name this bird");
    assert_eq!(bird["archived"], true);
    assert_eq!(
        said(&app, &mara.token, &bird).await,
        [
            "[Image]\nWhat is it called?\n\n[File: field notes.pdf]",
            "A wren, by the tail.",
            "Thanks, that was spoken"
        ]
    );
    let path = format!("/api/threads/{}", bread["id"].as_str().unwrap());
    let shown = app.get(&path, &mara.token).await.expect(200).json();
    let answer = &shown["thread"]["messages"][1];
    assert_eq!(
        (&answer["model"], &answer["status"]),
        (&json!("gpt-4o"), &json!("complete"))
    );
    assert_eq!(answer["createdAt"], "2024-03-05T17:20:09.000Z");

    // Once more, and in the archive it comes in: nothing is new.
    for file in [
        SAMPLE.as_bytes().to_vec(),
        packed([
            ("chat.html", "<html>"),
            ("conversations.json", SAMPLE),
            ("user.json", "{}"),
        ]),
        packed([("data/conversations-000.json", SAMPLE)]),
        [b"\xef\xbb\xbf".as_slice(), SAMPLE.as_bytes()].concat(),
    ] {
        let report = imported(&app, &mara.token, file).await;
        assert_eq!(
            (&report["imported"]["threads"], &report["existing"]["threads"]),
            (&json!(0), &json!(4))
        );
    }
    // One can go on with them.
    let more = json!({ "content": "And at noon?", "threadId": bread["id"], "stream": false });
    app.post("/api/chat", &mara.token, more).await.expect(200);
});

both!(what_comes_before_a_file_breaks_off_stays, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let cut = SAMPLE.find("Plot the harvest").unwrap();
    let request = app
        .request(Method::POST, "/api/import")
        .bearer_auth(&mara.token)
        .header("content-type", "application/json")
        .body(SAMPLE[..cut].to_owned());
    let answer = send(request).await.invalid(&["file"]);
    assert_eq!(
        answer.error(),
        "What comes after conversation 1 can't be read. It ends in the middle. 1 chat was imported before that, and stays."
    );
    assert_eq!(titles(&threads(&app, &mara.token).await), ["Bread without a scale"]);
    let report = imported(&app, &mara.token, SAMPLE.as_bytes().to_vec()).await;
    assert_eq!(
        (&report["imported"]["threads"], &report["existing"]["threads"]),
        (&json!(3), &json!(1))
    );
});

both!(a_single_exported_chat_comes_in_too, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, nora) = (app.user("mara").await, app.user("nora").await);
    let asked = json!({ "content": "Hello", "stream": false });
    let made = app.post("/api/chat", &mara.token, asked).await.expect(200).json();
    let path = format!("/api/export/{}", made["thread"]["id"].as_str().unwrap());
    let file = app.get(&path, &mara.token).await.expect(200).text;
    let report = imported(&app, &mara.token, file.clone().into_bytes()).await;
    assert_eq!(report["existing"]["threads"], 1);
    let report = imported(&app, &nora.token, file.into_bytes()).await;
    assert_eq!(
        (&report["imported"]["threads"], &report["imported"]["messages"]),
        (&json!(1), &json!(2))
    );
    let all: Vec<Value> = threads(&app, &nora.token).await;
    assert_eq!(said(&app, &nora.token, &all[0]).await[0], "Hello");
});
