//! When a key was last used, and how often.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::both;
use crate::support::rows::{number, texts};
use crate::support::{Key, Kind, TestApp, until};

async fn count(db: &DatabaseConnection, key: &Key) -> i64 {
    number(
        db,
        &format!("SELECT request_count FROM api_keys WHERE id = '{}'", key.id),
    )
    .await
}

async fn last_used(db: &DatabaseConnection, key: &Key) -> String {
    let sql = format!(
        "SELECT COALESCE(last_used_at, '') FROM api_keys WHERE id = '{}'",
        key.id
    );
    texts(db, &sql).await.concat()
}

both!(the_first_use_of_a_quiet_key_is_written_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let listed = async || app.get("/api/api-keys", &mara.token).await.json()["keys"][0]["lastUsedAt"].clone();
    assert_eq!(listed().await, json!(null));
    app.clock.advance(Duration::from_secs(5));
    app.get("/api/threads", &key.secret).await.expect(200);
    until("the use is listed", async || {
        listed().await == json!("2026-01-15T10:00:05.000Z")
    })
    .await;
    let db = app.database.connect().await;
    let from = texts(
        &db,
        &format!("SELECT last_used_ip FROM api_keys WHERE id = '{}'", key.id),
    )
    .await;
    assert_eq!(from, ["127.0.0.1"]);
    app.clock.advance(Duration::from_mins(1));
    app.get("/api/threads", &key.secret).await.expect(200);
    until("the use after a minute is listed", async || {
        listed().await == json!("2026-01-15T10:01:05.000Z")
    })
    .await;
    assert_eq!(count(&db, &key).await, 2);
});

both!(a_busy_key_does_not_write_on_every_request, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let db = app.database.connect().await;
    app.get("/api/threads", &key.secret).await.expect(200);
    until("the first use is written", async || count(&db, &key).await == 1).await;
    for _ in 0..30 {
        app.clock.advance(Duration::from_secs(1));
        app.get("/api/threads", &key.secret).await.expect(200);
    }
    assert_eq!(count(&db, &key).await, 1, "the rest waits for its batch");
});

both!(what_was_noted_is_written_at_the_end, async |kind: Kind| {
    let mut app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let other = app.key(&mara, json!({ "name": "Other" })).await;
    let db = app.database.connect().await;
    app.get("/api/threads", &key.secret).await.expect(200);
    until("the first use is written", async || count(&db, &key).await == 1).await;
    for _ in 0..20 {
        app.clock.advance(Duration::from_secs(1));
        app.get("/api/threads", &key.secret).await.expect(200);
        // Refused requests are no use of it.
        app.get("/api/auth/me", &key.secret).await.expect(403);
    }
    app.shut_down().await;
    assert_eq!(count(&db, &key).await, 21);
    assert_eq!(last_used(&db, &key).await, "2026-01-15T10:00:20.000Z");
    assert_eq!(
        (count(&db, &other).await, last_used(&db, &other).await),
        (0, String::new())
    );
});

both!(the_last_use_moves_forward_only, async |kind: Kind| {
    let mut ahead = TestApp::new(kind).await;
    let mut behind = TestApp::on(ahead.database.again(), |_| {}).await;
    let mara = ahead.user("mara").await;
    let key = ahead.key(&mara, json!({ "name": "CLI" })).await;
    ahead.clock.advance(Duration::from_mins(10));
    ahead.get("/api/threads", &key.secret).await.expect(200);
    behind.get("/api/threads", &key.secret).await.expect(200);
    let db = ahead.database.connect().await;
    ahead.shut_down().await;
    behind.get("/api/threads", &key.secret).await.expect(200);
    behind.shut_down().await;
    assert_eq!(last_used(&db, &key).await, "2026-01-15T10:10:00.000Z");
    assert_eq!(count(&db, &key).await, 3);
});

both!(a_use_changes_nothing_else_of_a_key, async |kind: Kind| {
    let mut app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    app.get("/api/threads", &key.secret).await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    app.get("/api/threads", &key.secret).await.expect(200);
    // Renamed and revoked between the use and its being written.
    let path = format!("/api/api-keys/{}", key.id);
    app.call("PATCH", &path, &mara.token, Some(json!({ "name": "Other" })))
        .await
        .expect(200);
    app.call("DELETE", &path, &mara.token, None).await.expect(200);
    let db = app.database.connect().await;
    app.shut_down().await;
    let sql = format!(
        "SELECT name FROM api_keys WHERE id = '{}' AND revoked_at IS NOT NULL",
        key.id
    );
    assert_eq!(texts(&db, &sql).await, ["Other"]);
    assert_eq!(count(&db, &key).await, 2);
});
