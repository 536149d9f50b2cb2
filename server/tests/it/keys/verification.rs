//! A request that carries a key, row by row of the contract and in its order: a request that is wrong in two ways is
//! answered by the earlier row.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::both;
use crate::support::{Answer, Key, Kind, TestApp, User, send, until};

const DISABLED: &str = "API key access is not enabled for any endpoints";
const ENDPOINT: &str = "API key access is not allowed for this endpoint";
const INVALID: &str = "Invalid API key";
const EXPIRED: &str = "API key expired";
const NOT_A_MEMBER: &str = "API key invalid - no longer a team member";
const PLAN: &str = "API access not available for your plan";

/// A key of the right shape that nobody has.
const UNKNOWN: &str = "sk-0123456789abcdef0123456789abcdef0123456789abcdef";

/// Uses a key where every key may go.
async fn use_key(app: &TestApp, secret: &str) -> Answer {
    app.get("/api/threads", secret).await
}

/// Changes an account as the administrator does.
async fn manage(app: &TestApp, admin: &User, user: &User, change: serde_json::Value) {
    app.call(
        "PATCH",
        &format!("/api/admin/users/{}", user.id),
        &admin.token,
        Some(change),
    )
    .await
    .expect(200);
}

async fn revoke(app: &TestApp, owner: &User, key: &Key) {
    app.call("DELETE", &format!("/api/api-keys/{}", key.id), &owner.token, None)
        .await
        .expect(200);
}

both!(a_key_acts_as_its_owner, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let thread = app
        .post("/api/threads", &key.secret, json!({ "title": "From a program" }))
        .await
        .expect(201)
        .json();
    let id = thread["thread"]["id"].as_str().unwrap();
    app.get(&format!("/api/threads/{id}"), &mara.token).await.expect(200);
});

both!(
    row_1_keys_that_are_switched_off_come_before_everything,
    async |kind: Kind| {
        let open = TestApp::new(kind).await;
        let mara = open.user("mara").await;
        let key = open.key(&mara, json!({ "name": "CLI" })).await;
        let off = TestApp::on(open.database.again(), |config| config.api.enabled = false).await;
        let empty = TestApp::on(open.database.again(), |config| config.api.allowed_endpoints.clear()).await;
        for app in [&off, &empty] {
            for path in ["/api/threads", "/api/nothing", "/api/api-keys", "/_fn/sign_in", "/"] {
                for secret in [&key.secret, UNKNOWN, "nonsense"] {
                    app.get(path, secret).await.refused(403, "api_keys_disabled", DISABLED);
                }
            }
        }
    }
);

both!(
    row_2_a_path_that_is_not_listed_comes_before_any_look_at_the_key,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
        })
        .await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        use_key(&app, &key.secret).await.expect(200);
        let computed = app.core.keys.computations();
        // What exists and what doesn't look the same.
        for path in [
            "/api/chat",
            "/api/health",
            "/api/nothing",
            "/api",
            "/",
            "/favicon.svg",
            "/sign-in",
        ] {
            for secret in [&key.secret, UNKNOWN, "nonsense"] {
                app.get(path, secret)
                    .await
                    .refused(403, "endpoint_not_allowed", ENDPOINT);
                app.post(path, secret, json!({}))
                    .await
                    .refused(403, "endpoint_not_allowed", ENDPOINT);
            }
        }
        // Where libraries look for it elsewhere, the same stands in their envelope.
        for secret in [&key.secret, UNKNOWN, "nonsense"] {
            let refused = app.get("/v1/models", secret).await.expect(403).json();
            assert_eq!(refused["error"]["code"], "endpoint_not_allowed");
            assert_eq!(refused["error"]["message"], ENDPOINT);
        }
        revoke(&app, &mara, &key).await;
        app.get("/api/chat", &key.secret)
            .await
            .refused(403, "endpoint_not_allowed", ENDPOINT);
        assert_eq!(app.core.keys.computations(), computed);
    }
);

both!(
    row_2_some_paths_are_never_open_whatever_the_list_says,
    async |kind: Kind| {
        let everything = [
            "/api/**",
            "/_fn/**",
            "/api/auth/**",
            "/api/api-keys",
            "/api/admin/users/*",
        ];
        let app = TestApp::with(kind, |config| {
            config.api.allowed_endpoints = everything.map(str::to_owned).to_vec();
        })
        .await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        for (method, path) in [
            ("GET", "/api/auth/me"),
            ("POST", "/api/auth/logout"),
            ("POST", "/api/auth/login"),
            ("POST", "/api/auth/register"),
            ("GET", "/api/api-keys"),
            ("POST", "/api/api-keys"),
            ("GET", "/api/api-keys/access"),
            ("DELETE", &format!("/api/api-keys/{}", key.id)),
            ("PATCH", &format!("/api/admin/users/{}", mara.id)),
            ("GET", "/api/admin/users"),
            ("POST", "/_fn/sign_in"),
            ("GET", "/_fn/whatever"),
        ] {
            for secret in [&key.secret, UNKNOWN] {
                let answer = app.call(method, path, secret, Some(json!({ "role": "user" }))).await;
                answer.refused(403, "endpoint_not_allowed", ENDPOINT);
            }
        }
        use_key(&app, &key.secret).await.expect(200);
    }
);

both!(
    row_3_what_is_not_a_live_key_is_invalid_and_nothing_more_is_said,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let digits = key.secret.strip_prefix("sk-").unwrap();
        let visible = &digits[..6];
        let last = if digits.ends_with('0') { '1' } else { '0' };
        for secret in [
            UNKNOWN.to_owned(),
            // The right beginning, as in a screenshot, and another end.
            format!("sk-{visible}{}", "0".repeat(42)),
            format!("sk-{}{last}", &digits[..47]),
            format!("sk-{}", &digits[..47]),
            format!("sk-{digits}0"),
            format!("sk-{}", digits.to_uppercase()),
            format!("SK-{digits}"),
            format!("pk-{digits}"),
            digits.to_owned(),
            format!("sk-{digits} x"),
            format!("sk-{digits},sk-{digits}"),
            format!("sk-{}", "z".repeat(48)),
            format!("sk-{}", "a".repeat(5_000)),
            "sk-".to_owned(),
            "x".to_owned(),
        ] {
            use_key(&app, &secret).await.refused(401, "invalid_api_key", INVALID);
            // Once more, when the answer may be remembered.
            use_key(&app, &secret).await.refused(401, "invalid_api_key", INVALID);
        }
        assert_eq!(app.core.keys.computations(), 0, "a guess must not cost a bcrypt");
        use_key(&app, &key.secret).await.expect(200);
    }
);

both!(
    row_3_revoked_suspended_and_gone_owners_are_invalid_before_expiry,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (admin, otto) = (app.user("mara").await, app.user("otto").await);
        let body = json!({ "name": "CLI", "expiresAt": "2026-01-15T10:01:00Z" });
        let (revoked, kept) = (app.key(&otto, body.clone()).await, app.key(&otto, body).await);
        for key in [&revoked, &kept] {
            use_key(&app, &key.secret).await.expect(200);
        }
        revoke(&app, &otto, &revoked).await;
        use_key(&app, &revoked.secret)
            .await
            .refused(401, "invalid_api_key", INVALID);
        manage(&app, &admin, &otto, json!({ "suspended": true })).await;
        use_key(&app, &kept.secret)
            .await
            .refused(401, "invalid_api_key", INVALID);

        app.clock.advance(Duration::from_mins(1));
        for key in [&revoked, &kept] {
            use_key(&app, &key.secret)
                .await
                .refused(401, "invalid_api_key", INVALID);
        }
        manage(&app, &admin, &otto, json!({ "suspended": false })).await;
        use_key(&app, &revoked.secret)
            .await
            .refused(401, "invalid_api_key", INVALID);
        use_key(&app, &kept.secret)
            .await
            .refused(401, "api_key_expired", EXPIRED);

        // There is no way to delete an account yet; somebody does it in the database, and says so as everybody must.
        let db = app.database.connect().await;
        let delete = format!("DELETE FROM users WHERE id = '{}'", otto.id);
        db.execute_unprepared(&delete).await.unwrap();
        domain::epochs::raise(&db).await.map(|_raised| ()).unwrap();
        until("the key of a deleted account is unknown", async || {
            use_key(&app, &kept.secret).await.error() == INVALID
        })
        .await;
    }
);

both!(row_4_a_key_expires_at_its_very_instant, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app
        .key(&mara, json!({ "name": "CLI", "expiresAt": "2026-01-15T10:01:00Z" }))
        .await;
    use_key(&app, &key.secret).await.expect(200);
    app.clock.advance(Duration::from_millis(59_999));
    use_key(&app, &key.secret).await.expect(200);
    app.clock.advance(Duration::from_millis(1));
    use_key(&app, &key.secret)
        .await
        .refused(401, "api_key_expired", EXPIRED);
    app.clock.advance(Duration::from_hours(1));
    use_key(&app, &key.secret)
        .await
        .refused(401, "api_key_expired", EXPIRED);
});

both!(rows_4_to_6_expiry_before_membership_before_plan, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.allowed_plans = Some(vec!["pro".to_owned()])).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    for user in [&mara, &otto] {
        manage(&app, &mara, user, json!({ "plan": "pro" })).await;
    }
    let team = app.team(&mara, "Studio").await;
    app.join(&mara, &team, &otto, entity::team_members::TeamRole::Member)
        .await;
    let body = json!({ "name": "CLI", "teamId": team, "expiresAt": "2026-01-15T10:01:00Z" });
    let key = app.key(&otto, body).await;
    use_key(&app, &key.secret).await.expect(200);

    manage(&app, &mara, &otto, json!({ "plan": "free" })).await;
    use_key(&app, &key.secret).await.refused(403, "plan_not_allowed", PLAN);
    app.remove(&mara, &team, &otto).await;
    use_key(&app, &key.secret)
        .await
        .refused(401, "api_key_not_team_member", NOT_A_MEMBER);
    app.clock.advance(Duration::from_mins(1));
    use_key(&app, &key.secret)
        .await
        .refused(401, "api_key_expired", EXPIRED);
});

both!(row_5_membership_counts_on_every_request, async |kind: Kind| {
    use entity::team_members::TeamRole;
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Studio").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let of_team = app.key(&otto, json!({ "name": "CLI", "teamId": team })).await;
    let personal = app.key(&otto, json!({ "name": "CLI" })).await;
    let owners = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await;
    for key in [&of_team, &personal, &owners] {
        use_key(&app, &key.secret).await.expect(200);
    }
    app.remove(&mara, &team, &otto).await;
    use_key(&app, &of_team.secret)
        .await
        .refused(401, "api_key_not_team_member", NOT_A_MEMBER);
    for key in [&personal, &owners] {
        use_key(&app, &key.secret).await.expect(200);
    }
    app.join(&mara, &team, &otto, TeamRole::Viewer).await;
    use_key(&app, &of_team.secret).await.expect(200);
    app.archive(&mara, &team).await;
    for key in [&of_team, &owners] {
        use_key(&app, &key.secret)
            .await
            .refused(401, "api_key_not_team_member", NOT_A_MEMBER);
    }
    use_key(&app, &personal.secret).await.expect(200);
});

both!(row_6_the_plan_counts_on_every_request, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.allowed_plans = Some(vec!["pro".to_owned()])).await;
    let mara = app.user("mara").await;
    manage(&app, &mara, &mara, json!({ "plan": "pro" })).await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    for _ in 0..2 {
        use_key(&app, &key.secret).await.expect(200);
        manage(&app, &mara, &mara, json!({ "plan": "free" })).await;
        use_key(&app, &key.secret).await.refused(403, "plan_not_allowed", PLAN);
        manage(&app, &mara, &mara, json!({ "plan": "pro" })).await;
    }
});

both!(
    row_7_each_key_has_its_own_rate_and_everything_else_comes_first,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.limits.key_requests_per_minute = 3;
            config.api.allowed_plans = Some(vec!["free".to_owned()]);
            config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
        })
        .await;
        let mara = app.user("mara").await;
        let body = json!({ "name": "CLI", "expiresAt": "2026-01-15T10:01:00Z" });
        let (key, other) = (
            app.key(&mara, body).await,
            app.key(&mara, json!({ "name": "Other" })).await,
        );
        for left in [2, 1, 0] {
            let answer = use_key(&app, &key.secret).await.expect(200);
            assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
            assert!(
                answer.header("ratelimit").starts_with(&format!("\"key\";r={left};t=")),
                "{:?}",
                answer.headers
            );
        }
        let answer = use_key(&app, &key.secret).await.expect_error(429, "rate_limited");
        let wait: u32 = answer.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&wait), "a third of a minute at most, not {wait}");
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
        assert!(
            answer.header("ratelimit").starts_with("\"key\";r=0;t="),
            "{:?}",
            answer.headers
        );

        let answer = use_key(&app, &other.secret).await.expect(200);
        assert!(answer.header("ratelimit").contains("r=2"));
        send(
            app.request(reqwest::Method::GET, "/api/threads")
                .bearer_auth(&mara.token),
        )
        .await
        .expect(200);
        // A refused request counts for nothing and says nothing of the limit.
        let answer = app
            .get("/api/chat", &key.secret)
            .await
            .refused(403, "endpoint_not_allowed", ENDPOINT);
        assert_eq!(answer.header("retry-after"), "");
        manage(&app, &mara, &mara, json!({ "plan": "pro" })).await;
        use_key(&app, &key.secret).await.refused(403, "plan_not_allowed", PLAN);
        app.clock.advance(Duration::from_mins(1));
        use_key(&app, &key.secret)
            .await
            .refused(401, "api_key_expired", EXPIRED);
        manage(&app, &mara, &mara, json!({ "plan": "free" })).await;
        revoke(&app, &mara, &key).await;
        use_key(&app, &key.secret)
            .await
            .refused(401, "invalid_api_key", INVALID);
    }
);

both!(older_prefixes_work_while_they_are_listed, async |kind: Kind| {
    let before = TestApp::with(kind, |config| config.api.key_prefix = "old-".to_owned()).await;
    let mara = before.user("mara").await;
    let key = before.key(&mara, json!({ "name": "CLI" })).await;
    assert!(key.secret.starts_with("old-"));
    let listed = TestApp::on(before.database.again(), |config| {
        config.api.key_prefix = "new-".to_owned();
        config.api.previous_key_prefixes = vec!["older-".to_owned(), "old-".to_owned()];
    })
    .await;
    use_key(&listed, &key.secret).await.expect(200);
    assert!(
        listed
            .key(&mara, json!({ "name": "CLI" }))
            .await
            .secret
            .starts_with("new-")
    );
    let unlisted = TestApp::on(before.database.again(), |config| {
        config.api.key_prefix = "new-".to_owned();
    })
    .await;
    use_key(&unlisted, &key.secret)
        .await
        .refused(401, "invalid_api_key", INVALID);
});
