//! How a key is presented: one `Authorization` header with a bearer, and in no other way.

use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, raw, send};

const INVALID: &str = "Invalid API key";
const NOBODY: &str = "You are not signed in";

both!(a_key_anywhere_else_lets_nobody_in, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let secret = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    let get = |path: &str| app.request(Method::GET, path);
    for request in [
        get(&format!("/api/threads?api_key={secret}")),
        get(&format!(
            "/api/threads?apiKey={secret}&key={secret}&token={secret}&access_token={secret}"
        )),
        get("/api/threads").header("cookie", format!("latchkey_session={secret}")),
        get("/api/threads").header("cookie", format!("authorization=Bearer {secret}; api_key={secret}")),
        get("/api/threads").header("x-api-key", &secret),
        get("/api/threads").header("proxy-authorization", format!("Bearer {secret}")),
        app.request(Method::POST, "/api/threads")
            .json(&json!({ "apiKey": secret, "authorization": secret })),
    ] {
        send(request).await.refused(401, "unauthenticated", NOBODY);
    }
    assert_eq!(app.core.keys.computations(), 0);
});

both!(
    a_bearer_is_judged_alone_however_good_the_cookie_beside_it,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let with_cookie = |path: &str| app.request(Method::GET, path).header("cookie", &mara.cookie);
        send(with_cookie("/api/threads")).await.expect(200);
        for (bearer, code) in [
            ("sk-0123456789abcdef0123456789abcdef0123456789abcdef", "invalid_api_key"),
            ("x", "invalid_api_key"),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXJhIn0.x", "unauthenticated"),
        ] {
            send(with_cookie("/api/threads").bearer_auth(bearer))
                .await
                .expect_error(401, code);
        }
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        // Not the session's way around the gate either.
        let answer = send(with_cookie("/api/auth/me").bearer_auth(&key.secret)).await;
        answer.expect_error(403, "endpoint_not_allowed");
        // A key needs no origin, cookie or not: it was not sent along by a browser.
        let post = app
            .request(Method::POST, "/api/threads")
            .header("cookie", &mara.cookie)
            .bearer_auth(&key.secret);
        send(post.header("origin", "https://elsewhere.example").json(&json!({})))
            .await
            .expect(201);
    }
);

both!(exactly_one_bearer, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let secret = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    let bearer = format!("Authorization: Bearer {secret}");
    let token = format!("Authorization: Bearer {}", mara.token);
    let cookie = format!("Cookie: {}", mara.cookie);
    for lines in [
        [bearer.as_str(), bearer.as_str(), ""],
        [&bearer, &token, ""],
        [&token, &bearer, ""],
        [&token, &token, ""],
        [&bearer, "Authorization: Basic eDp5", &cookie],
        ["Authorization: Basic eDp5", &bearer, &cookie],
        ["authorization: x", "AUTHORIZATION: y", &cookie],
    ] {
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        raw::get(&app, "/api/threads", &lines)
            .await
            .refused(401, "invalid_api_key", INVALID);
    }
});

both!(the_scheme_is_bearer_in_any_case_and_nothing_else, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let secret = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR   "] {
        raw::get(&app, "/api/threads", &[&format!("Authorization: {scheme}{secret}")])
            .await
            .expect(200);
    }
    for value in [
        format!("Basic {secret}"),
        format!("Token {secret}"),
        format!("ApiKey {secret}"),
        format!("Bearer{secret}"),
        format!("Bearer:{secret}"),
        secret.clone(),
        String::new(),
    ] {
        let answer = raw::get(&app, "/api/threads", &[&format!("Authorization: {value}")]).await;
        answer.refused(401, "unauthenticated", NOBODY);
    }
    for value in [
        "Bearer",
        "Bearer ",
        &format!("Bearer \"{secret}\""),
        &format!("Bearer {secret}, Bearer {secret}"),
    ] {
        let answer = raw::get(&app, "/api/threads", &[&format!("Authorization: {value}")]).await;
        answer.refused(401, "invalid_api_key", INVALID);
    }
    let mut request =
        format!("GET /api/threads HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {secret}")
            .into_bytes();
    request.extend_from_slice(b"\xff\xfe\r\n\r\n");
    raw::exchange(&app, &request)
        .await
        .expect("no answer")
        .refused(401, "invalid_api_key", INVALID);
});
