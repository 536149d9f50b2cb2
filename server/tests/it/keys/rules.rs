//! What a key may be called, how long it may live, and who may have one.

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp};

const PLAN: &str = "API access not available for your plan";

both!(a_name_has_1_to_100_visible_characters, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "Kept" })).await;
    let path = format!("/api/api-keys/{}", key.id);
    let long = "ä".repeat(101);
    for name in [
        "",
        "   ",
        "\n",
        &long,
        "a\u{0}b",
        "a\u{7}b",
        "two\nlines",
        "a\u{202e}b",
        "a\u{2066}b",
    ] {
        app.post("/api/api-keys", &mara.token, json!({ "name": name }))
            .await
            .invalid(&["name"]);
        app.call("PATCH", &path, &mara.token, Some(json!({ "name": name })))
            .await
            .invalid(&["name"]);
    }
    for body in [
        json!({}),
        json!({ "name": null }),
        json!({ "name": 5 }),
        json!([]),
        json!(null),
        json!("CLI"),
    ] {
        app.post("/api/api-keys", &mara.token, body)
            .await
            .expect_error(400, "malformed_request");
    }
    for (name, kept) in [
        ("  My CLI Tool\t", "My CLI Tool"),
        (&"ä".repeat(100), &*"ä".repeat(100)),
        ("🗝️", "🗝️"),
    ] {
        let made = app
            .post("/api/api-keys", &mara.token, json!({ "name": name }))
            .await
            .expect(201)
            .json();
        assert_eq!(made["key"]["name"], kept);
        let changed = app
            .call("PATCH", &path, &mara.token, Some(json!({ "name": name })))
            .await
            .expect(200)
            .json();
        assert_eq!(changed["key"]["name"], kept);
    }
});

both!(
    an_expiry_is_in_the_future_and_at_most_ten_years_away,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "Kept" })).await;
        let path = format!("/api/api-keys/{}", key.id);
        for bad in [
            "2026-01-15T10:00:00Z",
            "2026-01-15T09:59:59.999Z",
            "2020-01-01T00:00:00Z",
            "2026-01-15T10:30:00+01:00",
            "2036-01-18T10:00:00Z",
            "9999-12-31T23:59:59Z",
            "99999-12-31T23:59:59Z",
            "2027-02-30T00:00:00Z",
            "2027-01-01",
            "2027-01-01T00:00:00",
            "tomorrow",
            "1800000000",
            "",
            "never",
            "2027-01-01T00:00:00Z; DROP TABLE api_keys",
        ] {
            let body = json!({ "name": "CLI", "expiresAt": bad });
            app.post("/api/api-keys", &mara.token, body.clone())
                .await
                .invalid(&["expiresAt"]);
            app.call("PATCH", &path, &mara.token, Some(body))
                .await
                .invalid(&["expiresAt"]);
        }
        for bad in [json!(1_800_000_000), json!(true), json!({}), json!([])] {
            let body = json!({ "name": "CLI", "expiresAt": bad });
            app.post("/api/api-keys", &mara.token, body.clone())
                .await
                .expect_error(400, "malformed_request");
            app.call("PATCH", &path, &mara.token, Some(body))
                .await
                .expect_error(400, "malformed_request");
        }
        for (good, kept) in [
            (json!("2026-01-15T10:00:00.001Z"), json!("2026-01-15T10:00:00.001Z")),
            (json!("2026-01-15T12:30:00+02:00"), json!("2026-01-15T10:30:00.000Z")),
            (json!("2036-01-15T10:00:00Z"), json!("2036-01-15T10:00:00.000Z")),
            (Value::Null, Value::Null),
        ] {
            let body = json!({ "name": "CLI", "expiresAt": good });
            let made = app.post("/api/api-keys", &mara.token, body).await.expect(201).json();
            assert_eq!(made["key"]["expiresAt"], kept);
        }
        // Both at once are both named.
        let body = json!({ "name": "", "expiresAt": "x" });
        app.post("/api/api-keys", &mara.token, body)
            .await
            .invalid(&["name", "expiresAt"]);
    }
);

both!(
    without_the_plan_keys_can_be_revoked_and_nothing_else,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| config.api.allowed_plans = Some(vec!["pro".to_owned()])).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let plan = async |plan: &str| {
            let path = format!("/api/admin/users/{}", otto.id);
            app.call("PATCH", &path, &mara.token, Some(json!({ "plan": plan })))
                .await
                .expect(200);
        };
        let access = async || app.get("/api/api-keys/access", &otto.token).await.expect(200).json();
        plan("pro").await;
        assert_eq!(access().await, json!({ "canAccess": true }));
        let key = app.key(&otto, json!({ "name": "CLI" })).await;
        let path = format!("/api/api-keys/{}", key.id);
        plan("free").await;
        assert_eq!(access().await, json!({ "canAccess": false }));
        app.get("/api/api-keys", &otto.token)
            .await
            .refused(403, "plan_not_allowed", PLAN);
        app.post("/api/api-keys", &otto.token, json!({ "name": "" }))
            .await
            .refused(403, "plan_not_allowed", PLAN);
        for body in [json!({ "name": "New" }), json!({ "expiresAt": null })] {
            app.call("PATCH", &path, &otto.token, Some(body))
                .await
                .refused(403, "plan_not_allowed", PLAN);
        }
        let gone = app.call("DELETE", &path, &otto.token, None).await.expect(200);
        assert_eq!(gone.json(), json!({ "success": true }));
        plan("pro").await;
        assert_eq!(
            app.get("/api/api-keys", &otto.token).await.expect(200).json()["keys"],
            json!([])
        );
    }
);

both!(
    when_keys_are_switched_off_they_can_still_be_revoked,
    async |kind: Kind| {
        let open = TestApp::new(kind).await;
        let mara = open.user("mara").await;
        let key = open.key(&mara, json!({ "name": "CLI" })).await;
        let off = TestApp::on(open.database.again(), |config| config.api.enabled = false).await;
        let access = off.get("/api/api-keys/access", &mara.token).await.expect(200);
        assert_eq!(access.json(), json!({ "canAccess": false }));
        off.get("/api/api-keys", &mara.token)
            .await
            .refused(403, "plan_not_allowed", PLAN);
        off.post("/api/api-keys", &mara.token, json!({ "name": "CLI" }))
            .await
            .refused(403, "plan_not_allowed", PLAN);
        off.call("DELETE", &format!("/api/api-keys/{}", key.id), &mara.token, None)
            .await
            .expect(200);
        // An allow-list without a path is no reason not to make keys: the operator may open paths later.
        let empty = TestApp::on(open.database.again(), |config| config.api.allowed_endpoints.clear()).await;
        empty.key(&mara, json!({ "name": "CLI" })).await;
    }
);

both!(nobody_without_a_session_gets_at_keys, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let one = format!("/api/api-keys/{}", key.id);
    for (method, path) in [
        ("GET", "/api/api-keys"),
        ("POST", "/api/api-keys"),
        ("GET", "/api/api-keys/access"),
        ("PATCH", &one),
        ("DELETE", &one),
    ] {
        app.call(method, path, "", Some(json!({ "name": "X" })))
            .await
            .expect_error(401, "unauthenticated");
    }
    app.get("/api/threads", &key.secret).await.expect(200);
});
