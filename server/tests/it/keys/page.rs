//! The page of keys, and what is done on it.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::time::Duration;

use entity::api_keys;
use entity::team_members::TeamRole;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use crate::both;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn page(app: &TestApp, user: &User) -> Value {
    app.function(&user.cookie, "keys_page", json!({}))
        .await
        .expect(200)
        .json()
}

fn names(list: &Value) -> Vec<&str> {
    let entries = list.as_array().unwrap().iter();
    entries.map(|entry| entry["name"].as_str().unwrap()).collect()
}

both!(it_holds_everything_that_is_shown, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.max_keys_per_user = 7).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let now = "2026-01-15T10:00:00.000Z";
    let example = json!({ "method": "POST", "path": "/api/chat", "body": "{\"content\":\"Hello!\"}", "stream": true });
    let empty = json!({
        "canAccess": true, "keys": [], "live": 0, "limit": 7, "endpoints": ["/api/**"], "teams": [],
        "example": example, "now": now,
    });
    assert_eq!(page(&app, &mara).await, empty);

    let own = app.team(&otto, "Zebra").await;
    let joined = app.team(&mara, "Ant").await;
    let left = app.team(&mara, "Left").await;
    let archived = app.team(&mara, "Archived").await;
    for team in [&joined, &left, &archived] {
        app.join(&mara, team, &otto, TeamRole::Viewer).await;
    }
    app.key(
        &otto,
        json!({ "name": "Soon over", "expiresAt": "2026-01-15T10:00:30Z" }),
    )
    .await;
    app.clock.advance(Duration::from_secs(1));
    app.key(&otto, json!({ "name": "Team's", "teamId": joined })).await;
    app.clock.advance(Duration::from_secs(1));
    let revoked = app.key(&otto, json!({ "name": "Revoked" })).await;
    app.key(&otto, json!({ "name": "Own", "expiresAt": "2026-02-15T10:00:30Z" }))
        .await;
    app.key(&mara, json!({ "name": "Mara's" })).await;
    app.call("DELETE", &format!("/api/api-keys/{}", revoked.id), &otto.token, None)
        .await
        .expect(200);
    app.remove(&mara, &left, &otto).await;
    app.archive(&mara, &archived).await;

    let before = page(&app, &otto).await;
    assert_eq!(names(&before["keys"]), ["Own", "Team's", "Soon over"]);
    assert_eq!(before["live"], 3);
    // At that very moment it is over, and goes to the end; a newer one that is over comes before it.
    app.clock.advance(Duration::from_secs(28));
    let after = page(&app, &otto).await;
    assert_eq!(after["now"], "2026-01-15T10:00:30.000Z");
    assert_eq!(after["live"], 2);
    assert_eq!(names(&after["keys"]), ["Own", "Team's", "Soon over"]);
    assert_eq!(after["keys"][1]["team"], json!({ "id": joined, "name": "Ant" }));
    assert_eq!(
        after["teams"],
        json!([{ "id": joined, "name": "Ant" }, { "id": own, "name": "Zebra" }])
    );
    // A key can really be made for each of the teams that are offered.
    for team in after["teams"].as_array().unwrap() {
        app.key(&otto, json!({ "name": "New", "teamId": team["id"] })).await;
    }
});

both!(who_may_not_have_keys_is_told_only_that, async |kind: Kind| {
    let nothing = json!({
        "canAccess": false, "keys": [], "live": 0, "limit": 0, "endpoints": [], "teams": [], "example": null,
        "now": "2026-01-15T10:00:00.000Z",
    });
    let off = TestApp::with(kind, |config| config.api.enabled = false).await;
    let mara = off.user("mara").await;
    assert_eq!(page(&off, &mara).await, nothing);

    let app = TestApp::with(kind, |config| config.api.allowed_plans = Some(vec!["pro".to_owned()])).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    app.team(&otto, "Team").await;
    let plan = async |plan: &str| {
        let path = format!("/api/admin/users/{}", otto.id);
        app.call("PATCH", &path, &mara.token, Some(json!({ "plan": plan })))
            .await
            .expect(200);
    };
    assert_eq!(page(&app, &otto).await, nothing);
    plan("pro").await;
    app.key(&otto, json!({ "name": "CLI" })).await;
    assert_eq!(page(&app, &otto).await["live"], 1);
    plan("free").await;
    assert_eq!(page(&app, &otto).await, nothing);
    let made = app
        .function(&otto.cookie, "create_key", json!({ "name": "CLI" }))
        .await
        .expect(403);
    assert_eq!(made.json()["error"], "API access not available for your plan");
});

both!(
    however_many_have_expired_the_good_ones_are_all_there,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let start = app.clock.now();
        let row = |at: u64, expires_at| api_keys::ActiveModel {
            id: Set(domain::clock::new_id()),
            user_id: Set(mara.id.clone()),
            team_id: Set(None),
            name: Set(format!("Key {at}")),
            key_prefix: Set("sk-000000".to_owned()),
            key_hash: Set(String::new()),
            key_tag: Set(0),
            last_used_at: Set(None),
            last_used_ip: Set(None),
            request_count: Set(0),
            expires_at: Set(expires_at),
            revoked_at: Set(None),
            created_at: Set(start.plus(Duration::from_secs(at))),
        };
        // The good ones are the oldest.
        let good = (0..100).map(|at| row(at, (at % 2 == 0).then(|| start.plus_days(300))));
        let over = (100..700).map(|at| row(at, Some(start.plus_days(1))));
        let rows: Vec<_> = good.chain(over).collect();
        for some in rows.chunks(100) {
            api_keys::Entity::insert_many(some.to_vec())
                .exec(app.core.db.write())
                .await
                .unwrap();
        }
        // Two days later the first sign-in is good still.
        app.clock.advance(Duration::from_hours(48));
        let page = page(&app, &mara).await;
        assert_eq!((&page["live"], &page["limit"]), (&json!(100), &json!(100)));
        let names = names(&page["keys"]);
        assert_eq!(names.len(), 500);
        assert_eq!((names[0], names[99]), ("Key 99", "Key 0"));
        assert_eq!((names[100], names[499]), ("Key 699", "Key 300"));
    }
);

both!(the_example_works_as_it_stands, async |kind: Kind| {
    for (allowed, expected) in [
        (&["/api/chat"][..], Some("POST /api/chat")),
        (&["/api/threads/**", "/api/chat/**"], Some("POST /api/chat")),
        (&["/api/*"], Some("POST /api/chat")),
        (&["/api/user/*", "/api/threads"], Some("GET /api/threads")),
        (&["/api/user/settings"], Some("GET /api/user/settings")),
        (&["/api/chat/*", "/api/threads/*/messages"], None),
        (&["/api/auth/**", "/api/api-keys"], None),
    ] {
        let app = TestApp::with(kind, |config| {
            config.api.allowed_endpoints = allowed.iter().map(|&path| path.to_owned()).collect();
        })
        .await;
        let mara = app.user("mara").await;
        let page = page(&app, &mara).await;
        assert_eq!(page["endpoints"], json!(allowed));
        let example = &page["example"];
        let shown = example["method"].as_str().map(|method| {
            let path = example["path"].as_str().unwrap();
            format!("{method} {path}")
        });
        assert_eq!(shown.as_deref(), expected, "{allowed:?}");
        if example.is_null() {
            continue;
        }
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let method: Method = example["method"].as_str().unwrap().parse().unwrap();
        let mut request = app
            .request(method, example["path"].as_str().unwrap())
            .bearer_auth(&key.secret);
        if let Some(body) = example["body"].as_str() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = send(request).await.expect(200);
        let is_stream = answer.header("content-type") == "text/event-stream";
        assert_eq!(json!(is_stream), example["stream"], "{allowed:?}");
    }
});

fn invalid(answer: Answer, field: &str) {
    let json = answer.expect(400).json();
    assert_eq!(json["fields"][0]["field"], field, "{json}");
}

both!(a_key_is_made_renamed_and_revoked_on_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let create = async |body: Value| app.function(&mara.cookie, "create_key", body).await;
    let arguments = json!({ "name": " CLI ", "team_id": team, "expires_at": "2026-04-15T10:00:00Z" });
    let made = create(arguments).await.expect(200);
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.json();
    let (id, secret) = (made["key"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(
        (
            &made["key"]["name"],
            &made["key"]["teamName"],
            &made["key"]["expiresAt"]
        ),
        (&json!("CLI"), &json!("Team"), &json!("2026-04-15T10:00:00.000Z"))
    );
    app.get("/api/threads", secret).await.expect(200);
    let shown = app.function(&mara.cookie, "keys_page", json!({})).await.expect(200);
    assert!(!shown.text.contains(&secret[9..]), "{}", shown.text);

    invalid(create(json!({ "name": "  " })).await, "name");
    invalid(create(json!({ "name": "x".repeat(101) })).await, "name");
    invalid(
        create(json!({ "name": "CLI", "expires_at": "2026-01-15T10:00:00Z" })).await,
        "expiresAt",
    );
    let foreign = json!({ "name": "CLI", "team_id": domain::clock::new_id() });
    let refused = create(foreign).await.expect(403).json();
    assert_eq!(refused["error"], "You are not a member of this team");

    let rename = |cookie: String, name: &str| {
        let arguments = json!({ "id": id, "name": name });
        let app = &app;
        async move { app.function(&cookie, "rename_key", arguments).await }
    };
    let renamed = rename(mara.cookie.clone(), "Laptop").await.expect(200).json();
    assert_eq!(
        (&renamed["name"], &renamed["team"]["name"], &renamed["expiresAt"]),
        (&json!("Laptop"), &json!("Team"), &json!("2026-04-15T10:00:00.000Z"))
    );
    invalid(rename(mara.cookie.clone(), "").await, "name");
    rename(otto.cookie.clone(), "Otto's").await.expect(404);
    app.function(&otto.cookie, "revoke_key", json!({ "id": id }))
        .await
        .expect(404);
    app.get("/api/threads", secret).await.expect(200);
    app.function(&mara.cookie, "revoke_key", json!({ "id": id }))
        .await
        .expect(200);
    app.get("/api/threads", secret)
        .await
        .refused(401, "invalid_api_key", "Invalid API key");
    let gone = app
        .function(&mara.cookie, "revoke_key", json!({ "id": id }))
        .await
        .expect(404);
    assert_eq!(gone.json()["error"], "API key not found");
});
