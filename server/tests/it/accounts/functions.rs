//! Server functions of a signed-in person: for people, from our own pages.

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp, User, send};

/// Every one of them, with arguments that would do something.
fn all(key_id: &str, session_id: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("my_settings", json!({})),
        (
            "save_settings",
            json!({ "change": { "settings": { "role": "Taken" } } }),
        ),
        ("my_sessions", json!({})),
        ("end_session", json!({ "id": session_id })),
        ("end_other_sessions", json!({})),
        (
            "change_email",
            json!({ "password": "correct horse", "email": "x@example.com" }),
        ),
        (
            "change_password",
            json!({ "current": "correct horse", "new": "battery staple" }),
        ),
        ("keys_page", json!({})),
        (
            "create_key",
            json!({ "name": "Taken", "team_id": null, "expires_at": null }),
        ),
        ("rename_key", json!({ "id": key_id, "name": "Taken" })),
        ("revoke_key", json!({ "id": key_id })),
    ]
}

/// Whether everything of somebody is as it was.
async fn untouched(app: &TestApp, mara: &User) {
    let settings = app.get("/api/user/settings", &mara.token).await.expect(200).json();
    assert_eq!(settings["settings"]["role"], Value::Null);
    let keys = app.get("/api/api-keys", &mara.token).await.expect(200).json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(keys["keys"][0]["name"], "CLI");
    let login = json!({ "email": mara.email, "password": "correct horse" });
    app.post("/api/auth/login", "", login).await.expect(200);
}

both!(they_are_for_people_on_our_own_pages, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/**".to_owned(), "/_fn/**".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let sessions = app.function(&mara.cookie, "my_sessions", json!({})).await.expect(200);
    let session = sessions.json()[0]["id"].as_str().unwrap_or_default().to_owned();
    for (name, arguments) in all(&key.id, &session) {
        // Nobody.
        let answer = app.function("", name, arguments.clone()).await.expect(401);
        assert_eq!(answer.json()["code"], "unauthenticated", "{name}");
        let answer = app.function("latchkey_session=x", name, arguments.clone()).await;
        assert_eq!(answer.expect(401).json()["code"], "unauthenticated", "{name}");
        // A key, though the list seems to allow it; a session beside it doesn't help.
        for cookie in ["", &mara.cookie] {
            let request = app.function_request(cookie, name, &arguments).bearer_auth(&key.secret);
            send(request).await.expect_error(403, "endpoint_not_allowed");
        }
        // Another site.
        for (header, value) in [
            ("origin", "https://elsewhere.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = app
                .request(reqwest::Method::POST, &format!("/_fn/{name}"))
                .header("cookie", &mara.cookie)
                .header(header, value)
                .json(&arguments);
            send(request).await.expect_error(403, "cross_origin");
        }
        // Nothing happens on GET.
        let get = app
            .request(reqwest::Method::GET, &format!("/_fn/{name}"))
            .header("cookie", &mara.cookie);
        send(get).await.expect(404);
    }
    untouched(&app, &mara).await;
    // These are all that there are, and from our own pages they work.
    for (name, arguments) in all(&key.id, &session) {
        if !matches!(name, "end_session" | "revoke_key") {
            app.function(&mara.cookie, name, arguments).await.expect(200);
        }
    }
});

both!(arguments_that_do_not_fit_are_the_callers_fault, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for (name, arguments) in [
        ("save_settings", json!({})),
        (
            "save_settings",
            json!({ "change": { "settings": { "textSize": "huge" } } }),
        ),
        ("end_session", json!({ "id": 1 })),
        ("create_key", json!({})),
    ] {
        let answer = app.function(&mara.cookie, name, arguments).await.expect(400);
        assert_eq!(answer.json()["code"], "malformed_request", "{name}");
    }
});
