//! What must hold while hundreds of requests are under way.
#![expect(clippy::unwrap_used, reason = "a test whose requests cannot be sent has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::both;
use crate::support::rows::number;
use crate::support::{Key, Kind, TestApp, until};

const CALLERS: usize = 25;
/// Requests that each caller starts after the change; as many at least fly before it.
const AFTER: usize = 10;

/// What callers of one key have seen while something was changed.
#[derive(Debug, Default)]
struct Seen {
    /// Set once the change was answered.
    changed: AtomicBool,
    let_in: AtomicUsize,
    let_in_after: AtomicUsize,
    refused: AtomicUsize,
}

/// Hundreds of requests with a key while `change` is made; every one that was started after it must be refused with the
/// sentence.
async fn change_under_fire(app: &TestApp, key: &Key, sentence: &str, change: impl Future<Output = ()>) {
    let seen = Arc::new(Seen::default());
    let callers = (0..CALLERS).map(|_| {
        let request = app
            .request(reqwest::Method::GET, "/api/threads?limit=1")
            .bearer_auth(&key.secret);
        let (seen, sentence) = (Arc::clone(&seen), sentence.to_owned());
        tokio::spawn(async move {
            let mut after = 0;
            while after < AFTER {
                let started_after = seen.changed.load(Ordering::SeqCst);
                let response = request.try_clone().unwrap().send().await.unwrap();
                match (response.status(), started_after) {
                    (StatusCode::OK, false) => seen.let_in.fetch_add(1, Ordering::SeqCst),
                    (StatusCode::OK, true) => seen.let_in_after.fetch_add(1, Ordering::SeqCst),
                    (StatusCode::UNAUTHORIZED, _) => {
                        let text = response.text().await.unwrap();
                        assert!(text.contains(&sentence), "{text}");
                        seen.refused.fetch_add(1, Ordering::SeqCst)
                    }
                    (status, _) => panic!("{status}"),
                };
                after += usize::from(started_after);
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    until("250 requests were let in", async || {
        seen.let_in.load(Ordering::SeqCst) >= CALLERS * AFTER
    })
    .await;
    change.await;
    seen.changed.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(seen.let_in_after.load(Ordering::SeqCst), 0, "{seen:?}");
    assert!(seen.refused.load(Ordering::SeqCst) >= CALLERS * AFTER, "{seen:?}");
}

both!(no_request_started_after_a_revocation_succeeds, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let path = format!("/api/api-keys/{}", key.id);
    change_under_fire(&app, &key, "Invalid API key", async {
        app.call("DELETE", &path, &mara.token, None).await.expect(200);
    })
    .await;
});

both!(
    no_request_started_after_a_removal_from_the_team_succeeds,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let team = app.team(&mara, "Studio").await;
        app.join(&mara, &team, &otto, entity::team_members::TeamRole::Member)
            .await;
        let key = app.key(&otto, json!({ "name": "CLI", "teamId": team })).await;
        let sentence = "API key invalid - no longer a team member";
        change_under_fire(&app, &key, sentence, app.remove(&mara, &team, &otto)).await;
    }
);

both!(no_request_started_after_a_suspension_succeeds, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let key = app.key(&otto, json!({ "name": "CLI" })).await;
    let path = format!("/api/admin/users/{}", otto.id);
    change_under_fire(&app, &key, "Invalid API key", async {
        app.call("PATCH", &path, &mara.token, Some(json!({ "suspended": true })))
            .await
            .expect(200);
    })
    .await;
});

both!(five_hundred_first_requests_cost_one_bcrypt, async |kind: Kind| {
    // A hash that takes long enough for all of them to arrive while it is computed.
    let first = TestApp::with(kind, |config| config.api.hash_cost = 11).await;
    let mara = first.user("mara").await;
    let key = first.key(&mara, json!({ "name": "CLI" })).await;
    let cold = TestApp::on(first.database.again(), |_| {}).await;
    let answers = join_all((0..500).map(|_| cold.get("/api/threads?limit=1", &key.secret))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(cold.core.keys.computations(), 1);
    // And none for a wrong one, however often it comes.
    let wrong = format!("{}{}", &key.secret[..40], "0".repeat(11));
    let answers = join_all((0..100).map(|_| cold.get("/api/threads?limit=1", &wrong))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::UNAUTHORIZED));
    assert_eq!(cold.core.keys.computations(), 1);
});

both!(the_limit_of_keys_holds_under_parallel_creates, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.max_keys_per_user = 10).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let creates = (0..50).map(|at| app.post("/api/api-keys", &mara.token, json!({ "name": format!("Key {at}") })));
    let others = (0..10).map(|_| app.post("/api/api-keys", &otto.token, json!({ "name": "CLI" })));
    let (answers, others) = tokio::join!(join_all(creates), join_all(others));
    let made = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    assert_eq!(made, 10);
    for answer in answers
        .into_iter()
        .filter(|answer| answer.status != StatusCode::CREATED)
    {
        let sentence = "You have 10 API keys, which is the limit. Revoke one that you no longer need.";
        answer.refused(409, "key_limit_reached", sentence);
    }
    assert!(
        others.iter().all(|answer| answer.status == StatusCode::CREATED),
        "each user has their own limit"
    );
    let db = app.database.connect().await;
    let sql = format!("SELECT COUNT(*) FROM api_keys WHERE user_id = '{}'", mara.id);
    assert_eq!(number(&db, &sql).await, 10);
});
