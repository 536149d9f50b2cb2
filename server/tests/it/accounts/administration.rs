//! What administrators change, and how soon it counts.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::rows::number;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn manage(app: &TestApp, who: &str, user: &User, change: Value) -> Answer {
    app.call("PATCH", &format!("/api/admin/users/{}", user.id), who, Some(change))
        .await
}

both!(a_change_is_told_back_and_leaves_the_rest, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let expected = |plan: &str, role: &str, suspended_at: Value| {
        json!({ "user": {
            "id": otto.id, "email": otto.email, "name": "otto", "plan": plan, "role": role, "suspendedAt": suspended_at,
            "createdAt": "2026-01-15T10:00:00.000Z", "lastSeenAt": "2026-01-15T10:00:00.000Z",
        } })
    };
    for (change, after) in [
        (json!({}), expected("free", "user", Value::Null)),
        (json!({ "plan": "pro" }), expected("pro", "user", Value::Null)),
        (
            json!({ "role": "admin", "email": "x@example.com", "id": "x" }),
            expected("pro", "admin", Value::Null),
        ),
        (json!({ "role": "user" }), expected("pro", "user", Value::Null)),
        (
            json!({ "suspended": true }),
            expected("pro", "user", json!("2026-01-15T10:00:00.000Z")),
        ),
        (
            json!({ "suspended": false, "plan": "free" }),
            expected("free", "user", Value::Null),
        ),
    ] {
        assert_eq!(manage(&app, &mara.token, &otto, change).await.expect(200).json(), after);
    }
    manage(&app, &mara.token, &otto, json!({ "plan": "gold" }))
        .await
        .invalid(&["plan"]);
    for change in [
        json!({ "role": "owner" }),
        json!({ "suspended": "yes" }),
        json!({ "plan": 1 }),
        json!([]),
    ] {
        manage(&app, &mara.token, &otto, change)
            .await
            .expect_error(400, "malformed_request");
    }
});

both!(
    a_suspension_counts_at_once_for_keys_tokens_and_cookies,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let key = app.key(&otto, json!({ "name": "CLI" })).await;
        let statuses = async || {
            let cookie = app.request(Method::GET, "/api/threads").header("cookie", &otto.cookie);
            let answers = [
                app.get("/api/threads", &key.secret).await,
                app.get("/api/threads", &otto.token).await,
                send(cookie).await,
            ];
            answers.map(|answer| answer.status.as_u16())
        };
        for _ in 0..2 {
            assert_eq!(statuses().await, [200; 3]);
            manage(&app, &mara.token, &otto, json!({ "suspended": true }))
                .await
                .expect(200);
            assert_eq!(statuses().await, [401; 3]);
            manage(&app, &mara.token, &otto, json!({ "suspended": false }))
                .await
                .expect(200);
        }
    }
);

both!(a_role_counts_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    manage(&app, &otto.token, &otto, json!({ "plan": "pro" }))
        .await
        .expect(404);
    manage(&app, &mara.token, &otto, json!({ "role": "admin" }))
        .await
        .expect(200);
    manage(&app, &otto.token, &otto, json!({ "plan": "pro" }))
        .await
        .expect(200);
    manage(&app, &otto.token, &mara, json!({ "role": "user" }))
        .await
        .expect(200);
    manage(&app, &mara.token, &otto, json!({ "role": "user" }))
        .await
        .expect(404);
});

both!(for_anybody_else_it_does_not_exist, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let known = manage(&app, &otto.token, &mara, json!({ "suspended": true }))
        .await
        .expect_error(404, "not_found");
    let path = format!("/api/admin/users/{}", domain::clock::new_id());
    let unknown = app
        .call("PATCH", &path, &otto.token, Some(json!({ "plan": "pro" })))
        .await;
    assert_eq!(known.error(), unknown.expect_error(404, "not_found").error());
    manage(&app, "", &mara, json!({ "suspended": true }))
        .await
        .expect_error(401, "unauthenticated");
    // Not even the administrator's own key.
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let answer = manage(&app, &key.secret, &otto, json!({ "role": "admin" })).await;
    answer.expect_error(403, "endpoint_not_allowed");
    let me = app.get("/api/auth/me", &otto.token).await.json();
    assert_eq!(
        (&me["user"]["role"], &me["user"]["plan"]),
        (&json!("user"), &json!("free"))
    );
    app.get("/api/auth/me", &mara.token).await.expect(200);
    // For administrators, an id that nobody has is one.
    for id in [&*domain::clock::new_id(), "1", "x", "%00", &otto.id.to_uppercase()] {
        let answer = app
            .call("PATCH", &format!("/api/admin/users/{id}"), &mara.token, Some(json!({})))
            .await;
        answer.refused(404, "not_found", "User not found");
    }
});

both!(the_last_administrator_stays_one, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let sentence = "This is the last administrator. Make somebody else one first.";
    for change in [
        json!({ "role": "user" }),
        json!({ "suspended": true }),
        json!({ "role": "user", "plan": "pro" }),
    ] {
        manage(&app, &mara.token, &mara, change)
            .await
            .refused(409, "conflict", sentence);
    }
    let me = app.get("/api/auth/me", &mara.token).await.expect(200).json();
    assert_eq!(
        (&me["user"]["role"], &me["user"]["plan"]),
        (&json!("admin"), &json!("free"))
    );
    // One who is suspended is no help.
    manage(&app, &mara.token, &otto, json!({ "role": "admin", "suspended": true }))
        .await
        .expect(200);
    manage(&app, &mara.token, &mara, json!({ "role": "user" }))
        .await
        .refused(409, "conflict", sentence);
    manage(&app, &mara.token, &otto, json!({ "suspended": false }))
        .await
        .expect(200);
    manage(&app, &mara.token, &mara, json!({ "role": "user" }))
        .await
        .expect(200);
});

both!(
    two_administrators_cannot_remove_each_other_at_the_same_time,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let db = app.database.connect().await;
        for change in [json!({ "role": "user" }), json!({ "suspended": true })] {
            manage(&app, &mara.token, &otto, json!({ "role": "admin" }))
                .await
                .expect(200);
            let attempts =
                [(&mara, &otto), (&otto, &mara)].map(|(who, whom)| manage(&app, &who.token, whom, change.clone()));
            join_all(attempts).await;
            let left = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND suspended_at IS NULL";
            assert_eq!(number(&db, left).await, 1, "{change}");
            sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE users SET role = 'admin', suspended_at = NULL")
                .await
                .unwrap();
        }
    }
);
