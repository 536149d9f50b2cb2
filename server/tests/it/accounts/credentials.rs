//! Changing password and e-mail address.
#![expect(clippy::unwrap_used, reason = "a test whose requests cannot be sent has failed")]

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::rows::{number, tables_with, texts};
use crate::support::sse::Following;
use crate::support::{Answer, Kind, TestApp, User};

const NEW: &str = "battery staple";

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/api/auth/login", "", json!({ "email": email, "password": password }))
        .await
}

async fn change_password(app: &TestApp, user: &User, current: &str, new: &str) -> Answer {
    app.function(
        &user.cookie,
        "change_password",
        json!({ "current": current, "new": new }),
    )
    .await
}

async fn change_email(app: &TestApp, user: &User, password: &str, email: &str) -> Answer {
    app.function(
        &user.cookie,
        "change_email",
        json!({ "password": password, "email": email }),
    )
    .await
}

/// One invalid field and what is said of it.
fn invalid(answer: Answer, field: &str) -> String {
    let json = answer.expect(400).json();
    assert_eq!(json["code"], "invalid_request", "{json}");
    assert_eq!(json["fields"][0]["field"], field, "{json}");
    assert_eq!(json["fields"].as_array().map(Vec::len), Some(1), "{json}");
    json["fields"][0]["message"].as_str().unwrap().to_owned()
}

both!(
    a_new_password_ends_every_other_session_and_its_streams,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| model.configure(config, None)).await;
        let mara = app.user("mara").await;
        let elsewhere = login(&app, &mara.email, "correct horse").await.expect(200);
        let cookie = elsewhere.header("set-cookie").split(';').next().unwrap().to_owned();
        let token = elsewhere.json()["token"].as_str().unwrap().to_owned();
        let chat = app
            .request(Method::POST, "/api/chat")
            .bearer_auth(&token)
            .json(&json!({ "content": "Tell me" }));
        let mut theirs = Following::open(chat, 0).await;
        let exchange = model.asked().await;
        exchange.say("Once upon");
        theirs.hear("Once upon").await;
        let path = format!("/api/chat/{}/stream", theirs.message_id);
        let stream = |request: reqwest::RequestBuilder| Following::open(request, 0);
        let mut with_cookie = stream(app.request(Method::GET, &path).header("cookie", &cookie)).await;
        let mut own = stream(app.request(Method::GET, &path).header("cookie", &mara.cookie)).await;

        let mut news = app.core.epochs.news();
        news.mark_unchanged();
        change_password(&app, &mara, "correct horse", NEW).await.expect(200);
        let changed = Instant::now();
        assert!(news.has_changed().unwrap(), "streams hear of it before it is answered");
        for stream in [&mut theirs, &mut with_cookie] {
            assert_eq!(stream.end().await["code"], "unauthenticated");
        }
        assert!(changed.elapsed() < Duration::from_secs(1), "{:?}", changed.elapsed());
        exchange.say(" a time.");
        exchange.finish();
        assert_eq!(own.end().await["status"], "complete");
        assert_eq!(own.text, "Once upon a time.");

        app.get("/api/auth/me", &token).await.expect(401);
        app.function(&cookie, "my_sessions", json!({})).await.expect(401);
        app.get("/api/auth/me", &mara.token).await.expect(200);
        app.function(&mara.cookie, "my_sessions", json!({})).await.expect(200);
        login(&app, &mara.email, "correct horse").await.expect(401);
        login(&app, &mara.email, NEW).await.expect(200);
    }
);

both!(keys_outlive_a_new_password, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    change_password(&app, &mara, "correct horse", NEW).await.expect(200);
    app.get("/api/threads", &key.secret).await.expect(200);
});

both!(
    the_current_password_must_be_right_and_the_new_one_good,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let other = login(&app, &mara.email, "correct horse").await.json();
        let longer_than_any = "x".repeat(5_000);
        for wrong in ["", "wrong horse", "Correct horse", "a\u{0}b", &longer_than_any] {
            let said = invalid(change_password(&app, &mara, wrong, NEW).await, "current");
            assert_eq!(said, "The password is wrong");
        }
        for bad in ["", "1234567", "1234567\u{0}", &"a".repeat(72)] {
            invalid(change_password(&app, &mara, "correct horse", bad).await, "new");
        }
        login(&app, &mara.email, "correct horse").await.expect(200);
        let token = other["token"].as_str().unwrap();
        app.get("/api/auth/me", token).await.expect(200);
        let db = app.database.connect().await;
        let written = "SELECT COUNT(*) FROM audit_log WHERE action LIKE 'user.p%'";
        assert_eq!(number(&db, written).await, 0);
    }
);

both!(
    guessing_the_current_password_is_as_slow_as_signing_in,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| config.limits.login_attempts_per_minute = 4).await;
        let mara = app.user("mara").await;
        for at in 0..3 {
            let answer = if at % 2 == 0 {
                change_password(&app, &mara, "guess", NEW).await
            } else {
                change_email(&app, &mara, "guess", "new@example.com").await
            };
            answer.expect(400);
        }
        // Even the right one has to wait.
        for answer in [
            change_password(&app, &mara, "correct horse", NEW).await,
            change_email(&app, &mara, "correct horse", "new@example.com").await,
            login(&app, &mara.email, "correct horse").await,
        ] {
            let answer = answer.expect(429);
            let wait: u32 = answer.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            assert_eq!(answer.json()["code"], "rate_limited");
        }
        app.get("/api/threads", &mara.token).await.expect(200);
    }
);

both!(nobody_slips_in_while_the_password_is_changed, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let db = app.database.connect().await;
    for (current, new) in [("correct horse", NEW), (NEW, "correct horse")].repeat(4) {
        let logins = join_all((0..12).map(|_| login(&app, &mara.email, current)));
        let (_, changed) = tokio::join!(logins, change_password(&app, &mara, current, new));
        changed.expect(200);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM sessions").await, 1);
    }
});

both!(
    of_several_new_passwords_at_the_same_time_one_counts,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let mut current = "correct horse".to_owned();
        for round in 0..3 {
            let news: Vec<String> = (0..6).map(|at| format!("new one {round} {at}")).collect();
            let answers = join_all(news.iter().map(|new| change_password(&app, &mara, &current, new))).await;
            let changed: Vec<&String> = news
                .iter()
                .zip(&answers)
                .filter(|(_, answer)| answer.status == 200)
                .map(|(new, _)| new)
                .collect();
            assert_eq!(changed.len(), 1, "{changed:?}");
            for new in &news {
                let expected = if new == changed[0] { 200 } else { 401 };
                login(&app, &mara.email, new).await.expect(expected);
            }
            current.clone_from(changed[0]);
        }
    }
);

both!(an_email_address_is_changed_with_the_password, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    assert_eq!(
        invalid(change_email(&app, &mara, "guess", "new@example.com").await, "password"),
        "The password is wrong"
    );
    for bad in ["", "x", "a b@example.com", "a\u{0}b@example.com", "@example.com"] {
        invalid(change_email(&app, &mara, "correct horse", bad).await, "email");
    }
    for taken in [&*otto.email, "OTTO@Example.com"] {
        let answer = change_email(&app, &mara, "correct horse", taken).await.expect(409);
        assert_eq!(answer.json()["code"], "email_taken");
    }
    login(&app, &mara.email, "correct horse").await.expect(200);

    change_email(&app, &mara, "correct horse", " New@Example.com ")
        .await
        .expect(200);
    let me = app.get("/api/auth/me", &mara.token).await.expect(200).json();
    assert_eq!(me["user"]["email"], "new@example.com");
    login(&app, &mara.email, "correct horse").await.expect(401);
    login(&app, "NEW@example.com", "correct horse").await.expect(200);
    // The old one is free again, and keeping one's own is no conflict.
    app.user("mara").await;
    change_email(&app, &mara, "correct horse", "new@example.com")
        .await
        .expect(200);
});

both!(of_two_who_want_an_address_one_gets_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let answers = join_all([&mara, &otto].map(|user| change_email(&app, user, "correct horse", "x@example.com"))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
});

both!(it_is_written_down_without_a_secret, async |kind: Kind| {
    let mut app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    change_password(&app, &mara, "correct horse", NEW).await.expect(200);
    change_email(&app, &mara, NEW, "new@example.com").await.expect(200);
    app.shut_down().await;
    let db = app.database.connect().await;
    let written = texts(
        &db,
        "SELECT action || ' ' || user_id || ' ' || target_id || ' ' || detail || ' ' || ip FROM audit_log \
         WHERE action IN ('user.password_changed', 'user.email_changed') ORDER BY id",
    )
    .await;
    let id = &mara.id;
    assert_eq!(
        written,
        [
            format!(r#"user.password_changed {id} {id} {{"sessionsEnded":0}} 127.0.0.1"#),
            format!(r#"user.email_changed {id} {id} {{"from":"mara@example.com","to":"new@example.com"}} 127.0.0.1"#),
        ]
    );
    for password in ["correct horse", NEW] {
        assert_eq!(tables_with(&app.database, password).await, Vec::<String>::new());
    }
});
