//! Workspaces as models.

use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{Open, user};
use crate::both;
use crate::support::Kind;
use crate::support::model_server::{MODEL, prompt};

both!(
    a_workspace_answers_with_its_model_and_instructions,
    async |kind: Kind| {
        let open = Open::begin(kind).await;
        let workspace = json!({ "name": "Lisbon", "openAiPrompt": "You know all trams.", "chatModel": MODEL });
        open.app
            .post("/api/v1/workspace/new", &open.key.secret, workspace)
            .await
            .expect(200);
        let models = open
            .app
            .get("/api/v1/openai/models", &open.key.secret)
            .await
            .expect(200)
            .json();
        assert_eq!(
            models,
            json!({ "object": "list", "data": [{ "id": "lisbon", "object": "model", "created": 1_768_471_200, "owned_by": "workspace" }] })
        );
        let body = json!({ "model": "lisbon", "messages": [{ "role": "system", "content": "Be brief." }, user("Which tram?")] });
        let path = "/api/v1/openai/chat/completions";
        let (answer, request) = tokio::join!(
            open.app.post(path, &open.key.secret, body),
            open.model.answers("Line 28.")
        );
        let json = answer.expect(200).json();
        assert_eq!(json["model"], "lisbon");
        let system = &prompt(&request)[0];
        assert_eq!(
            (system.0.as_str(), system.1.as_str()),
            ("system", "You know all trams.\n\nBe brief.")
        );
        let thread = json["metadata"]["thread_id"].as_str().unwrap();
        let thread = open
            .app
            .get(&format!("/api/threads/{thread}"), &open.mara.token)
            .await
            .expect(200)
            .json();
        assert!(thread["thread"]["projectId"].is_string());
        let unknown = json!({ "model": "nowhere", "messages": [user("Hi")] });
        open.app.post(path, &open.key.secret, unknown).await.expect(404);
    }
);

both!(
    a_workspace_whose_model_is_gone_answers_with_another,
    async |kind: Kind| {
        let open = Open::begin(kind).await;
        let workspace = json!({ "name": "Lisbon", "chatModel": MODEL });
        open.app
            .post("/api/v1/workspace/new", &open.key.secret, workspace)
            .await
            .expect(200);
        let sql = "UPDATE projects SET model = 'long-gone'";
        open.app.core.db.write().execute_unprepared(sql).await.unwrap();
        let body = json!({ "model": "lisbon", "messages": [user("Which tram?")] });
        let (answer, _) = tokio::join!(
            open.app.post("/api/v1/openai/chat/completions", &open.key.secret, body),
            open.model.answers("Line 28.")
        );
        assert_eq!(
            answer.expect(200).json()["choices"][0]["message"]["content"],
            "Line 28."
        );
    }
);

both!(a_workspace_goes_on_in_its_own_threads_only, async |kind: Kind| {
    let open = Open::begin(kind).await;
    for name in ["Lisbon", "Paris"] {
        let workspace = json!({ "name": name, "openAiPrompt": name });
        open.app
            .post("/api/v1/workspace/new", &open.key.secret, workspace)
            .await
            .expect(200);
    }
    let path = "/api/v1/openai/chat/completions";
    let ask = |model: &str, thread: Option<&str>| {
        let mut body = json!({ "model": model, "messages": [user("Which tram?")] });
        if let Some(thread) = thread {
            body["metadata"] = json!({ "thread_id": thread });
        }
        open.app.post(path, &open.key.secret, body)
    };
    let (answer, _) = tokio::join!(ask("paris", None), open.model.answers("Line 1."));
    let thread = answer.expect(200).json()["metadata"]["thread_id"]
        .as_str()
        .unwrap()
        .to_owned();
    ask("lisbon", Some(&thread)).await.expect(404);
    let (answer, request) = tokio::join!(ask("paris", Some(&thread)), open.model.answers("Line 2."));
    answer.expect(200);
    assert_eq!(prompt(&request)[0].1, "Paris");
});

both!(all_models_are_listed, async |kind: Kind| {
    let open = Open::begin(kind).await;
    let models = open.app.get("/v1/models", &open.key.secret).await.expect(200).json();
    assert_eq!(models["object"], "list");
    let model = json!({ "id": MODEL, "object": "model", "created": 0, "owned_by": "openai" });
    assert_eq!(models["data"], json!([model]));
    let one = open
        .app
        .get(&format!("/v1/models/{MODEL}"), &open.key.secret)
        .await
        .expect(200)
        .json();
    assert_eq!(one, model);
});
