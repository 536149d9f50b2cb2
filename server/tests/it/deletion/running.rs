//! An account is deleted while answers are being written for it.

use std::time::Duration;

use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::{delete_account, gone, made, orphans};
use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp};

both!(its_answers_end_and_the_server_goes_on, async |kind: Kind| {
    let model = ModelServer::start().await;
    let mut app = TestApp::with(kind, |config| model.configure(config, None)).await;
    app.user("root").await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&otto, "Studio").await;
    app.join(&otto, &team, &mara, TeamRole::Member).await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let shared = json!({ "title": "Ours", "teamId": team, "visibility": "shared" });
    let shared = made(&app, &otto.token, "thread", shared).await;

    let mut streams = Vec::new();
    for (bearer, thread) in [(&key.secret, Value::Null), (&mara.token, json!(shared))] {
        let body = json!({ "content": "Tell me a story", "threadId": thread });
        let request = app.request(Method::POST, "/api/chat").bearer_auth(bearer).json(&body);
        let mut following = Following::open(request, 0).await;
        let exchange = model.asked().await;
        exchange.say("Once upon ");
        following.hear("Once upon ").await;
        streams.push((following, exchange));
    }
    delete_account(&app, &mara.token).await.expect(204);
    for (following, exchange) in &mut streams {
        exchange.say("a time");
        tokio::time::timeout(Duration::from_secs(5), following.until_cut())
            .await
            .expect("the stream ends");
    }
    gone(&app, &mara).await;
    orphans::none(&app).await;
    // What it had begun in a thread of others is kept as far as it came.
    let messages = app
        .get(&format!("/api/threads/{shared}/messages"), &otto.token)
        .await
        .expect(200)
        .json();
    let messages = messages["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[1]["status"]), (2, &json!("stopped")));
    // Nothing that belongs to nobody is tried to be written for ever.
    tokio::time::timeout(Duration::from_secs(10), app.shut_down())
        .await
        .expect("the server ends");
});
