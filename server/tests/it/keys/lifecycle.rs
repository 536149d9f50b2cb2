//! A key from its making to its end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp};

const NOT_FOUND: &str = "API key not found";

/// The names of an object's fields, sorted.
fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names
}

both!(a_new_key_is_told_whole_and_only_once, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.key_prefix = "studio_".to_owned()).await;
    let mara = app.user("mara").await;
    let answer = app
        .post("/api/api-keys", &mara.token, json!({ "name": "CLI" }))
        .await
        .expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    assert_eq!(fields(&json), ["key", "secret"]);
    let names = [
        "createdAt",
        "expiresAt",
        "id",
        "keyPrefix",
        "name",
        "teamId",
        "teamName",
    ];
    assert_eq!(fields(&json["key"]), names);
    let secret = json["secret"].as_str().unwrap();
    let digits = secret.strip_prefix("studio_").unwrap();
    assert_eq!(digits.len(), 48);
    assert!(
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
        "{digits}"
    );
    assert_eq!(json["key"]["keyPrefix"], secret[..13]);
    assert_eq!(json["key"]["createdAt"], "2026-01-15T10:00:00.000Z");
    for field in ["expiresAt", "teamId", "teamName"] {
        assert_eq!(json["key"][field], Value::Null, "{field}");
    }
    let other = app.key(&mara, json!({ "name": "CLI" })).await;
    assert_ne!(
        other.secret[..13],
        secret[..13],
        "two keys of the same name have nothing in common"
    );
});

both!(a_caller_cannot_set_what_is_not_theirs_to_set, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let forged = json!({
        "name": "CLI", "id": "0190a2b4-0000-7000-8000-000000000000", "userId": mara.id, "keyPrefix": "sk-aaaaaa",
        "keyHash": "x", "secret": "sk-a", "createdAt": "2000-01-01T00:00:00Z", "lastUsedAt": "2000-01-01T00:00:00Z",
        "revokedAt": "2000-01-01T00:00:00Z", "requestCount": 7,
    });
    let json = app
        .post("/api/api-keys", &otto.token, forged.clone())
        .await
        .expect(201)
        .json();
    let id = json["key"]["id"].as_str().unwrap();
    assert_ne!(id, forged["id"]);
    let changed = app
        .call("PATCH", &format!("/api/api-keys/{id}"), &otto.token, Some(forged))
        .await
        .expect(200)
        .json();
    assert_eq!(changed["key"]["id"], id);
    for field in ["keyPrefix", "createdAt"] {
        assert_eq!(changed["key"][field], json["key"][field]);
    }
    assert_eq!(changed["key"]["lastUsedAt"], Value::Null);
    app.get("/api/threads", json["secret"].as_str().unwrap())
        .await
        .expect(200);
    assert_eq!(app.get("/api/api-keys", &mara.token).await.json()["keys"], json!([]));
});

both!(renaming_keeps_a_key_working, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app
        .key(&mara, json!({ "name": "CLI", "expiresAt": "2027-01-01T00:00:00Z" }))
        .await;
    app.get("/api/threads", &key.secret).await.expect(200);
    let path = format!("/api/api-keys/{}", key.id);
    let answer = app
        .call("PATCH", &path, &mara.token, Some(json!({ "name": " Nightly job " })))
        .await
        .expect(200);
    let json = answer.json();
    assert_eq!(fields(&json), ["key"]);
    let names = [
        "createdAt",
        "expiresAt",
        "id",
        "keyPrefix",
        "lastUsedAt",
        "name",
        "team",
        "teamId",
    ];
    assert_eq!(fields(&json["key"]), names);
    assert_eq!(json["key"]["name"], "Nightly job");
    assert_eq!(
        json["key"]["expiresAt"], "2027-01-01T00:00:00.000Z",
        "what isn't named stays"
    );
    app.get("/api/threads", &key.secret).await.expect(200);
});

both!(the_expiry_is_left_cleared_or_set, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app
        .key(&mara, json!({ "name": "CLI", "expiresAt": "2026-01-15T10:01:00Z" }))
        .await;
    let path = format!("/api/api-keys/{}", key.id);
    let patch = async |body: Value| {
        app.call("PATCH", &path, &mara.token, Some(body))
            .await
            .expect(200)
            .json()["key"]["expiresAt"]
            .clone()
    };
    let works = async || app.get("/api/threads", &key.secret).await.status.as_u16();
    assert_eq!(patch(json!({})).await, "2026-01-15T10:01:00.000Z");
    assert_eq!(patch(json!({ "name": "CLI" })).await, "2026-01-15T10:01:00.000Z");
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(works().await, 401);
    // An expired key can be given more time, for it is still its owner's.
    assert_eq!(
        patch(json!({ "expiresAt": "2026-01-15T10:02:00Z" })).await,
        "2026-01-15T10:02:00.000Z"
    );
    assert_eq!(works().await, 200);
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(works().await, 401);
    assert_eq!(patch(json!({ "expiresAt": null })).await, Value::Null);
    assert_eq!(works().await, 200);
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(works().await, 200);
    // A shorter life takes effect at once too.
    assert_eq!(
        patch(json!({ "expiresAt": "2026-01-15T11:02:01Z" })).await,
        "2026-01-15T11:02:01.000Z"
    );
    assert_eq!(works().await, 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(works().await, 401);
});

both!(what_is_revoked_foreign_or_unknown_is_not_found, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (admin, otto) = (app.user("mara").await, app.user("otto").await);
    let (revoked, foreign) = (
        app.key(&otto, json!({ "name": "A" })).await,
        app.key(&admin, json!({ "name": "B" })).await,
    );
    let path = format!("/api/api-keys/{}", revoked.id);
    let gone = app.call("DELETE", &path, &otto.token, None).await.expect(200);
    assert_eq!(gone.json(), json!({ "success": true }));
    app.get("/api/threads", &revoked.secret)
        .await
        .refused(401, "invalid_api_key", "Invalid API key");
    let unknown = domain::clock::new_id();
    for id in [
        &*revoked.id,
        &foreign.id,
        &unknown,
        &foreign.id.to_uppercase(),
        "1",
        "x",
        "%00",
        "..%2f..",
        "ä",
        "'--",
    ] {
        let path = format!("/api/api-keys/{id}");
        app.call("DELETE", &path, &otto.token, None)
            .await
            .refused(404, "not_found", NOT_FOUND);
        let body = Some(json!({ "name": "Mine" }));
        app.call("PATCH", &path, &otto.token, body)
            .await
            .refused(404, "not_found", NOT_FOUND);
    }
    // An administrator is nobody special here.
    let key = app.key(&otto, json!({ "name": "C" })).await;
    let path = format!("/api/api-keys/{}", key.id);
    app.call("DELETE", &path, &admin.token, None)
        .await
        .refused(404, "not_found", NOT_FOUND);
    for key in [&key, &foreign] {
        app.get("/api/threads", &key.secret).await.expect(200);
    }
});

both!(
    a_key_can_be_revoked_only_once_even_at_the_same_time,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let path = format!("/api/api-keys/{}", key.id);
        let revokes = (0..10).map(|_| app.call("DELETE", &path, &mara.token, None));
        let answers = futures::future::join_all(revokes).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [[200].as_slice(), &[404; 9]].concat());
        let db = app.database.connect().await;
        let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'api_key.revoked'";
        assert_eq!(crate::support::rows::number(&db, sql).await, 1);
    }
);
