//! Paths spelled so that one part of a server may read them differently from another.

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, raw};

/// Other spellings of `/api/threads`, or of something below it.
const SPELLINGS: &[&str] = &[
    "//api/threads",
    "/api//threads",
    "/api/threads/",
    "/api/threads//",
    "/./api/threads",
    "/api/./threads",
    "/api/threads/.",
    "/api/x/../threads",
    "/api/threads/..",
    "/api/%2e/threads",
    "/api/x/%2e%2e/threads",
    "/api/x/%2E%2E/threads",
    "/api/x/.%2e/threads",
    "/api%2Fthreads",
    "/api%2fthreads",
    "/api/threads%2Fx",
    "/api/threads%2f..%2fthreads",
    "/api/threads%5Cx",
    "/api/threads%00",
    "/api/threads/%252e%252e/x",
    "/API/threads",
    "/api/Threads",
    "/api/threads;x=1",
    "/api/threads%20",
];

both!(no_other_spelling_of_a_path_lets_a_key_in, async |kind: Kind| {
    let listed = ["/api/threads", "/api/threads/**"].map(str::to_owned);
    let app = TestApp::with(kind, |config| config.api.allowed_endpoints = listed.to_vec()).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let bearer = format!("Authorization: Bearer {}", key.secret);
    raw::get(&app, "/api/threads", &[&bearer]).await.expect(200);
    raw::get(&app, "/api/threads?x=/../%2e", &[&bearer]).await.expect(200);
    for path in SPELLINGS {
        let answer = raw::get(&app, path, &[&bearer]).await;
        answer.refused(
            403,
            "endpoint_not_allowed",
            "API key access is not allowed for this endpoint",
        );
    }
    for path in SPELLINGS {
        // Nor do they mean anything to a person: the server doesn't tidy paths up.
        let answer = raw::get(&app, path, &[&format!("Authorization: Bearer {}", mara.token)]).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}: {}", answer.text);
    }
});

both!(what_is_never_open_stays_closed_in_every_spelling, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = ["/api/**", "/_fn/**"].map(str::to_owned).to_vec();
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let bearer = format!("Authorization: Bearer {}", key.secret);
    for path in [
        "/api/api-keys",
        "/api/api-keys/",
        "/api//api-keys",
        "/api/./api-keys",
        "/api/threads/../api-keys",
        "/api/threads/%2e%2e/api-keys",
        "/api/threads/..%2fapi-keys",
        "/api%2fapi-keys",
        "//api/api-keys",
        "/api/auth/me",
        "/api/auth",
        "/_fn/",
        "/_fn/sign_out",
    ] {
        raw::get(&app, path, &[&bearer])
            .await
            .expect_error(403, "endpoint_not_allowed");
    }
    for path in [
        "/api/api%2dkeys",
        "/api/%61pi-keys",
        "/api/aut%68/me",
        "/api/API-KEYS",
        "/api/auth%20/me",
    ] {
        let answer = raw::get(&app, path, &[&bearer]).await;
        assert!(!answer.status.is_success(), "{path}: {}", answer.text);
        assert!(
            !answer.text.contains(&mara.email) && !answer.text.contains("keyPrefix"),
            "{path}: {}",
            answer.text
        );
    }
});

both!(an_absolute_target_is_judged_by_its_path, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let bearer = format!("Authorization: Bearer {}", key.secret);
    let own = app.url("");
    for (target, allowed) in [
        (format!("{own}/api/threads"), true),
        ("http://elsewhere.example/api/threads".to_owned(), true),
        (format!("{own}/api/chat"), false),
        (format!("{own}/api/api-keys"), false),
        (format!("{own}//api/threads"), false),
        (format!("{own}/api/./threads"), false),
        (own.clone(), false),
        (format!("{own}?/api/threads"), false),
    ] {
        let answer = raw::get(&app, &target, &[&bearer]).await;
        if allowed {
            answer.expect(200);
        } else {
            answer.expect_error(403, "endpoint_not_allowed");
        }
    }
});
