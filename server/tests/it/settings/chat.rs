//! What a chat makes of the settings: the model that answers, and what it is told of the person.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::patch;
use crate::both;
use crate::support::model_server::{MODEL, ModelServer, prompt};
use crate::support::{Kind, TestApp, User, send};

/// Says something and gives what the model was asked with.
async fn ask(app: &TestApp, model: &ModelServer, bearer: &str, body: Value) -> Vec<(String, String)> {
    let request = app.request(reqwest::Method::POST, "/api/chat").bearer_auth(bearer);
    let waiting = tokio::spawn(send(request.json(&body)));
    let asked = model.answers("Yes.").await;
    waiting.await.unwrap().expect(200);
    prompt(&asked)
}

fn hello(more: &Value) -> Value {
    let mut body = json!({ "content": "Hello", "stream": false });
    for (field, value) in more.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    body
}

fn said(role: &str, text: &str) -> (String, String) {
    (role.to_owned(), text.to_owned())
}

const ABOUT: &str = "What the user says about themselves:\nName: mara\nRole: Engineer\n\nI like it brief.";

async fn describe(app: &TestApp, user: &User) {
    let about = json!({ "settings": { "role": "Engineer", "context": "I like it brief." } });
    patch(app, &user.token, about).await.expect(200);
}

both!(
    the_model_is_told_what_the_person_says_of_themself,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| model.configure(config, None)).await;
        let mara = app.user("mara").await;
        let plain = [said("user", "Hello")];
        assert_eq!(
            ask(&app, &model, &mara.token, hello(&json!({}))).await,
            plain,
            "a name alone says nothing"
        );
        describe(&app, &mara).await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        for bearer in [&mara.token, &key.secret] {
            assert_eq!(
                ask(&app, &model, bearer, hello(&json!({}))).await,
                [said("system", ABOUT), said("user", "Hello")]
            );
        }
        let clear = json!({ "settings": { "role": null, "context": null } });
        patch(&app, &mara.token, clear).await.expect(200);
        assert_eq!(ask(&app, &model, &mara.token, hello(&json!({}))).await, plain);
    }
);

both!(
    it_comes_after_the_project_and_stays_with_the_one_who_asks,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| model.configure(config, None)).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let team = app.team(&mara, "Team").await;
        app.join(&mara, &team, &otto, TeamRole::Member).await;
        describe(&app, &mara).await;
        let project = json!({ "name": "Project", "context": "Answer in French." });
        let project = app.post("/api/projects", &mara.token, project).await.expect(201).json();
        let project = project["project"]["id"].as_str().unwrap();
        assert_eq!(
            ask(&app, &model, &mara.token, hello(&json!({ "projectId": project }))).await,
            [
                said("system", &format!("Answer in French.\n\n{ABOUT}")),
                said("user", "Hello")
            ]
        );
        let in_team = hello(&json!({ "teamId": team }));
        assert_eq!(
            ask(&app, &model, &otto.token, in_team.clone()).await,
            [said("user", "Hello")]
        );
        // Who holds a key of a team could ask the model for it.
        let key = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await;
        assert_eq!(ask(&app, &model, &key.secret, in_team).await, [said("user", "Hello")]);
    }
);

both!(
    the_default_model_answers_when_nobody_names_another,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, None);
            config.models.push(domain::config::ModelConfig {
                id: "builtin".to_owned(),
                name: None,
                provider: domain::config::Provider::Builtin,
                base_url: None,
                model: None,
                api_key_env: None,
                context_window: None,
                fallback: None,
            });
        })
        .await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let answered_by = async |bearer: &str, more: Value| {
            let answer = app.post("/api/chat", bearer, hello(&more)).await.expect(200).json();
            answer["message"]["model"].as_str().unwrap().to_owned()
        };
        assert_eq!(answered_by(&mara.token, json!({ "model": "builtin" })).await, "builtin");
        let choose = json!({ "settings": { "defaultModel": "builtin" } });
        patch(&app, &mara.token, choose).await.expect(200);
        for bearer in [&mara.token, &key.secret] {
            assert_eq!(answered_by(bearer, json!({})).await, "builtin");
        }
        // The request and the thread come first.
        ask(&app, &model, &mara.token, hello(&json!({ "model": MODEL }))).await;
        let thread = app
            .post("/api/threads", &mara.token, json!({ "model": MODEL }))
            .await
            .expect(201)
            .json();
        ask(
            &app,
            &model,
            &mara.token,
            hello(&json!({ "threadId": thread["thread"]["id"] })),
        )
        .await;
        // Nobody else is touched.
        let otto = app.user("otto").await;
        ask(&app, &model, &otto.token, hello(&json!({}))).await;
    }
);
