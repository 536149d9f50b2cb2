//! Signing in and out.

use serde_json::{Value, json};

use crate::both;
use crate::support::{Answer, Kind, TestApp, send};

const WRONG: &str = "The e-mail or the password is wrong";

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/api/auth/login", "", json!({ "email": email, "password": password }))
        .await
}

/// An answer without what differs in every one of them.
fn without_id(answer: &Answer) -> Value {
    let mut json = answer.json();
    json["requestId"] = Value::Null;
    json
}

both!(signing_in_gives_a_token_and_a_cookie, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let answer = login(&app, &mara.email, "correct horse").await.expect(200);
    let json = answer.json();
    let user = json!({ "id": mara.id, "email": mara.email, "name": "mara", "plan": "free", "role": "admin" });
    assert_eq!(json["user"], user);
    assert_eq!(json["expiresAt"], "2026-01-16T10:00:00.000Z");
    let me = app
        .get("/api/auth/me", json["token"].as_str().unwrap())
        .await
        .expect(200);
    assert_eq!(me.json(), json!({ "user": user }));
    assert!(!me.text.contains("$2b$") && !answer.text.contains("$2b$"));
    let cookie = answer.header("set-cookie");
    assert_ne!(
        cookie.split(';').next().unwrap(),
        mara.cookie,
        "every sign-in has a session of its own"
    );
});

both!(
    a_wrong_password_and_an_unknown_address_look_the_same,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let wrong = login(&app, &mara.email, "wrong horse")
            .await
            .refused(401, "invalid_credentials", WRONG);
        let unknown =
            login(&app, "nobody@example.com", "correct horse")
                .await
                .refused(401, "invalid_credentials", WRONG);
        assert_eq!(without_id(&wrong), without_id(&unknown));
        assert_eq!(wrong.header("set-cookie"), "");
        let longer_than_any = "x".repeat(5_000);
        for (email, password) in [
            (&*mara.email, ""),
            (&mara.email, "correct horse "),
            (&mara.email, "Correct horse"),
            (&mara.email, "correct horse\u{0}"),
            (&mara.email, &longer_than_any),
            ("", "correct horse"),
            ("%", "correct horse"),
            ("mara@example.com' --", "correct horse"),
            (&longer_than_any, "correct horse"),
            ("a\u{0}b@example.com", "correct horse"),
        ] {
            login(&app, email, password)
                .await
                .refused(401, "invalid_credentials", WRONG);
        }
    }
);

both!(
    a_suspended_account_is_told_so_only_with_its_password,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let path = format!("/api/admin/users/{}", otto.id);
        app.call("PATCH", &path, &mara.token, Some(json!({ "suspended": true })))
            .await
            .expect(200);
        let sentence = "This account is suspended. Ask the operator of this server.";
        login(&app, &otto.email, "correct horse")
            .await
            .refused(403, "forbidden", sentence);
        login(&app, &otto.email, "wrong horse")
            .await
            .refused(401, "invalid_credentials", WRONG);
        app.call("PATCH", &path, &mara.token, Some(json!({ "suspended": false })))
            .await
            .expect(200);
        login(&app, &otto.email, "correct horse").await.expect(200);
    }
);

both!(signing_out_ends_the_token_and_the_cookie, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let with_cookie = |path| app.request(reqwest::Method::GET, path).header("cookie", &mara.cookie);
    send(with_cookie("/api/auth/me")).await.expect(200);
    let other = login(&app, &mara.email, "correct horse").await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = app.post("/api/auth/logout", &mara.token, json!({})).await.expect(204);
    let cleared = answer.header("set-cookie");
    assert!(
        cleared.starts_with("latchkey_session=;") && cleared.contains("Max-Age=0"),
        "{cleared}"
    );
    app.get("/api/auth/me", &mara.token)
        .await
        .refused(401, "unauthenticated", "You are not signed in");
    app.post("/api/auth/logout", &mara.token, json!({})).await.expect(401);
    send(with_cookie("/api/auth/me")).await.expect(401);
    // The other session, on another machine, goes on.
    app.get("/api/auth/me", &other).await.expect(200);
});
