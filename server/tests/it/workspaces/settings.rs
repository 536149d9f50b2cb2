//! Workspaces and their settings.

use serde_json::{Value, json};

use super::Work;
use crate::both;
use crate::support::Kind;

both!(a_workspace_is_a_project, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let found = work.get("").await["workspace"].clone();
    let expected = json!([{
        "id": found[0]["id"],
        "name": "Lisbon",
        "slug": "lisbon",
        "createdAt": "2026-01-15T10:00:00.000Z",
        "lastUpdatedAt": "2026-01-15T10:00:00.000Z",
        "openAiTemp": null,
        "openAiHistory": 20,
        "openAiPrompt": null,
        "similarityThreshold": 0.25,
        "topN": 4,
        "chatMode": "chat",
        "chatProvider": null,
        "chatModel": null,
        "queryRefusalResponse": null,
        "documents": [],
        "threads": [],
    }]);
    assert_eq!(found, expected);
    let projects = work.app.get("/api/projects", &work.mara.token).await.expect(200).json();
    assert_eq!(projects["projects"][0]["id"], found[0]["id"]);

    let named = json!({ "name": "Tram guide" });
    work.app
        .post("/api/projects", &work.mara.token, named)
        .await
        .expect(201);
    let all = work
        .app
        .get("/api/v1/workspaces", &work.key.secret)
        .await
        .expect(200)
        .json();
    let slugs: Vec<&str> = all["workspaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|workspace| workspace["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs.len(), 2);
    assert!(slugs.contains(&"lisbon") && slugs.contains(&"tram-guide"));
    let none = work
        .app
        .get("/api/v1/workspace/nowhere", &work.key.secret)
        .await
        .expect(200);
    assert_eq!(none.json(), json!({ "workspace": [] }));
});

both!(
    settings_are_kept_and_those_that_do_not_hold_are_told,
    async |kind: Kind| {
        let work = Work::begin(kind).await;
        let settings = json!({
            "name": "Lisboa", "openAiTemp": 0.7, "openAiHistory": 5, "openAiPrompt": "Be brief.", "similarityThreshold": 0.5,
            "topN": 8, "chatMode": "query", "chatModel": "builtin", "queryRefusalResponse": "No.",
        });
        let changed = work.post("/update", settings.clone()).await.expect(200).json();
        assert_eq!(changed["message"], Value::Null);
        for (name, value) in settings.as_object().unwrap() {
            assert_eq!(&changed["workspace"][name], value, "{name}");
        }
        assert_eq!(changed["workspace"]["slug"], "lisbon", "a slug stays");
        assert_eq!(changed["workspace"]["chatProvider"], "builtin");

        for (name, value) in [
            ("openAiTemp", json!(2.5)),
            ("openAiHistory", json!(-1)),
            ("similarityThreshold", json!(1.5)),
            ("topN", json!(0)),
            ("chatMode", json!("loud")),
            ("chatModel", json!("unknown")),
            ("name", json!("")),
            ("queryRefusalResponse", json!("x".repeat(1_001))),
        ] {
            let mut body = json!({});
            body[name] = value.clone();
            let refused = work.post("/update", body).await.expect(400).json();
            assert_eq!(refused["workspace"], Value::Null, "{name}");
            assert!(refused["message"].as_str().unwrap().contains(name), "{refused}");
        }
        assert_eq!(
            work.get("").await["workspace"][0]["name"],
            "Lisboa",
            "nothing of it was written"
        );

        let nameless = work
            .app
            .post("/api/v1/workspace/new", &work.key.secret, json!({ "topN": 3 }));
        let nameless = nameless.await.expect(400).json();
        assert_eq!(nameless["workspace"], Value::Null);
        assert!(nameless["message"].is_string());
        let called_new = work
            .app
            .post("/api/v1/workspace/new", &work.key.secret, json!({ "name": "New" }));
        assert_eq!(called_new.await.expect(200).json()["workspace"]["slug"], "new-2");
    }
);

both!(a_deleted_workspace_leaves_its_conversations, async |kind: Kind| {
    let work = Work::begin(kind).await;
    work.post("/chat", json!({ "message": "Hello" })).await.expect(200);
    let path = work.path("");
    let deleted = work.app.call("DELETE", &path, &work.key.secret, None).await.expect(200);
    assert_eq!(deleted.text, "OK");
    assert_eq!(work.get("").await["workspace"], json!([]));
    work.app.call("DELETE", &path, &work.key.secret, None).await.expect(400);
    let threads = work.app.get("/api/threads", &work.mara.token).await.expect(200).json();
    assert_eq!(threads["threads"].as_array().unwrap().len(), 1);
    assert_eq!(threads["threads"][0]["projectId"], Value::Null);
});
