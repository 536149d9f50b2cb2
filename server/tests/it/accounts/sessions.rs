//! Where somebody is signed in, and signing out from afar.
#![expect(clippy::unwrap_used, reason = "a test whose requests cannot be sent has failed")]

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::rows::{number, texts};
use crate::support::{Answer, Kind, TestApp, User, send};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// Another sign-in of somebody: the token and the cookie.
async fn login(app: &TestApp, user: &User, user_agent: Option<&str>) -> (String, String) {
    let body = json!({ "email": user.email, "password": "correct horse" });
    let mut request = app.request(Method::POST, "/api/auth/login").json(&body);
    if let Some(user_agent) = user_agent {
        request = request.header("user-agent", user_agent);
    }
    let answer = send(request).await.expect(200);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    (answer.json()["token"].as_str().unwrap().to_owned(), cookie)
}

async fn list(app: &TestApp, cookie: &str) -> Vec<Value> {
    let answer = app.function(cookie, "my_sessions", json!({})).await.expect(200);
    answer.json().as_array().unwrap().clone()
}

async fn end(app: &TestApp, cookie: &str, id: &Value) -> Answer {
    app.function(cookie, "end_session", json!({ "id": id })).await
}

fn fields<'v>(sessions: &'v [Value], field: &str) -> Vec<&'v Value> {
    sessions.iter().map(|session| &session[field]).collect()
}

both!(the_current_one_comes_first_then_the_last_used, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    app.clock.advance(Duration::from_secs(1));
    let (_, firefox) = login(&app, &mara, Some(FIREFOX)).await;
    app.clock.advance(Duration::from_secs(1));
    login(&app, &mara, Some("curl/8.5.0")).await;
    let all = list(&app, &firefox).await;
    assert_eq!(fields(&all, "device"), ["Firefox on Linux", "curl", "Unknown device"]);
    assert_eq!(fields(&all, "current"), [true, false, false]);
    assert_eq!(
        all[0],
        json!({
            "id": all[0]["id"], "current": true, "device": "Firefox on Linux", "ip": "127.0.0.1",
            "createdAt": "2026-01-15T10:00:01.000Z", "lastSeenAt": "2026-01-15T10:00:01.000Z",
        })
    );
    assert_eq!(list(&app, &otto.cookie).await.len(), 1, "nobody sees another's");

    // One that is used again moves up; one that has ended is not there.
    app.clock.advance(Duration::from_mins(2));
    app.get("/api/threads", &mara.token).await.expect(200);
    crate::support::until("the use is written", async || {
        fields(&list(&app, &firefox).await, "device") == ["Firefox on Linux", "Unknown device", "curl"]
    })
    .await;
    app.clock.advance(Duration::from_hours(30 * 24 - 1));
    let (_, late) = login(&app, &mara, None).await;
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(list(&app, &late).await.len(), 1);
});

both!(one_is_ended_with_its_token_and_cookie, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    app.clock.advance(Duration::from_secs(1));
    let (token, cookie) = login(&app, &mara, Some(FIREFOX)).await;
    let there = list(&app, &mara.cookie).await;
    let mut news = app.core.epochs.news();
    news.mark_unchanged();
    let answer = end(&app, &mara.cookie, &there[1]["id"]).await.expect(200);
    assert!(news.has_changed().unwrap(), "streams hear of it before it is answered");
    assert_eq!(answer.header("set-cookie"), "");
    app.get("/api/auth/me", &token).await.expect(401);
    app.function(&cookie, "my_sessions", json!({})).await.expect(401);
    assert_eq!(list(&app, &mara.cookie).await.len(), 1);
    // It is over already.
    let again = end(&app, &mara.cookie, &there[1]["id"]).await.expect(404).json();
    assert_eq!(
        (&again["error"], &again["code"]),
        (&json!("Session not found"), &json!("not_found"))
    );
    // One's own is signing out.
    let own = end(&app, &mara.cookie, &there[0]["id"]).await.expect(200);
    let cleared = own.header("set-cookie");
    assert!(
        cleared.starts_with("latchkey_session=;") && cleared.contains("Max-Age=0"),
        "{cleared}"
    );
    app.get("/api/auth/me", &mara.token).await.expect(401);
    let db = app.database.connect().await;
    let ended = "SELECT target_id FROM audit_log WHERE action = 'session.ended' ORDER BY id";
    assert_eq!(json!(texts(&db, ended).await), json!([there[1]["id"], there[0]["id"]]));
});

both!(nobody_ends_another_persons, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let ottos = list(&app, &otto.cookie).await[0]["id"].clone();
    for id in [
        ottos,
        json!(domain::clock::new_id()),
        json!("x"),
        json!(""),
        json!("a\u{0}b"),
    ] {
        let answer = end(&app, &mara.cookie, &id).await.expect(404).json();
        assert_eq!(answer["error"], "Session not found", "{id}");
    }
    app.function(&mara.cookie, "end_other_sessions", json!({}))
        .await
        .expect(200);
    app.get("/api/auth/me", &otto.token).await.expect(200);
    app.function(&otto.cookie, "my_sessions", json!({})).await.expect(200);
});

both!(all_others_are_ended_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let others = [login(&app, &mara, None).await, login(&app, &mara, Some(FIREFOX)).await];
    let mut news = app.core.epochs.news();
    news.mark_unchanged();
    let ended = app
        .function(&mara.cookie, "end_other_sessions", json!({}))
        .await
        .expect(200);
    assert!(news.has_changed().unwrap(), "streams hear of it before it is answered");
    assert_eq!(ended.json(), 2);
    for (token, cookie) in &others {
        app.get("/api/auth/me", token).await.expect(401);
        app.function(cookie, "my_sessions", json!({})).await.expect(401);
    }
    app.get("/api/auth/me", &mara.token).await.expect(200);
    let none = app
        .function(&mara.cookie, "end_other_sessions", json!({}))
        .await
        .expect(200);
    assert_eq!(none.json(), 0);
    let db = app.database.connect().await;
    let written = "SELECT COUNT(*) FROM audit_log WHERE action = 'session.others_ended'";
    assert_eq!(number(&db, written).await, 2);
});

both!(many_sessions_are_listed_in_part_and_all_ended, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for _ in 0..105 {
        app.clock.advance(Duration::from_secs(1));
        login(&app, &mara, None).await;
    }
    let all = list(&app, &mara.cookie).await;
    assert_eq!(all.len(), 100);
    assert_eq!(all[0]["current"], true, "however long ago it was used");
    let ended = app
        .function(&mara.cookie, "end_other_sessions", json!({}))
        .await
        .expect(200);
    assert_eq!(ended.json(), 105);
});
