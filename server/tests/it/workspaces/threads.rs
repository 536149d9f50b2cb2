//! Threads in a workspace.

use serde_json::{Value, json};

use super::{Work, frames};
use crate::both;
use crate::support::Kind;

both!(a_thread_is_made_named_talked_in_and_deleted, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let made = work
        .post("/thread/new", json!({ "name": "Trams" }))
        .await
        .expect(200)
        .json();
    assert_eq!(made["message"], Value::Null);
    let thread = &made["thread"];
    assert_eq!((&thread["name"], &thread["slug"]), (&json!("Trams"), &thread["id"]));
    assert_eq!(thread["user_id"], json!(work.mara.id));
    let slug = thread["slug"].as_str().unwrap();
    let at = |rest: &str| format!("/thread/{slug}{rest}");

    let answer = work
        .post(&at("/chat"), json!({ "message": "Which line?" }))
        .await
        .expect(200)
        .json();
    assert_eq!(answer["type"], "textResponse");
    let streamed = frames(&work, &at("/stream-chat"), json!({ "message": "And back?" })).await;
    assert_eq!(streamed.last().unwrap()["type"], "finalizeResponseStream");
    let said: Vec<Value> = work.history(&at("/chats")).await;
    assert_eq!(said.len(), 4);
    assert_eq!(said[2]["content"], "And back?");
    assert_eq!(
        work.history("/chats").await,
        Vec::<Value>::new(),
        "it is not the workspace's own conversation"
    );

    let renamed = work
        .post(&at("/update"), json!({ "name": "Lines" }))
        .await
        .expect(200)
        .json();
    assert_eq!(renamed["thread"]["name"], "Lines");
    assert_eq!(work.get("").await["workspace"][0]["threads"][0]["name"], "Lines");
    let reset = work
        .post(&at("/chat"), json!({ "reset": true }))
        .await
        .expect(200)
        .json();
    assert_eq!(reset["textResponse"], "Chat history was reset!");
    assert_eq!(work.history(&at("/chats")).await, Vec::<Value>::new());

    let path = work.path(&at(""));
    let deleted = work.app.call("DELETE", &path, &work.key.secret, None).await.expect(200);
    assert_eq!(deleted.text, "OK");
    work.app
        .get(&work.path(&at("/chats")), &work.key.secret)
        .await
        .expect(400);
    assert_eq!(work.rows().await.len(), 0);
});

both!(a_thread_belongs_to_its_workspace, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let made = work
        .app
        .post("/api/v1/workspace/new", &work.key.secret, json!({ "name": "Porto" }));
    made.await.expect(200);
    let thread = work.post("/thread/new", json!({})).await.expect(200).json();
    assert_eq!(thread["thread"]["name"], "Thread");
    let slug = thread["thread"]["slug"].as_str().unwrap();
    let elsewhere = format!("/api/v1/workspace/porto/thread/{slug}/chat");
    let refused = work
        .app
        .post(&elsewhere, &work.key.secret, json!({ "message": "Hi" }))
        .await
        .expect(400)
        .json();
    assert_eq!(
        refused["error"],
        format!("Workspace porto or thread {slug} is not valid.")
    );
});

both!(
    a_session_moved_or_deleted_in_the_browser_begins_anew,
    async |kind: Kind| {
        let work = Work::begin(kind).await;
        let say = |text: &str| work.post("/chat", json!({ "message": text, "sessionId": "a" }));
        say("First").await.expect(200);
        let first = work.rows().await[0].thread_id.clone();
        let path = format!("/api/threads/{first}");
        let moved = json!({ "projectId": null });
        work.app
            .call("PATCH", &path, &work.mara.token, Some(moved))
            .await
            .expect(200);
        say("Second").await.expect(200);
        let second = work.rows().await[2].thread_id.clone();
        assert_ne!(first, second);
        work.app
            .call("DELETE", &format!("/api/threads/{second}"), &work.mara.token, None)
            .await
            .expect(204);
        say("Third").await.expect(200);
        let history = work.history("/chats?apiSessionId=a").await;
        assert_eq!(history.len(), 2);
        assert_eq!(history[0]["content"], "Third");
    }
);
