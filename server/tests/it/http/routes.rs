//! Paths and methods that are not there.

use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, send};

both!(an_unknown_path_of_the_api_is_an_error_of_the_api, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/threads/x/y/z",
        "/api/chat/x",
        "/v1",
        "/v1/",
        "/v1/nothing",
    ] {
        for token in ["", &mara.token] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = app.call(method, path, token, None).await;
                let answer = if path.starts_with("/v1") {
                    let answer = answer.expect(404);
                    let error = &answer.json()["error"];
                    assert_eq!(
                        (&error["code"], &error["message"]),
                        (&json!("not_found"), &json!("Not found"))
                    );
                    answer
                } else {
                    answer.refused(404, "not_found", "Not found")
                };
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
    }
    for path in ["/apiary", "/v12", "/nothing"] {
        let answer = app.get(path, "").await.expect(404);
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}: {:?}",
            answer.headers
        );
    }
});

both!(a_method_that_is_not_there_names_those_that_are, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for (method, path, allowed) in [
        ("DELETE", "/api/threads", "GET,HEAD,POST"),
        ("PUT", "/api/threads/1", "DELETE,GET,HEAD,PATCH"),
        ("GET", "/api/auth/login", "POST"),
        ("GET", "/api/chat", "POST"),
        ("POST", "/api/health", "GET,HEAD"),
        ("PUT", "/api/api-keys", "GET,HEAD,POST"),
        ("TRACE", "/api/threads", "GET,HEAD,POST"),
    ] {
        let answer = app
            .call(method, path, &mara.token, None)
            .await
            .expect_error(405, "method_not_allowed");
        let allow = answer.header("allow");
        let mut names: Vec<&str> = allow.split(',').map(str::trim).collect();
        names.sort_unstable();
        assert_eq!(names.join(","), allowed, "{method} {path}");
    }
});

both!(a_head_request_is_answered_without_a_body, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let head = app.request(Method::HEAD, "/api/threads");
    let answer = send(head.bearer_auth(&mara.token)).await.expect(200);
    assert_eq!(
        (answer.text.as_str(), answer.header("content-type").as_str()),
        ("", "application/json")
    );
    send(app.request(Method::HEAD, "/api/threads")).await.expect(401);
});

both!(health_tells_whether_the_database_answers, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let answer = app.get("/api/health", "").await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    assert_eq!(json["status"], "ok");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert!(json["uptimeSeconds"].is_u64(), "{json}");
    app.core.db.close().await.unwrap();
    let json = app.get("/api/health", "").await.expect(503).json();
    assert_eq!(json["status"], "unavailable");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert!(json["uptimeSeconds"].is_u64(), "{json}");
});

both!(
    a_database_that_is_gone_is_a_reason_to_come_back_and_tells_nothing,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let sentence = "The server is busy. Try again in a moment.";
        app.core.db.close().await.unwrap();
        for bearer in [&mara.token, &key.secret] {
            let answer = app.get("/api/threads", bearer).await;
            assert_eq!(answer.headers["retry-after"], "1");
            answer.refused(503, "unavailable", sentence);
        }
        let body = json!({ "email": mara.email, "password": "correct horse" });
        app.post("/api/auth/login", "", body)
            .await
            .refused(503, "unavailable", sentence);
    }
);
