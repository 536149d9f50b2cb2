//! The `Idempotency-Key`: a request that comes twice acts once.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::rows::number;
use crate::support::{Answer, Kind, TestApp, send};

/// A POST with an idempotency key.
async fn post(app: &TestApp, path: &str, bearer: &str, key: &str, body: &Value) -> Answer {
    send(
        app.request(Method::POST, path)
            .bearer_auth(bearer)
            .header("idempotency-key", key)
            .json(body),
    )
    .await
}

async fn count(app: &TestApp, table: &str) -> i64 {
    number(&app.database.connect().await, &format!("SELECT COUNT(*) FROM {table}")).await
}

both!(the_same_request_gets_the_first_answer_again, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "title": "Once" });
    let first = post(&app, "/api/threads", &mara.token, "k1", &body).await.expect(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let id = first.json()["thread"]["id"].as_str().unwrap().to_owned();
    // Even when the thread has changed since.
    let path = format!("/api/threads/{id}");
    app.call("PATCH", &path, &mara.token, Some(json!({ "title": "Renamed" })))
        .await
        .expect(200);
    for _ in 0..2 {
        let again = post(&app, "/api/threads", &mara.token, "k1", &body).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("content-type"), "application/json");
        assert_eq!(again.json(), first.json());
    }
    let other = post(&app, "/api/threads", &mara.token, "k2", &body).await.expect(201);
    assert_ne!(other.json()["thread"]["id"], json!(id));
    assert_eq!(count(&app, "threads").await, 2);
});

both!(another_request_with_the_same_key_is_refused, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    post(&app, "/api/threads", &mara.token, "k", &json!({ "title": "A" }))
        .await
        .expect(201);
    let sentence = "This Idempotency-Key was used with another request";
    let other_body = post(&app, "/api/threads", &mara.token, "k", &json!({ "title": "B" })).await;
    other_body.refused(422, "idempotency_key_reused", sentence);
    let other_path = post(&app, "/api/chat", &mara.token, "k", &json!({ "content": "A" })).await;
    other_path.refused(422, "idempotency_key_reused", sentence);
    let other_path = post(&app, "/api/api-keys", &mara.token, "k", &json!({ "name": "A" })).await;
    other_path.refused(422, "idempotency_key_reused", sentence);
    assert_eq!((count(&app, "threads").await, count(&app, "api_keys").await), (1, 0));
});

both!(parallel_repetitions_make_exactly_one, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (thread, key) = (json!({ "title": "Once" }), json!({ "name": "CLI" }));
    let answers = join_all((0..20).map(|_| post(&app, "/api/threads", &mara.token, "t", &thread))).await;
    let mut ids = std::collections::BTreeSet::new();
    for answer in answers {
        match answer.status.as_u16() {
            201 => drop(ids.insert(answer.json()["thread"]["id"].to_string())),
            _ => drop(answer.expect_error(409, "idempotency_in_progress")),
        }
    }
    assert_eq!((ids.len(), count(&app, "threads").await), (1, 1));

    let answers = join_all((0..20).map(|_| post(&app, "/api/api-keys", &mara.token, "k", &key))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [201, 409].contains(&answer.status.as_u16()))
    );
    assert_eq!(count(&app, "api_keys").await, 1);
});

both!(a_request_that_failed_gives_its_key_back, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for (path, bad, good) in [
        (
            "/api/threads",
            json!({ "title": "x".repeat(1_000) }),
            json!({ "title": "x" }),
        ),
        ("/api/threads", json!({ "teamId": "x" }), json!({})),
        ("/api/api-keys", json!({ "name": "" }), json!({ "name": "CLI" })),
        (
            "/api/chat",
            json!({ "content": " " }),
            json!({ "content": "Hello", "stream": false }),
        ),
        (
            "/api/chat",
            json!({ "content": "Hello", "model": "nowhere" }),
            json!({ "content": "Hello", "stream": false }),
        ),
    ] {
        let key = domain::clock::new_id();
        for _ in 0..2 {
            let answer = post(&app, path, &mara.token, &key, &bad).await;
            assert!(
                answer.status.is_client_error() && answer.status.as_u16() != 409,
                "{}",
                answer.text
            );
        }
        let answer = post(&app, path, &mara.token, &key, &good).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }
});

both!(
    a_repeated_key_creation_is_told_that_it_is_too_late,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let body = json!({ "name": "CLI" });
        let first = post(&app, "/api/api-keys", &mara.token, "k", &body)
            .await
            .expect(201)
            .json();
        let again = post(&app, "/api/api-keys", &mara.token, "k", &body).await;
        let again = again.refused(
        409,
        "secret_shown_once",
        "This request has made an API key already, and its secret is shown only once. Revoke that key and create another.",
    );
        assert!(!again.text.contains(first["secret"].as_str().unwrap()));
        assert_eq!(count(&app, "api_keys").await, 1);
    }
);

both!(a_repeated_chat_follows_the_first_answer, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let body = json!({ "content": "What is a latchkey?", "stream": false });
    let first = post(&app, "/api/chat", &key.secret, "c", &body)
        .await
        .expect(200)
        .json();
    let again = post(&app, "/api/chat", &key.secret, "c", &body)
        .await
        .expect(200)
        .json();
    assert_eq!(first["message"]["id"], again["message"]["id"]);
    assert_eq!(first["message"]["content"], again["message"]["content"]);
    assert_eq!(first["thread"]["id"], again["thread"]["id"]);

    // All at once, as streams: each gets the whole of the same answer.
    let body = json!({ "content": "And a lock?" });
    let streams = join_all((0..10).map(|_| post(&app, "/api/chat", &key.secret, "s", &body))).await;
    let mut whole = Vec::new();
    for answer in streams {
        if answer.status.as_u16() == 409 {
            answer.expect_error(409, "idempotency_in_progress");
            continue;
        }
        let answer = answer.expect(200);
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert!(answer.text.contains("event: done"), "{}", answer.text);
        let content: String = answer
            .text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
            .filter_map(|event| event["content"].as_str().map(str::to_owned))
            .collect();
        whole.push(content);
    }
    whole.dedup();
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert_eq!((count(&app, "threads").await, count(&app, "messages").await), (2, 4));
    let other = post(&app, "/api/chat", &key.secret, "s", &json!({ "content": "Else" })).await;
    other.expect_error(422, "idempotency_key_reused");
});

both!(after_a_day_it_is_forgotten, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.auth.token_hours = 100).await;
    let mara = app.user("mara").await;
    let body = json!({ "title": "Once" });
    let first = post(&app, "/api/threads", &mara.token, "k", &body)
        .await
        .expect(201)
        .json();
    app.clock.advance(Duration::from_hours(24));
    let again = post(&app, "/api/threads", &mara.token, "k", &body)
        .await
        .expect(201)
        .json();
    assert_eq!(again, first);
    app.clock.advance(Duration::from_millis(1));
    let new = post(&app, "/api/threads", &mara.token, "k", &body).await.expect(201);
    assert_eq!(new.header("idempotent-replayed"), "");
    assert_ne!(new.json()["thread"]["id"], first["thread"]["id"]);
});

both!(each_user_has_their_own_and_so_has_each_reach, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let body = json!({});
    let hers = post(&app, "/api/threads", &mara.token, "k", &body)
        .await
        .expect(201)
        .json();
    let his = post(&app, "/api/threads", &otto.token, "k", &body).await.expect(201);
    assert_eq!(his.header("idempotent-replayed"), "");
    assert_ne!(his.json()["thread"]["id"], hers["thread"]["id"]);
    // A key of a team must not be shown what the same user made elsewhere.
    let team = app.team(&mara, "Studio").await;
    let of_team = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await;
    let personal = app.key(&mara, json!({ "name": "CLI" })).await;
    for secret in [&of_team.secret, &personal.secret] {
        let answer = post(&app, "/api/threads", secret, "k", &body).await;
        answer.expect_error(422, "idempotency_key_reused");
    }
    let teams = post(&app, "/api/threads", &of_team.secret, "k2", &body)
        .await
        .expect(201)
        .json();
    assert_eq!(teams["thread"]["teamId"], json!(team));
    post(&app, "/api/threads", &personal.secret, "k2", &body)
        .await
        .expect_error(422, "idempotency_key_reused");
    // Two keys of the same reach are the same program after a rotation.
    let rotated = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await;
    let again = post(&app, "/api/threads", &rotated.secret, "k2", &body)
        .await
        .expect(201);
    assert_eq!(again.json(), teams);
});

both!(a_key_has_1_to_255_printable_characters, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for bad in ["", &"k".repeat(256), "naïve", "a\tb"] {
        post(&app, "/api/threads", &mara.token, bad, &json!({}))
            .await
            .invalid(&["Idempotency-Key"]);
    }
    let two = app.request(Method::POST, "/api/threads").bearer_auth(&mara.token);
    let two = two
        .header("idempotency-key", "a")
        .header("idempotency-key", "b")
        .json(&json!({}));
    send(two).await.invalid(&["Idempotency-Key"]);
    assert_eq!(count(&app, "threads").await, 0);
    for good in ["k", &"k".repeat(255), "a b; c=\"d\"", "' OR 1=1 --"] {
        post(&app, "/api/threads", &mara.token, good, &json!({}))
            .await
            .expect(201);
    }
});
