//! What changes in a team holds from the next request on, for keys and for streams that are open.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{Cast, token};
use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::sse::Following;
use crate::support::{Key, Kind, TestApp, User};

const SOON: Duration = Duration::from_secs(1);
const NOT_A_MEMBER: &str = "API key invalid - no longer a team member";

async fn team_key(cast: &Cast, owner: &User) -> Key {
    let body = json!({ "name": "Team CLI", "teamId": cast.team });
    cast.app.key(owner, body).await
}

both!(another_role_holds_from_the_next_request_on, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let key = team_key(&cast, &cast.member).await;
    let body = json!({ "teamId": cast.team });
    let path = cast.member_path(&cast.member);
    for (role, writes, manages) in [
        ("viewer", 403, 403),
        ("member", 201, 403),
        ("viewer", 403, 403),
        ("admin", 201, 201),
        ("viewer", 403, 403),
    ] {
        cast.patch(&path, &cast.owner, json!({ "role": role }))
            .await
            .expect(200);
        for bearer in [&cast.member.token, &key.secret] {
            cast.app.post("/api/threads", bearer, body.clone()).await.expect(writes);
            cast.app.get("/api/threads?limit=1", bearer).await.expect(200);
        }
        let invite = json!({ "role": "viewer" });
        cast.app
            .post(&cast.path("/invites"), &cast.member.token, invite)
            .await
            .expect(manages);
    }
    // By a link it takes effect as fast.
    let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
    cast.accept(&cast.member, token(&invite)).await.expect(200);
    cast.app.post("/api/threads", &key.secret, body).await.expect(201);
});

both!(whoever_goes_takes_their_keys_along, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let keys = [
        team_key(&cast, &cast.member).await,
        team_key(&cast, &cast.viewer).await,
        team_key(&cast, &cast.owner).await,
    ];
    let personal = cast.app.key(&cast.member, json!({ "name": "CLI" })).await;
    let works = async |key: &Key| cast.app.get("/api/threads", &key.secret).await.status.as_u16();
    for key in &keys {
        assert_eq!(works(key).await, 200);
    }
    cast.app
        .post(&cast.path("/leave"), &cast.member.token, json!({}))
        .await
        .expect(204);
    cast.app
        .get("/api/threads", &keys[0].secret)
        .await
        .refused(401, "api_key_not_team_member", NOT_A_MEMBER);
    cast.delete(&cast.member_path(&cast.viewer), &cast.admin)
        .await
        .expect(204);
    assert_eq!(
        [works(&keys[0]).await, works(&keys[1]).await, works(&keys[2]).await],
        [401, 401, 200]
    );
    // Whoever is let in again has the key again.
    let invite = cast.invite(&cast.owner, json!({ "role": "viewer" })).await;
    cast.accept(&cast.member, token(&invite)).await.expect(200);
    assert_eq!(works(&keys[0]).await, 200);
    let body = json!({ "title": "x" });
    cast.app.post("/api/threads", &keys[0].secret, body).await.expect(403);
    cast.delete(&cast.path(""), &cast.owner).await.expect(204);
    for key in &keys {
        assert_eq!(works(key).await, 401);
    }
    assert_eq!(works(&personal).await, 200);
});

/// What a change through the routes does to an answer that a member of the team follows with a key of it.
async fn followed(kind: Kind, change: impl AsyncFnOnce(&Cast), expected: Option<&str>) {
    let model = ModelServer::start().await;
    let cast = Cast::on(TestApp::with(kind, |config| model.configure(config, None)).await).await;
    let key = team_key(&cast, &cast.member).await;
    let body = json!({ "content": "Tell me" });
    let request = cast.app.request(Method::POST, "/api/chat").bearer_auth(&key.secret);
    let mut following = Following::open(request.json(&body), 0).await;
    let exchange = model.asked().await;
    exchange.say("Once upon");
    following.hear("Once upon").await;
    change(&cast).await;
    let changed = Instant::now();
    if let Some(sentence) = expected {
        assert_eq!(following.end().await["error"], sentence);
        assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
        assert_eq!(following.text, "Once upon");
    } else {
        exchange.say(" a time.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
    }
}

both!(leaving_ends_the_streams_of_the_teams_keys, async |kind: Kind| {
    let leave = async |cast: &Cast| {
        cast.app
            .post(&cast.path("/leave"), &cast.member.token, json!({}))
            .await
            .expect(204);
    };
    followed(kind, leave, Some(NOT_A_MEMBER)).await;
});

both!(a_removal_ends_the_streams_of_the_teams_keys, async |kind: Kind| {
    let remove = async |cast: &Cast| {
        cast.delete(&cast.member_path(&cast.member), &cast.admin)
            .await
            .expect(204);
    };
    followed(kind, remove, Some(NOT_A_MEMBER)).await;
});

both!(archiving_ends_the_streams_of_the_teams_keys, async |kind: Kind| {
    let archive = async |cast: &Cast| {
        cast.delete(&cast.path(""), &cast.owner).await.expect(204);
    };
    followed(kind, archive, Some(NOT_A_MEMBER)).await;
});

both!(a_viewer_may_hear_what_they_began_to_the_end, async |kind: Kind| {
    let demote = async |cast: &Cast| {
        cast.patch(
            &cast.member_path(&cast.member),
            &cast.owner,
            json!({ "role": "viewer" }),
        )
        .await
        .expect(200);
    };
    followed(kind, demote, None).await;
});
