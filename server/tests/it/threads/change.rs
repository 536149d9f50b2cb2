//! Changing and deleting threads.

use entity::{messages, threads};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{id, make, project, say};
use crate::both;
use crate::support::{Kind, TestApp};

both!(each_field_changes_alone, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let project = project(&app, &mara, None, "private").await;
    let mut expected = make(&app, &mara.token, json!({})).await;
    let path = format!("/api/threads/{}", id(&expected));
    for (body, field, value) in [
        (json!({ "title": "  Tides  " }), "title", json!("Tides")),
        (json!({ "pinned": true }), "pinned", json!(true)),
        (json!({ "archived": true }), "archived", json!(true)),
        (json!({ "projectId": project }), "projectId", json!(project)),
        (json!({ "model": "builtin" }), "model", json!("builtin")),
        (json!({}), "title", json!("Tides")),
        (
            json!({ "title": null, "pinned": null, "archived": null }),
            "pinned",
            json!(true),
        ),
        (json!({ "pinned": false }), "pinned", json!(false)),
        (json!({ "archived": false }), "archived", json!(false)),
        (json!({ "projectId": null }), "projectId", json!(null)),
        (json!({ "model": null }), "model", json!(null)),
        (json!({ "visibility": "private" }), "visibility", json!("private")),
    ] {
        let changed = app
            .call("PATCH", &path, &mara.token, Some(body.clone()))
            .await
            .expect(200)
            .json();
        expected[field] = value;
        assert_eq!(changed, json!({ "thread": expected }), "after {body}");
        let mut read: Value = app.get(&path, &mara.token).await.expect(200).json()["thread"].take();
        let read = read.as_object_mut().unwrap();
        read.remove("messages");
        read.remove("messagesCursor");
        assert_eq!(json!(read), expected, "after {body}");
    }
});

both!(a_refused_change_changes_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let ottos = project(&app, &otto, None, "private").await;
    let thread = make(&app, &mara.token, json!({ "title": "Tides" })).await;
    let path = format!("/api/threads/{}", id(&thread));
    for (body, status) in [
        (json!({ "pinned": true, "title": "" }), 400),
        (json!({ "pinned": true, "title": "   " }), 400),
        (json!({ "pinned": true, "title": "a\u{0}b" }), 400),
        (json!({ "pinned": true, "title": "x".repeat(201) }), 400),
        (json!({ "pinned": true, "model": "gpt-99" }), 400),
        (json!({ "pinned": true, "visibility": "shared" }), 400),
        (json!({ "pinned": true, "archived": "yes" }), 400),
        (json!({ "pinned": true, "projectId": ottos }), 404),
        (json!({ "pinned": true, "projectId": domain::clock::new_id() }), 404),
        (json!({ "pinned": true, "projectId": "a\u{0}b" }), 404),
    ] {
        let answer = app.call("PATCH", &path, &mara.token, Some(body.clone())).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
    }
    let list = app.get("/api/threads", &mara.token).await.expect(200).json();
    assert_eq!(list["threads"], json!([thread]));
});

both!(a_deleted_thread_takes_its_messages_with_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (gone, kept) = (
        make(&app, &mara.token, json!({})).await,
        make(&app, &mara.token, json!({})).await,
    );
    for thread in [&gone, &kept] {
        say(&app, &mara.token, id(thread), "Hello").await;
    }
    let path = format!("/api/threads/{}", id(&gone));
    let message = app.get(&path, &mara.token).await.expect(200).json()["thread"]["messages"][1].take();
    let answer = app.call("DELETE", &path, &mara.token, None).await.expect(204);
    assert_eq!(answer.text, "");
    for path in [
        path.clone(),
        format!("{path}/messages"),
        format!("/api/chat/{}/stream", id(&message)),
    ] {
        app.get(&path, &mara.token).await.expect(404);
    }
    app.call("DELETE", &path, &mara.token, None).await.expect(404);
    let threads = threads::Entity::find().all(app.core.db.read()).await.unwrap();
    assert_eq!(
        threads.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        [id(&kept)]
    );
    let messages = messages::Entity::find().all(app.core.db.read()).await.unwrap();
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|row| row.thread_id == id(&kept)));
});

both!(
    a_thread_without_its_model_is_answered_by_the_default,
    async |kind: Kind| {
        use crate::support::model_server::{MODEL, ModelServer};
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, None);
            config.models.push(domain::config::ModelConfig {
                id: "other".to_owned(),
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
        let thread = make(&app, &mara.token, json!({ "model": MODEL })).await;
        // The operator has taken the model out of the configuration.
        let after = TestApp::on(app.database.again(), |_| {}).await;
        let body = json!({ "content": "Hello", "threadId": id(&thread), "stream": false });
        let answer = after.post("/api/chat", &mara.token, body).await.expect(200).json();
        assert_eq!(answer["message"]["model"], "builtin");
        // A choice for one message goes before the thread's.
        let body = json!({ "content": "Hello", "threadId": id(&thread), "stream": false, "model": "other" });
        let answer = app.post("/api/chat", &mara.token, body).await.expect(200).json();
        assert_eq!(answer["message"]["model"], "other");
    }
);
