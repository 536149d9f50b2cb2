//! A page that is open while its person joins a team or leaves it.

use std::time::Instant;

use serde_json::{Value, json};
use types::live::LiveEvent;

use super::{Feed, SOON, get_live};
use crate::both;
use crate::support::{Kind, TestApp, User};

/// The title of the next thread the feed tells of.
async fn title(feed: &mut Feed) -> String {
    loop {
        if let LiveEvent::Thread { row } = feed.next().await.expect("an event") {
            return row.thread.title;
        }
    }
}

async fn make(app: &TestApp, user: &User, body: Value) -> String {
    let made = app.post("/api/threads", &user.token, body).await.expect(201).json();
    made["thread"]["id"].as_str().unwrap().to_owned()
}

both!(it_hears_of_what_is_shared_while_they_are_in_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let shared = |title: &str| json!({ "title": title, "teamId": team, "visibility": "shared" });
    let mut feed = Feed::open(get_live(&app, &otto).query(&[("team", &team)])).await;
    make(&app, &mara, shared("Before")).await;

    let invites = format!("/api/teams/{team}/invites");
    let invite = app
        .post(&invites, &mara.token, json!({ "role": "viewer" }))
        .await
        .expect(201)
        .json();
    let accept = format!("/api/invites/{}/accept", invite["invite"]["token"].as_str().unwrap());
    app.post(&accept, &otto.token, json!({})).await.expect(200);
    let joined = Instant::now();
    make(&app, &mara, json!({ "title": "Private", "teamId": team })).await;
    let path = format!("/api/threads/{}", make(&app, &mara, shared("Shared")).await);
    assert_eq!(title(&mut feed).await, "Shared");
    assert!(joined.elapsed() < SOON, "{:?}", joined.elapsed());

    app.post(&format!("/api/teams/{team}/leave"), &otto.token, json!({}))
        .await
        .expect(204);
    let renamed = json!({ "title": "Secret" });
    app.call("PATCH", &path, &mara.token, Some(renamed)).await.expect(200);
    make(&app, &mara, shared("After")).await;
    let second = app.team(&otto, "Second").await;
    loop {
        match feed.next().await.expect("an event") {
            LiveEvent::Thread { row } => panic!("{} is told", row.thread.title),
            LiveEvent::Teams { teams } if teams.iter().any(|team| team.id == second) => break,
            _ => {}
        }
    }
});
