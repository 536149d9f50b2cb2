//! Headers that every answer has, or must not have.

use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, raw, send};

both!(every_answer_has_a_request_id, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let get = |path: &str| app.request(Method::GET, path);
    let sane = "0190a2b4-7000.trace_id";
    for path in [
        "/api/health",
        "/api/threads",
        "/api/nothing",
        "/",
        "/favicon.svg",
        "/nothing",
    ] {
        let own = send(get(path)).await.header("x-request-id");
        assert_eq!(own.len(), 36, "{path}: {own}");
        assert_ne!(send(get(path)).await.header("x-request-id"), own);
        assert_eq!(
            send(get(path).header("x-request-id", sane))
                .await
                .header("x-request-id"),
            sane
        );
    }
    let answer = send(get("/api/threads").header("x-request-id", sane)).await.expect(401);
    assert_eq!(answer.json()["requestId"], sane);
    for odd in [
        "",
        " ",
        "a b",
        "a\"b",
        "<script>",
        "${jndi:x}",
        "ä",
        &"x".repeat(129),
        "a,b",
    ] {
        let answer = send(get("/api/threads").header("x-request-id", odd)).await.expect(401);
        let id = answer.header("x-request-id");
        assert_eq!(id.len(), 36, "{odd}: {id}");
        assert_eq!(answer.json()["requestId"], json!(id));
    }
    let long = "x".repeat(128);
    assert_eq!(
        send(get("/api/health").header("x-request-id", &long))
            .await
            .header("x-request-id"),
        long
    );
    // Where the request is refused before anything has looked at it, too.
    let too_long = format!("X-Long: {}", "x".repeat(20_000));
    let answer = raw::get(&app, "/api/threads", &["X-Request-Id: mine", &too_long]).await;
    assert_eq!(
        answer.expect_error(431, "headers_too_large").header("x-request-id"),
        "mine"
    );
});

both!(browsers_are_told_to_be_careful, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for path in [
        "/api/health",
        "/api/threads",
        "/api/nothing",
        "/v1/models",
        "/",
        "/nothing",
    ] {
        for token in ["", &mara.token] {
            let answer = app.get(path, token).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            let scripts = policy
                .split(';')
                .find(|part| part.trim().starts_with("script-src"))
                .unwrap_or_default();
            assert!(!scripts.contains("unsafe-inline"), "{path}: {policy}");
            assert_ne!(answer.header("referrer-policy"), "", "{path}");
            assert_eq!(answer.header("server"), "");
            let api = path.starts_with("/api") || path.starts_with("/v1");
            assert!(
                !api || answer.header("cache-control") == "no-store",
                "{path}: {:?}",
                answer.headers
            );
        }
    }
    let nonce = |policy: &str| {
        policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .map(str::to_owned)
    };
    let (first, second) = (app.get("/sign-in", "").await, app.get("/sign-in", "").await);
    let nonces = [&first, &second].map(|page| nonce(&page.header("content-security-policy")).unwrap());
    assert_ne!(nonces[0], nonces[1], "a nonce is good for one page");
    assert!(first.text.contains(&nonces[0]));
});

both!(long_answers_are_compressed_and_streams_are_not, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for _ in 0..20 {
        app.post(
            "/api/threads",
            &mara.token,
            json!({ "title": "A title of some length" }),
        )
        .await
        .expect(201);
    }
    let with = async |method: Method, path: &str, accepted: &str| {
        let body = json!({ "content": "Tell me of latchkeys and locks. ".repeat(50) });
        let request = app
            .request(method, path)
            .bearer_auth(&mara.token)
            .header("accept-encoding", accepted);
        request.json(&body).send().await.unwrap()
    };
    for (accepted, used) in [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br")] {
        let answer = with(Method::GET, "/api/threads", accepted).await;
        assert_eq!(answer.headers()["content-encoding"], used);
        assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
        assert!(answer.bytes().await.unwrap().len() < 2_000);
    }
    for accepted in ["identity", "gzip;q=0"] {
        assert!(
            !with(Method::GET, "/api/threads", accepted)
                .await
                .headers()
                .contains_key("content-encoding")
        );
    }
    assert!(
        !with(Method::GET, "/api/health", "gzip")
            .await
            .headers()
            .contains_key("content-encoding"),
        "too short"
    );
    let stream = with(Method::POST, "/api/chat", "gzip, br").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    assert_eq!(stream.headers()["x-accel-buffering"], "no");
    assert!(!stream.headers().contains_key("content-encoding"));
    assert!(stream.text().await.unwrap().contains("event: done"));
});
