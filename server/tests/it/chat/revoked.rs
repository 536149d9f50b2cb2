//! A credential that ends takes its streams with it; the answers go on.

use std::time::{Duration, Instant};

use entity::messages::MessageStatus;
use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::json;

use super::{Talk, get_stream, post_chat};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, send, until};

const SOON: Duration = Duration::from_secs(1);

both!(revoking_a_key_ends_its_streams, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let key = talk.app.key(&talk.mara, json!({ "name": "CLI" })).await;
    let request = post_chat(&talk.app, &key.secret, &json!({ "content": "Tell me" }));
    let mut with_key = Following::open(request, 0).await;
    let exchange = talk.model.asked().await;
    exchange.say("Once upon");
    with_key.hear("Once upon").await;
    let mut again = Following::open(get_stream(&talk.app, &key.secret, &with_key.message_id), 0).await;
    let mut with_token = talk.follow(&with_key.message_id, 0).await;
    let body = json!({ "content": "Tell me", "stream": false });
    let waiting = tokio::spawn(send(post_chat(&talk.app, &key.secret, &body)));
    let waited_for = talk.model.asked().await;

    talk.app
        .call("DELETE", &format!("/api/api-keys/{}", key.id), &talk.mara.token, None)
        .await
        .expect(200);
    let revoked = Instant::now();
    for stream in [&mut with_key, &mut again] {
        let end = stream.end().await;
        assert_eq!(
            (&end["type"], &end["code"]),
            (&json!("error"), &json!("invalid_api_key"))
        );
        assert_eq!(end["error"], "Invalid API key");
    }
    let refused = waiting.await.unwrap().expect(401);
    assert_eq!(refused.error(), "Invalid API key");
    assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());

    // What the model says after that is not for the key any more, but it is kept for its user.
    exchange.say(" a time.");
    exchange.finish();
    assert_eq!(with_token.end().await["status"], "complete");
    assert_eq!(with_token.text, "Once upon a time.");
    assert_eq!(with_key.text, "Once upon");
    waited_for.finish();
    let row = talk.row(&with_key.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.status),
        ("Once upon a time.", MessageStatus::Complete)
    );
    assert_eq!(row.user_id, talk.mara.id);
});

both!(signing_out_ends_the_streams_of_the_session, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let login = json!({ "email": talk.mara.email, "password": "correct horse" });
    let elsewhere = talk.app.post("/api/auth/login", "", login).await.expect(200).json();
    let (mut following, exchange) = talk.say("Tell me").await;
    exchange.say("Once upon");
    following.hear("Once upon").await;
    let path = format!("/api/chat/{}/stream", following.message_id);
    let with_cookie = talk.app.request(Method::GET, &path).header("cookie", &talk.mara.cookie);
    let mut with_cookie = Following::open(with_cookie, 0).await;
    let other_session = get_stream(&talk.app, elsewhere["token"].as_str().unwrap(), &following.message_id);
    let mut other_session = Following::open(other_session, 0).await;

    talk.app
        .post("/api/auth/logout", &talk.mara.token, json!({}))
        .await
        .expect(204);
    let out = Instant::now();
    for stream in [&mut following, &mut with_cookie] {
        let end = stream.end().await;
        assert_eq!(
            (&end["type"], &end["code"]),
            (&json!("error"), &json!("unauthenticated"))
        );
    }
    assert!(out.elapsed() < SOON, "{:?}", out.elapsed());

    exchange.say(" a time.");
    exchange.finish();
    assert_eq!(other_session.end().await["status"], "complete");
    assert_eq!(other_session.text, "Once upon a time.");
    until("it is complete", async || {
        talk.row(&following.message_id).await.status == MessageStatus::Complete
    })
    .await;
});

both!(leaving_a_team_ends_the_streams_of_its_key, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let otto = talk.app.user("otto").await;
    let owner = talk.app.principal(&talk.mara).await;
    let origin = talk.app.origin();
    let team = domain::teams::create(&talk.app.core, &owner, "Team", &origin)
        .await
        .unwrap();
    domain::teams::set_member(&talk.app.core, &owner, &team.id, &otto.id, TeamRole::Member, &origin)
        .await
        .unwrap();
    let key = talk.app.key(&otto, json!({ "name": "CLI", "teamId": team.id })).await;
    let request = post_chat(&talk.app, &key.secret, &json!({ "content": "Tell me" }));
    let mut following = Following::open(request, 0).await;
    let exchange = talk.model.asked().await;
    domain::teams::remove_member(&talk.app.core, &owner, &team.id, &otto.id, &origin)
        .await
        .unwrap();
    let removed = Instant::now();
    let end = following.end().await;
    assert_eq!(end["error"], "API key invalid - no longer a team member");
    assert!(removed.elapsed() < SOON, "{:?}", removed.elapsed());
    exchange.say("Kept");
    exchange.finish();
    until("it is complete", async || {
        talk.row(&following.message_id).await.status == MessageStatus::Complete
    })
    .await;
});

both!(
    a_change_of_somebody_elses_credential_does_not_disturb,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let otto = talk.app.user("otto").await;
        let ottos = talk.app.key(&otto, json!({ "name": "CLI" })).await;
        let (mut following, exchange) = talk.say("Tell me").await;
        exchange.say("Once");
        following.hear("Once").await;
        talk.app
            .call("DELETE", &format!("/api/api-keys/{}", ottos.id), &otto.token, None)
            .await
            .expect(200);
        talk.app
            .post("/api/auth/logout", &otto.token, json!({}))
            .await
            .expect(204);
        exchange.say(" upon");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(following.text, "Once upon");
    }
);
