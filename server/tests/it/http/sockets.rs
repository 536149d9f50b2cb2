//! What no client library sends. The process must live through all of it.

use std::time::Duration;

use serde_json::json;

use crate::both;
use crate::support::{Key, Kind, TestApp, raw};

/// The server still answers, and still knows its keys.
async fn lives(app: &TestApp, key: &Key) {
    app.get("/api/health", "").await.expect(200);
    app.get("/api/threads", &key.secret).await.expect(200);
}

async fn with_key(kind: Kind) -> (TestApp, Key) {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    (app, key)
}

both!(
    heads_that_are_too_long_are_refused_in_the_api_s_shape,
    async |kind: Kind| {
        let (app, key) = with_key(kind).await;
        let sentence = "The request's headers are too long";
        let bearer = format!("Authorization: Bearer {}", key.secret);
        let long = "x".repeat(200 << 10);
        let huge_bearer = format!("Authorization: Bearer sk-{long}");
        for lines in [
            vec![huge_bearer.as_str()],
            vec![&bearer, &format!("X-Long: {long}")],
            vec![&format!("Cookie: a={long}")],
        ] {
            raw::get(&app, "/api/threads", &lines)
                .await
                .refused(431, "headers_too_large", sentence);
        }
        let many: Vec<String> = (0..90).map(|at| format!("X-{at}: {}", "y".repeat(1_000))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        raw::get(&app, "/api/threads", &many)
            .await
            .refused(431, "headers_too_large", sentence);
        let target = format!("/api/threads?q={}", "z".repeat(10_000));
        raw::get(&app, &target, &[&bearer])
            .await
            .refused(431, "headers_too_large", sentence);
        // Within the limits nothing is refused.
        raw::get(
            &app,
            "/api/threads",
            &[&bearer, &format!("X-Long: {}", "x".repeat(15_000))],
        )
        .await
        .expect(200);
        // What is longer than the server reads at all ends in a refusal or a closed connection.
        for endless in ["x".repeat(2 << 20), "X: y\r\n".repeat(5_000)] {
            let request = format!("GET /api/threads HTTP/1.1\r\nHost: x\r\n{bearer}\r\nX-Long: {endless}\r\n\r\n");
            let answer = raw::exchange(&app, request.as_bytes()).await;
            assert!(answer.is_none_or(|answer| answer.status.is_client_error()));
        }
        lives(&app, &key).await;
    }
);

both!(what_is_not_http_is_refused_or_dropped, async |kind: Kind| {
    let (app, key) = with_key(kind).await;
    let bearer = format!("Authorization: Bearer {}", key.secret);
    let with = |head: &str| format!("{head}\r\nHost: x\r\n{bearer}\r\nConnection: close\r\n\r\n").into_bytes();
    let mut cases = vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GARBAGE\r\n\r\n".to_vec(),
        b"\r\n\r\n\r\n\r\nGET".to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        vec![0xff; 2_000],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot frames at all".to_vec(),
        with("GET /api/threads"),
        with("GET /api/threads HTTP/9.9"),
        with("GET  /api/threads HTTP/1.1"),
        with("GET /api/thr eads HTTP/1.1"),
        with("GET api/threads HTTP/1.1"),
        with("GET /api/threads\0 HTTP/1.1"),
        with("G\0T /api/threads HTTP/1.1"),
        with("GET /api/threads HTTP/1.1\r\nX-Nul: a\0b"),
        with("GET /api/threads HTTP/1.1\r\nX\0Nul: a"),
        with("GET /api/threads HTTP/1.1\r\nNo colon here"),
        with("GET /api/threads HTTP/1.1\r\n: no name"),
        with("GET /api/threads HTTP/1.1\r\nSpace : before the colon"),
        with("GET /api/threads HTTP/1.1\r\n folded: line"),
        with("POST /api/threads HTTP/1.1\r\nContent-Length: -1"),
        with("POST /api/threads HTTP/1.1\r\nContent-Length: 99999999999999999999999"),
        with("POST /api/threads HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3"),
        with("POST /api/threads HTTP/1.1\r\nContent-Length: 2, 3"),
        with("POST /api/threads HTTP/1.1\r\nTransfer-Encoding: gzip"),
        with("POST /api/threads HTTP/1.1\r\nTransfer-Encoding: chunked, identity"),
        with("CONNECT elsewhere.example:443 HTTP/1.1"),
    ];
    let mut chunks = with("POST /api/threads HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked");
    chunks.extend_from_slice(b"zz\r\n{}\r\n0\r\n\r\n");
    cases.push(chunks);
    for request in cases {
        let shown = String::from_utf8_lossy(&request).into_owned();
        // A head that never ends is waited for; closing our side says that nothing more will come.
        let answer = tokio::time::timeout(Duration::from_secs(20), raw::bytes(&app, &request))
            .await
            .unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
        assert!(
            !answer.starts_with("HTTP") || status.starts_with('4'),
            "{shown:?}: {answer}"
        );
    }
    assert_eq!(
        crate::support::rows::number(&app.database.connect().await, "SELECT COUNT(*) FROM threads").await,
        0
    );
    lives(&app, &key).await;
});

both!(a_request_cannot_hide_in_the_body_of_another, async |kind: Kind| {
    let (app, key) = with_key(kind).await;
    let hidden = format!(
        "POST /api/threads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\n\r\n{{}}",
        key.secret
    );
    for framing in [
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            hidden.len() + 5
        ),
        format!(
            "Transfer-Encoding: chunked\r\nContent-Length: {}\r\n\r\n0\r\n\r\n{hidden}",
            hidden.len() + 5
        ),
    ] {
        // A proxy that went by the length would have sent all of this as one anonymous request.
        let outer = format!("POST /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}");
        let answer = String::from_utf8(raw::bytes(&app, outer.as_bytes()).await).unwrap();
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(
        crate::support::rows::number(&app.database.connect().await, "SELECT COUNT(*) FROM threads").await,
        0
    );
    lives(&app, &key).await;
});

both!(a_request_names_one_host, async |kind: Kind| {
    let (app, key) = with_key(kind).await;
    let bearer = format!("Authorization: Bearer {}", key.secret);
    let answer = raw::get(&app, "/api/threads", &["Host: elsewhere.example", &bearer]).await;
    answer.expect_error(400, "malformed_request");
    lives(&app, &key).await;
});
