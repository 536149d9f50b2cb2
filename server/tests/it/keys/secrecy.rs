//! A secret is in the one answer that creates it, and nowhere else.

use serde_json::json;

use crate::both;
use crate::support::rows::tables_with;
use crate::support::{Kind, TestApp, send, until};

both!(
    a_key_is_in_no_answer_after_its_first_and_in_no_table,
    async |kind: Kind| {
        let mut app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let create = app
            .request(reqwest::Method::POST, "/api/api-keys")
            .bearer_auth(&mara.token);
        let body = json!({ "name": "CLI" });
        let made = send(create.header("idempotency-key", "once").json(&body))
            .await
            .expect(201)
            .json();
        let secret = made["secret"].as_str().unwrap().to_owned();
        let path = format!("/api/api-keys/{}", made["key"]["id"].as_str().unwrap());
        let digits = secret.strip_prefix("sk-").unwrap();

        // Used, presented in wrong ways, renamed, repeated, and revoked.
        let repeat = app
            .request(reqwest::Method::POST, "/api/api-keys")
            .bearer_auth(&mara.token);
        let thread = app.post("/api/threads", &secret, json!({})).await;
        let chat = json!({ "content": "Hello", "stream": false });
        let answers = [
            app.post("/api/chat", &secret, chat).await.expect(200),
            app.get("/api/auth/me", &secret).await.expect(403),
            app.get(&format!("/api/threads?cursor={}", &secret[..20]), &secret)
                .await
                .expect(400),
            app.get(&format!("/api/threads/{secret}"), &secret).await.expect(404),
            app.get("/api/threads", &format!("{secret}0")).await.expect(401),
            app.get("/api/api-keys", &mara.token).await.expect(200),
            app.call("PATCH", &path, &mara.token, Some(json!({ "name": "Other" })))
                .await
                .expect(200),
            send(repeat.header("idempotency-key", "once").json(&body))
                .await
                .expect(409),
            app.call("DELETE", &path, &mara.token, None).await.expect(200),
            app.get("/api/threads", &secret).await.expect(401),
            thread.expect(201),
        ];
        for answer in answers {
            assert!(!answer.text.contains(&digits[6..]), "{}", answer.text);
            assert!(!answer.text.contains("$2b$"), "{}", answer.text);
            let headers = format!("{:?}", answer.headers);
            assert!(!headers.contains(&digits[6..]), "{headers}");
        }
        app.shut_down().await;
        // Not even a good part of it; while the part that people see is where it belongs.
        assert_eq!(tables_with(&app.database, &digits[6..20]).await, Vec::<String>::new());
        assert_eq!(tables_with(&app.database, &digits[28..]).await, Vec::<String>::new());
        assert_eq!(
            tables_with(&app.database, &secret[..9]).await,
            ["api_keys", "audit_log"]
        );
    }
);

both!(passwords_cookies_and_tokens_are_in_no_table, async |kind: Kind| {
    let mut app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    app.post(
        "/api/auth/login",
        "",
        json!({ "email": mara.email, "password": "not my password" }),
    )
    .await
    .expect(401);
    app.shut_down().await;
    let cookie = mara.cookie.split_once('=').unwrap().1;
    let signature = mara.token.rsplit_once('.').unwrap().1;
    for secret in ["correct horse", "not my password", cookie, signature] {
        assert_eq!(
            tables_with(&app.database, secret).await,
            Vec::<String>::new(),
            "{secret}"
        );
    }
    assert!(
        tables_with(&app.database, &mara.email)
            .await
            .contains(&"users".to_owned())
    );
});

both!(what_is_done_to_keys_is_in_the_audit_log, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let path = format!("/api/api-keys/{}", key.id);
    app.call("PATCH", &path, &mara.token, Some(json!({ "name": "Other" })))
        .await
        .expect(200);
    // What changes nothing is no event, and neither is what fails.
    app.call("PATCH", &path, &mara.token, Some(json!({}))).await.expect(200);
    app.call("PATCH", &path, &mara.token, Some(json!({ "name": "" })))
        .await
        .expect(400);
    app.call("DELETE", &path, &mara.token, None).await.expect(200);
    app.call("DELETE", &path, &mara.token, None).await.expect(404);
    let db = app.database.connect().await;
    let sql = format!(
        "SELECT action FROM audit_log WHERE target_id = '{}' AND user_id = '{}' AND ip = '127.0.0.1' ORDER BY id",
        key.id, mara.id
    );
    let actions = crate::support::rows::texts(&db, &sql).await;
    assert_eq!(actions, ["api_key.created", "api_key.changed", "api_key.revoked"]);
});

both!(
    a_panic_while_a_key_is_shown_in_debug_tells_nothing,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        app.get("/api/threads", &key.secret).await.expect(200);
        until("it is remembered", async || app.core.keys.computations() == 1).await;
        let shown = format!("{:?}", app.core);
        assert!(!shown.contains(&key.secret[9..]), "the key");
        assert!(!shown.contains("correct horse"), "the password");
    }
);
