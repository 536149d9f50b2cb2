//! Starting a conversation over.

use serde_json::{Value, json};

use super::{Work, frames};
use crate::both;
use crate::support::{Kind, TestApp};

both!(a_reset_takes_exactly_that_history_out_of_prompts, async |kind: Kind| {
    let work = Work::begin(kind).await;
    for session in [Value::Null, json!("a")] {
        let body = json!({ "message": "Remember the number 4711", "sessionId": session });
        work.post("/chat", body).await.expect(200);
    }
    let reset = work
        .post("/chat", json!({ "reset": true, "sessionId": "a" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&reset["type"], &reset["textResponse"]),
        (&json!("textResponse"), &json!("Chat history was reset!"))
    );
    assert_eq!(
        (&reset["close"], &reset["error"], &reset["sources"]),
        (&json!(true), &Value::Null, &json!([]))
    );

    let rows = work.rows().await;
    assert_eq!(rows.len(), 4, "nothing is deleted, and nothing written");
    let in_context: Vec<bool> = rows.iter().map(|row| row.in_context).collect();
    assert_eq!(in_context, [true, true, false, false]);
    assert_eq!(work.history("/chats?apiSessionId=a").await, Vec::<Value>::new());
    assert_eq!(work.history("/chats").await.len(), 2);

    let body = json!({ "message": "Hello again", "sessionId": "a", "reset": true });
    work.post("/chat", body).await.expect(200);
    let history = work.history("/chats?apiSessionId=a").await;
    assert_eq!(
        history[0]["content"], "Hello again",
        "with a message, it is reset and then answered"
    );
    assert_eq!(history.len(), 2);

    let frames = frames(&work, "/stream-chat", json!({ "reset": true })).await;
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0]["textResponse"], "Chat history was reset!");
    assert_eq!(work.history("/chats").await, Vec::<Value>::new());
    // One that was never begun can be reset too.
    work.post("/chat", json!({ "reset": true, "sessionId": "new" }))
        .await
        .expect(200);
});

both!(
    an_answer_that_is_wanted_anew_takes_its_question_along,
    async |kind: Kind| {
        let work = Work::begin(kind).await;
        let body = json!({ "message": "What is a tram?", "mode": "query" });
        work.post("/chat", body).await.expect(200);
        let rows = work.rows().await;
        assert!(rows.iter().all(|row| !row.in_context), "it was refused");
        let path = format!("/api/chat/{}/regenerate", rows[1].id);
        let body = json!({ "stream": false });
        work.app.post(&path, &work.mara.token, body).await.expect(200);
        let history = work.history("/chats").await;
        assert_eq!(history.len(), 2, "{history:?}");
        assert_eq!(history[0]["content"], "What is a tram?");
    }
);

both!(a_message_that_is_refused_resets_nothing, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.plans[0].monthly_messages = Some(1)).await;
    let work = Work::on(app).await;
    let body = json!({ "message": "Remember the number 4711" });
    work.post("/chat", body).await.expect(200);
    let body = json!({ "message": "Hello again", "reset": true });
    let refused = work.post("/chat", body).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    assert_eq!(
        work.history("/chats").await.len(),
        2,
        "nothing was said, nothing is forgotten"
    );
});

both!(a_reset_is_the_callers_alone, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let nora = work.app.user("nora").await;
    let team = work.app.team(&work.mara, "Studio").await;
    work.app
        .join(&work.mara, &team, &nora, entity::team_members::TeamRole::Member)
        .await;
    let of_team = json!({ "name": "Team", "teamId": team });
    let maras = work.app.key(&work.mara, of_team.clone()).await;
    let noras = work.app.key(&nora, of_team).await;
    let made = work
        .app
        .post("/api/v1/workspace/new", &maras.secret, json!({ "name": "Shared" }));
    let slug = made.await.expect(200).json()["workspace"]["slug"]
        .as_str()
        .unwrap()
        .to_owned();
    let chat = format!("/api/v1/workspace/{slug}/chat");
    for key in [&maras, &noras] {
        work.app
            .post(&chat, &key.secret, json!({ "message": "Hello" }))
            .await
            .expect(200);
    }
    work.app
        .post(&chat, &noras.secret, json!({ "reset": true }))
        .await
        .expect(200);
    for row in work.rows().await {
        assert_eq!(row.in_context, row.user_id == work.mara.id);
    }
});
