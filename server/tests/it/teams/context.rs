//! What a team says in prompts, and what of its threads somebody sees who came by a link.

use serde_json::{Value, json};

use super::{Cast, token};
use crate::both;
use crate::support::Kind;
use crate::support::TestApp;
use crate::support::model_server::{ModelServer, prompt};

const TEXT: &str = "We are a bakery. Answer in rhymes.";

/// What the model is told before the conversation when somebody says something.
async fn told(cast: &Cast, model: &ModelServer, bearer: &str, body: Value) -> String {
    let mut body = body;
    body["content"] = json!("Hello");
    body["stream"] = json!(false);
    let (answer, request) = tokio::join!(
        cast.app.post("/api/chat", bearer, body),
        model.answers("Hello yourself.")
    );
    answer.expect(200);
    let system = |(role, text): (String, String)| (role == "system").then_some(text);
    prompt(&request).into_iter().filter_map(system).collect()
}

both!(the_models_are_told_what_the_team_says_of_itself, async |kind: Kind| {
    let model = ModelServer::start().await;
    let cast = Cast::on(TestApp::with(kind, |config| model.configure(config, None)).await).await;
    let key = cast
        .app
        .key(&cast.member, json!({ "name": "CLI", "teamId": cast.team }))
        .await;
    let other = cast.app.team(&cast.member, "Other").await;
    let in_team = json!({ "teamId": cast.team });
    assert_eq!(told(&cast, &model, &cast.member.token, in_team.clone()).await, "");

    let body = json!({ "context": TEXT });
    cast.patch(&cast.path(""), &cast.admin, body).await.expect(200);
    for bearer in [&cast.owner.token, &cast.member.token, &key.secret] {
        let system = told(&cast, &model, bearer, in_team.clone()).await;
        assert!(system.contains(TEXT), "{system}");
    }
    // Nowhere else.
    for body in [json!({}), json!({ "teamId": other })] {
        assert_eq!(told(&cast, &model, &cast.member.token, body).await, "");
    }
    cast.patch(&cast.path(""), &cast.owner, json!({ "context": null }))
        .await
        .expect(200);
    assert_eq!(told(&cast, &model, &key.secret, json!({})).await, "");
});

both!(who_comes_by_a_link_sees_what_is_shared, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let app = &cast.app;
    let list = format!("/api/threads?teamId={}", cast.team);
    let seen = async |bearer: &str| {
        let list = app.get(&list, bearer).await.expect(200).json();
        let mut titles: Vec<String> = list["threads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|thread| thread["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    };
    let mut ids = Vec::new();
    for (title, visibility) in [("Shared", "shared"), ("Private", "private")] {
        let body = json!({ "title": title, "teamId": cast.team, "visibility": visibility });
        let made = app
            .post("/api/threads", &cast.member.token, body)
            .await
            .expect(201)
            .json();
        ids.push(made["thread"]["id"].as_str().unwrap().to_owned());
    }
    let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
    cast.accept(&cast.nora, token(&invite)).await.expect(200);
    let key = app.key(&cast.nora, json!({ "name": "CLI", "teamId": cast.team })).await;
    // Not even the owner sees what a member keeps to themself.
    for bearer in [&cast.nora.token, &cast.owner.token, &cast.viewer.token, &key.secret] {
        assert_eq!(seen(bearer).await, ["Shared"]);
        app.get(&format!("/api/threads/{}", ids[0]), bearer).await.expect(200);
        app.get(&format!("/api/threads/{}", ids[1]), bearer).await.expect(404);
    }
    assert_eq!(seen(&cast.member.token).await, ["Private", "Shared"]);

    // Shared and taken back by whose it is, and by nobody else.
    for (id, visibility, titles) in [
        (&ids[1], "shared", ["Private", "Shared"].as_slice()),
        (&ids[0], "private", &["Private"]),
    ] {
        let path = format!("/api/threads/{id}");
        let body = json!({ "visibility": visibility });
        for other in [&cast.owner, &cast.nora, &cast.viewer] {
            let status = cast.patch(&path, other, body.clone()).await.status.as_u16();
            assert!([403, 404].contains(&status), "{status}");
        }
        cast.patch(&path, &cast.member, body).await.expect(200);
        for bearer in [&cast.nora.token, &key.secret] {
            assert_eq!(seen(bearer).await, titles);
        }
    }
});
