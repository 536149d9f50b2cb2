//! Two processes on one database: what one changes, the other heeds within a second or so.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp, until};

/// A poll every half second, and a loaded machine.
const SOON: Duration = Duration::from_secs(3);

/// Waits until a process answers a key like this.
async fn soon(app: &TestApp, secret: &str, status: u16, sentence: &str) {
    let started = Instant::now();
    until(sentence, async || {
        let answer = app.get("/api/threads", secret).await;
        answer.status.as_u16() == status && (status == 200 || answer.error() == sentence)
    })
    .await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

both!(what_another_process_changes_counts_here_soon, async |kind: Kind| {
    let pro_only = |config: &mut domain::config::Config| config.api.allowed_plans = Some(vec!["pro".to_owned()]);
    let here = TestApp::with(kind, pro_only).await;
    let there = TestApp::on(here.database.again(), pro_only).await;
    let (mara, otto) = (here.user("mara").await, here.user("otto").await);
    let manage = async |change: Value| {
        there
            .call(
                "PATCH",
                &format!("/api/admin/users/{}", otto.id),
                &mara.token,
                Some(change),
            )
            .await
            .expect(200);
    };
    manage(json!({ "plan": "pro" })).await;
    let team = here.team(&mara, "Studio").await;
    here.join(&mara, &team, &otto, entity::team_members::TeamRole::Member)
        .await;
    let personal = here.key(&otto, json!({ "name": "CLI" })).await;
    let of_team = here.key(&otto, json!({ "name": "CLI", "teamId": team })).await;
    for key in [&personal, &of_team] {
        here.get("/api/threads", &key.secret).await.expect(200);
        there.get("/api/threads", &key.secret).await.expect(200);
    }
    manage(json!({ "plan": "free" })).await;
    soon(&here, &personal.secret, 403, "API access not available for your plan").await;
    manage(json!({ "plan": "pro" })).await;
    soon(&here, &personal.secret, 200, "the plan is back").await;
    manage(json!({ "suspended": true })).await;
    soon(&here, &personal.secret, 401, "Invalid API key").await;
    manage(json!({ "suspended": false })).await;
    soon(&here, &personal.secret, 200, "the account is back").await;
    there.remove(&mara, &team, &otto).await;
    soon(&here, &of_team.secret, 401, "API key invalid - no longer a team member").await;
    let change = json!({ "expiresAt": "2026-01-15T10:01:00Z" });
    there
        .call(
            "PATCH",
            &format!("/api/api-keys/{}", personal.id),
            &otto.token,
            Some(change),
        )
        .await
        .expect(200);
    here.clock.advance(Duration::from_mins(1));
    soon(&here, &personal.secret, 401, "API key expired").await;
    there
        .call("DELETE", &format!("/api/api-keys/{}", personal.id), &otto.token, None)
        .await
        .expect(200);
    soon(&here, &personal.secret, 401, "Invalid API key").await;
});

both!(a_revocation_there_ends_the_key_here, async |kind: Kind| {
    let here = TestApp::new(kind).await;
    let there = TestApp::on(here.database.again(), |_| {}).await;
    let mara = here.user("mara").await;
    let keys = [
        here.key(&mara, json!({ "name": "A" })).await,
        here.key(&mara, json!({ "name": "B" })).await,
    ];
    for key in &keys {
        here.get("/api/threads", &key.secret).await.expect(200);
        there.get("/api/threads", &key.secret).await.expect(200);
    }
    // At the same time, each in its own process: neither may hide the other's news.
    let revoke = async |app: &TestApp, key: usize| {
        app.call("DELETE", &format!("/api/api-keys/{}", keys[key].id), &mara.token, None)
            .await
            .expect(200);
    };
    tokio::join!(revoke(&here, 0), revoke(&there, 1));
    here.get("/api/threads", &keys[0].secret).await.expect(401);
    there.get("/api/threads", &keys[1].secret).await.expect(401);
    soon(&here, &keys[1].secret, 401, "Invalid API key").await;
    soon(&there, &keys[0].secret, 401, "Invalid API key").await;
});
