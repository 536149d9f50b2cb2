//! What a project does for the answers in its threads: it instructs, and it names the model.

use domain::config::{ModelConfig, Provider};
use entity::team_members::TeamRole;
use entity::teams;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{delete, id, make, patch, path, shared_in, thread};
use crate::both;
use crate::support::model_server::{MODEL, ModelServer, prompt};
use crate::support::{Kind, TestApp, send};

/// Says something and gives what the model was asked with.
async fn ask(app: &TestApp, model: &ModelServer, bearer: &str, body: Value) -> Vec<(String, String)> {
    let request = app.request(reqwest::Method::POST, "/api/chat").bearer_auth(bearer);
    let waiting = tokio::spawn(send(request.json(&body)));
    let asked = model.answers("Yes.").await;
    waiting.await.unwrap().expect(200);
    let mut said = prompt(&asked);
    said.truncate(1);
    said
}

both!(
    instructions_stand_between_the_team_and_the_person,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| model.configure(config, None)).await;
        let mara = app.user("mara").await;
        let team = app.team(&mara, "Team").await;
        teams::Entity::update_many()
            .col_expr(teams::Column::Context, Expr::value("Of the team."))
            .filter(teams::Column::Id.eq(&team))
            .exec(app.core.db.write())
            .await
            .unwrap();
        let about = json!({ "settings": { "context": "Of the person." } });
        app.call("PATCH", "/api/user/settings", &mara.token, Some(about))
            .await
            .expect(200);
        let about = "What the user says about themselves:\nName: mara\n\nOf the person.";
        let body = json!({ "name": "P", "teamId": team, "context": "Of the project." });
        let project = make(&app, &mara.token, body).await;
        let body = json!({ "teamId": team, "projectId": id(&project) });
        let thread = thread(&app, &mara.token, body).await;
        let hello = json!({ "content": "Hello", "threadId": id(&thread), "stream": false });
        let system = |parts: &[&str]| vec![("system".to_owned(), parts.join("\n\n"))];
        assert_eq!(
            ask(&app, &model, &mara.token, hello.clone()).await,
            system(&["Of the team.", "Of the project.", about])
        );
        // The next answer knows what has changed.
        patch(&app, &mara.token, &project, json!({ "context": "Of late." }))
            .await
            .expect(200);
        assert_eq!(
            ask(&app, &model, &mara.token, hello.clone()).await,
            system(&["Of the team.", "Of late.", about])
        );
        patch(&app, &mara.token, &project, json!({ "context": " \n" }))
            .await
            .expect(200);
        assert_eq!(
            ask(&app, &model, &mara.token, hello.clone()).await,
            system(&["Of the team.", about])
        );
        delete(&app, &mara.token, &project).await.expect(204);
        assert_eq!(
            ask(&app, &model, &mara.token, hello).await,
            system(&["Of the team.", about])
        );
    }
);

both!(
    its_model_answers_when_request_and_thread_name_none,
    async |kind: Kind| {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, None);
            for id in ["builtin", "own", "projects", "threads", "asked"] {
                config.models.push(ModelConfig {
                    id: id.to_owned(),
                    name: None,
                    provider: Provider::Builtin,
                    base_url: None,
                    model: None,
                    api_key_env: None,
                    context_window: None,
                    fallback: None,
                });
            }
        })
        .await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let team = app.team(&mara, "Team").await;
        app.join(&mara, &team, &otto, TeamRole::Member).await;
        for user in [&mara, &otto] {
            let own = json!({ "settings": { "defaultModel": "own" } });
            app.call("PATCH", "/api/user/settings", &user.token, Some(own))
                .await
                .expect(200);
        }
        let body = json!({ "name": "P", "teamId": team, "sharing": "team", "model": "projects" });
        let project = make(&app, &mara.token, body).await;
        let thread = thread(&app, &mara.token, shared_in(&team, &project)).await;
        let of_thread = format!("/api/threads/{}", id(&thread));
        let by = async |bearer: &str, more: Value| {
            let mut body = json!({ "content": "Hello", "threadId": id(&thread), "stream": false });
            for (field, value) in more.as_object().unwrap() {
                body[field] = value.clone();
            }
            let answer = app.post("/api/chat", bearer, body).await.expect(200).json();
            answer["message"]["model"].as_str().unwrap().to_owned()
        };
        let change = async |path: &str, body: Value| {
            app.call("PATCH", path, &mara.token, Some(body)).await.expect(200);
        };
        assert_eq!(by(&mara.token, json!({})).await, "projects");
        assert_eq!(by(&otto.token, json!({})).await, "projects");
        assert_eq!(by(&mara.token, json!({ "model": "asked" })).await, "asked");
        change(&of_thread, json!({ "model": "threads" })).await;
        assert_eq!(by(&mara.token, json!({})).await, "threads");
        change(&of_thread, json!({ "model": null })).await;
        // What the team sees leaves a project that is taken back, and follows its model no longer.
        let of_project = path(&project);
        change(&of_project, json!({ "sharing": "private" })).await;
        assert_eq!(by(&mara.token, json!({})).await, "own");
        assert_eq!(by(&otto.token, json!({})).await, "own");
        change(
            &of_thread,
            json!({ "visibility": "private", "projectId": id(&project) }),
        )
        .await;
        assert_eq!(by(&mara.token, json!({})).await, "projects");
        // A new chat in it begins with its model, and follows it when it changes.
        let body = json!({ "content": "Hi", "projectId": id(&project), "teamId": team, "stream": false });
        let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
        assert_eq!(
            (&said["message"]["model"], &said["thread"]["model"]),
            (&json!("projects"), &json!(null))
        );
        change(&of_project, json!({ "model": "builtin" })).await;
        assert_eq!(by(&mara.token, json!({})).await, "builtin");
        change(&of_project, json!({ "model": null })).await;
        assert_eq!(by(&mara.token, json!({})).await, "own");

        // The operator has taken the project's model out of the configuration.
        change(&of_project, json!({ "model": "projects" })).await;
        let after = TestApp::on(app.database.again(), |config| model.configure(config, None)).await;
        let body = json!({ "content": "Hello", "threadId": id(&thread), "stream": false });
        let request = after
            .request(reqwest::Method::POST, "/api/chat")
            .bearer_auth(&mara.token);
        let waiting = tokio::spawn(send(request.json(&body)));
        model.answers("Yes.").await;
        assert_eq!(waiting.await.unwrap().expect(200).json()["message"]["model"], MODEL);
    }
);
