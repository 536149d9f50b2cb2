//! Bodies that are too long, of the wrong kind, or nonsense.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp, raw, send};

both!(a_body_that_is_too_long_is_refused, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.limits.max_body_bytes = 2_048).await;
    let mara = app.user("mara").await;
    let sentence = "The body is too long: at most 2048 bytes";
    let long = json!({ "content": "x".repeat(3_000), "stream": false });
    app.post("/api/chat", &mara.token, long.clone())
        .await
        .refused(413, "body_too_large", sentence);
    // One that doesn't say how long it is.
    let head = format!(
        "POST /api/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        mara.token
    );
    let text = long.to_string();
    let request = format!("{head}{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    raw::exchange(&app, request.as_bytes())
        .await
        .expect("no answer")
        .refused(413, "body_too_large", sentence);
    let fits = json!({ "content": "x".repeat(1_000), "stream": false });
    app.post("/api/chat", &mara.token, fits).await.expect(200);
});

both!(who_asks_is_settled_before_the_body_is_read, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("mara").await;
    // A body that is announced and never comes.
    let request = "POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\
                   Connection: close\r\n\r\n";
    let answer = tokio::time::timeout(Duration::from_secs(10), raw::exchange(&app, request.as_bytes())).await;
    answer
        .expect("waits for the body")
        .expect("no answer")
        .expect_error(401, "unauthenticated");
    let wrong = app.request(Method::POST, "/api/chat").body("not json");
    send(wrong).await.expect_error(401, "unauthenticated");
});

both!(a_body_must_be_json, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let sentence = "Send the body as JSON, with Content-Type: application/json";
    let post = |path: &str| app.request(Method::POST, path).bearer_auth(&mara.token).body("{}");
    for path in [
        "/api/threads",
        "/api/chat",
        "/api/api-keys",
        "/api/auth/login",
        "/api/auth/register",
    ] {
        send(post(path)).await.refused(415, "unsupported_media_type", sentence);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "json",
        ] {
            let answer = send(post(path).header("content-type", kind)).await;
            answer.refused(415, "unsupported_media_type", sentence);
        }
    }
    for kind in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/problem+json",
    ] {
        send(post("/api/threads").header("content-type", kind))
            .await
            .expect(201);
    }
});

both!(nonsense_is_a_400_and_nothing_worse, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let deep = "[".repeat(200_000);
    let deep_field = format!("{{\"content\":{}", "{\"a\":".repeat(100_000));
    let wrong: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "nul",
        "null",
        "[]",
        "true",
        "5",
        "\"text\"",
        "{}}",
        "{\"content\":}",
        "{'content':'x'}",
        "{\"content\":null}",
        "{\"content\":5}",
        "{\"content\":[\"x\"]}",
        "{\"content\":{}}",
        "{\"content\":\"x\",}",
        "{\"content\":1e999999}",
        "{\"content\":\"\\ud800\"}",
        "{\"content\":\"\\x\"}",
        "{\"content\":\"a\nb\"}",
        "{\"content\":\"x\",\"threadId\":5}",
        "{\"content\":\"x\",\"stream\":\"yes\"}",
        "{\"content\":\"x\",\"stream\":1}",
        "{\"content\":\"x\",\"content\":\"y\"}",
        "\u{feff}{\"content\":\"x\"}",
        &deep,
        &deep_field,
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([b"{\"content\":\"\xff\xfe\"}".to_vec(), vec![0; 100]])
    .collect();
    for body in wrong {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        for path in ["/api/chat", "/api/api-keys", "/api/auth/login"] {
            let post = app
                .request(Method::POST, path)
                .bearer_auth(&mara.token)
                .header("content-type", "application/json");
            let answer = send(post.body(body.clone())).await;
            assert_eq!(answer.status.as_u16(), 400, "{path} {shown}: {}", answer.text);
            let answer = answer.expect_error(400, "malformed_request");
            assert!(
                answer.text.len() < 1_000 && !answer.text.contains("::"),
                "{}",
                answer.text
            );
        }
    }
    app.get("/api/health", "").await.expect(200);
    assert_eq!(app.get("/api/threads", &mara.token).await.json()["threads"], json!([]));
});

both!(
    numbers_and_texts_at_the_ends_of_their_ranges_are_survived,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let huge = "9".repeat(400);
        for query in [
            "limit=9223372036854775808".to_owned(),
            format!("limit={huge}"),
            "limit=-9223372036854775808".to_owned(),
            "limit=1&limit=2".to_owned(),
            "cursor=%ff%fe".to_owned(),
            format!("cursor={}", "A".repeat(4_000)),
            "archived=perhaps".to_owned(),
            "projectId=%00".to_owned(),
            "teamId=%F0%9F%97%9D".to_owned(),
            "%ff=%ff&&&===".to_owned(),
        ] {
            let answer = app.get(&format!("/api/threads?{query}"), &mara.token).await;
            let status = answer.status.as_u16();
            assert!(status < 500, "{query}: {status} {}", answer.text);
        }
        // What the databases disagree about: NUL is refused on both, everything else is kept as it came.
        app.post(
            "/api/chat",
            &mara.token,
            json!({ "content": "a\u{0}b", "stream": false }),
        )
        .await
        .invalid(&["content"]);
        let odd = "a\u{202e}b \u{1f5dd}\u{fe0f} \u{e000} \u{10ffff} \u{7} ' \" \\ <script> $1 ? %s";
        let answer = app
            .post("/api/chat", &mara.token, json!({ "content": odd, "stream": false }))
            .await
            .expect(200)
            .json();
        let thread = answer["thread"]["id"].as_str().unwrap();
        let read = app
            .get(&format!("/api/threads/{thread}"), &mara.token)
            .await
            .expect(200)
            .json();
        assert_eq!(read["thread"]["messages"][0]["content"], json!(odd));
        // Unknown fields are ignored.
        let body = json!({ "title": "T", "unknown": { "deep": [1, 2, 3] }, "userId": "x", "id": Value::Null });
        app.post("/api/threads", &mara.token, body).await.expect(201);
    }
);
