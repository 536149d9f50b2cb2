//! How many keys somebody may have.

use std::time::Duration;

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp};

both!(only_live_keys_count_towards_the_limit, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.max_keys_per_user = 2).await;
    let mara = app.user("mara").await;
    let create = async |body| app.post("/api/api-keys", &mara.token, body).await;
    let short = app
        .key(&mara, json!({ "name": "A", "expiresAt": "2026-01-15T10:01:00Z" }))
        .await;
    let long = app.key(&mara, json!({ "name": "B" })).await;
    create(json!({ "name": "C" }))
        .await
        .expect_error(409, "key_limit_reached");
    // A bad request is told what is bad with it first.
    create(json!({ "name": "" })).await.invalid(&["name"]);
    app.call("DELETE", &format!("/api/api-keys/{}", long.id), &mara.token, None)
        .await
        .expect(200);
    create(json!({ "name": "C" })).await.expect(201);
    create(json!({ "name": "D" }))
        .await
        .expect_error(409, "key_limit_reached");
    app.clock.advance(Duration::from_mins(1));
    create(json!({ "name": "D" })).await.expect(201);
    create(json!({ "name": "E" }))
        .await
        .expect_error(409, "key_limit_reached");
    // With two live ones, the expired one can't be brought back to life.
    let body = json!({ "expiresAt": null });
    let answer = app
        .call("PATCH", &format!("/api/api-keys/{}", short.id), &mara.token, Some(body))
        .await;
    answer.expect_error(409, "key_limit_reached");
    app.get("/api/threads", &short.secret)
        .await
        .expect_error(401, "api_key_expired");
    let body = json!({ "name": "Still mine" });
    app.call("PATCH", &format!("/api/api-keys/{}", short.id), &mara.token, Some(body))
        .await
        .expect(200);
});
