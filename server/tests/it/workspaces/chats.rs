//! Saying something, and reading it again.

use serde_json::{Value, json};

use super::{Work, frames};
use crate::both;
use crate::support::{Kind, send};

both!(a_whole_answer_is_written_under_the_keys_user, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let answer = work.post(
        "/chat",
        json!({ "message": "Which tram goes to Graça?", "mode": "chat" }),
    );
    let answer = answer.await.expect(200).json();
    assert_eq!(answer["type"], "textResponse");
    assert!(!answer["textResponse"].as_str().unwrap().is_empty());
    assert_eq!((&answer["close"], &answer["error"]), (&json!(true), &Value::Null));
    assert_eq!(answer["sources"], json!([]));
    let metrics = &answer["metrics"];
    assert!(metrics["prompt_tokens"].as_i64().unwrap() > 0);
    assert_eq!(
        metrics["total_tokens"].as_i64().unwrap(),
        metrics["prompt_tokens"].as_i64().unwrap() + metrics["completion_tokens"].as_i64().unwrap()
    );
    assert_eq!(
        (&metrics["model"], &metrics["provider"]),
        (&json!("builtin"), &json!("builtin"))
    );

    let rows = work.rows().await;
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(row.user_id, work.mara.id);
        assert_eq!(row.api_key_id.as_deref(), Some(work.key.id.as_str()));
    }
    assert_eq!(answer["chatId"].as_i64(), Some(rows[1].seq));
    assert_eq!(answer["id"].as_str(), Some(rows[1].id.as_str()));

    let history = work.history("/chats").await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[0]["role"], "user");
    assert_eq!(history[0]["content"], "Which tram goes to Graça?");
    assert_eq!(history[0]["attachments"], json!([]));
    assert_eq!(history[0]["sentAt"], 1_768_471_200);
    assert_eq!(
        (&history[1]["role"], &history[1]["type"]),
        (&json!("assistant"), &json!("chat"))
    );
    assert_eq!(history[1]["content"], answer["textResponse"]);
    assert_eq!(history[1]["feedbackScore"], Value::Null);
    assert_eq!(
        (&history[0]["chatId"], &history[1]["chatId"]),
        (&answer["chatId"], &answer["chatId"])
    );

    // It is a thread of the project in the browser, like all others.
    let workspace = work.get("").await["workspace"][0].clone();
    let threads = work
        .app
        .get(
            &format!("/api/threads?projectId={}", workspace["id"].as_str().unwrap()),
            &work.mara.token,
        )
        .await
        .expect(200)
        .json();
    assert_eq!(threads["threads"][0]["title"], "Which tram goes to Graça?");
    assert_eq!(threads["threads"].as_array().unwrap().len(), 1);
});

both!(a_stream_has_the_frames_of_that_api, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let frames = frames(&work, "/stream-chat", json!({ "message": "Which tram goes to Graça?" })).await;
    let (last, pieces) = frames.split_last().unwrap();
    let (closing, pieces) = pieces.split_last().unwrap();
    assert!(!pieces.is_empty());
    for piece in pieces {
        assert_eq!(piece["type"], "textResponseChunk");
        assert_eq!(
            (&piece["close"], &piece["error"], &piece["sources"]),
            (&json!(false), &json!(false), &json!([]))
        );
        assert!(!piece["textResponse"].as_str().unwrap().is_empty());
        assert_eq!(piece["id"], piece["uuid"]);
    }
    assert_eq!(
        (&closing["type"], &closing["textResponse"]),
        (&json!("textResponseChunk"), &json!(""))
    );
    assert_eq!(closing["close"], true);
    assert_eq!(
        (&last["type"], &last["close"], &last["error"]),
        (&json!("finalizeResponseStream"), &json!(true), &json!(false))
    );
    assert!(last["metrics"]["total_tokens"].as_i64().unwrap() > 0);
    let text: String = pieces
        .iter()
        .map(|piece| piece["textResponse"].as_str().unwrap())
        .collect();
    let rows = work.rows().await;
    assert_eq!(text, rows[1].content);
    assert_eq!(last["chatId"].as_i64(), Some(rows[1].seq));
});

both!(sessions_are_conversations_of_their_own, async |kind: Kind| {
    let work = Work::begin(kind).await;
    for (session, message) in [
        (None, "First"),
        (Some("a"), "Second"),
        (Some("b"), "Third"),
        (Some("a"), "Fourth"),
    ] {
        let body = json!({ "message": message, "sessionId": session });
        work.post("/chat", body).await.expect(200);
    }
    for (query, expected) in [
        ("", vec!["First"]),
        ("?apiSessionId=a", vec!["Second", "Fourth"]),
        ("?apiSessionId=a&orderBy=desc", vec!["Fourth", "Second"]),
        ("?apiSessionId=a&limit=1", vec!["Second"]),
        ("?apiSessionId=a&limit=1&orderBy=desc", vec!["Fourth"]),
        ("?apiSessionId=nobody", vec![]),
    ] {
        let history = work.history(&format!("/chats{query}")).await;
        let said: Vec<&str> = history
            .iter()
            .filter(|said| said["role"] == "user")
            .map(|said| said["content"].as_str().unwrap())
            .collect();
        assert_eq!(said, expected, "{query}");
        assert_eq!(history.len(), 2 * expected.len(), "{query}");
    }
    let rows = work.rows().await;
    assert!(rows.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(rows[2].thread_id, rows[6].thread_id);
});

both!(two_keys_users_in_one_workspace_do_not_meet, async |kind: Kind| {
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
    let path = format!("/api/v1/workspace/{slug}");
    for (key, secret) in [(&maras, "MARAS-SECRET"), (&noras, "NORAS-SECRET")] {
        let body = json!({ "message": format!("Remember {secret}"), "sessionId": "same" });
        work.app
            .post(&format!("{path}/chat"), &key.secret, body)
            .await
            .expect(200);
    }
    for (key, own, others) in [
        (&maras, "MARAS-SECRET", "NORAS-SECRET"),
        (&noras, "NORAS-SECRET", "MARAS-SECRET"),
    ] {
        let body = json!({ "message": "What was I to remember?", "sessionId": "same" });
        let answer = work
            .app
            .post(&format!("{path}/chat"), &key.secret, body)
            .await
            .expect(200);
        assert!(!answer.text.contains(others));
        let history = work
            .app
            .get(&format!("{path}/chats?apiSessionId=same"), &key.secret)
            .await
            .expect(200);
        assert!(history.text.contains(own) && !history.text.contains(others));
    }
});

both!(json_that_is_called_text_is_read, async |kind: Kind| {
    let work = Work::begin(kind).await;
    for content_type in [Some("text/plain;charset=UTF-8"), None] {
        let mut request = work
            .app
            .request(reqwest::Method::POST, &work.path("/chat"))
            .bearer_auth(&work.key.secret)
            .body(r#"{"message":"Hello"}"#);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        assert_eq!(send(request).await.expect(200).json()["type"], "textResponse");
    }
    let request = work
        .app
        .request(reqwest::Method::POST, &work.path("/chat"))
        .bearer_auth(&work.key.secret)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("message=Hello");
    send(request).await.expect(415);
});

both!(
    a_query_without_documents_is_refused_and_forgotten,
    async |kind: Kind| {
        let work = Work::begin(kind).await;
        work.post("/update", json!({ "queryRefusalResponse": "Not in the guide." }))
            .await
            .expect(200);
        let answer = work.post("/chat", json!({ "message": "Where is Graça?", "mode": "query" }));
        let answer = answer.await.expect(200).json();
        assert_eq!(
            (&answer["type"], &answer["textResponse"]),
            (&json!("textResponse"), &json!("Not in the guide."))
        );
        let rows = work.rows().await;
        assert_eq!(rows.len(), 2, "it is stored");
        for row in &rows {
            assert_eq!(row.user_id, work.mara.id);
            assert!(!row.in_context, "and is in no later prompt");
        }
        assert_eq!(work.history("/chats").await, Vec::<Value>::new());

        work.post("/update", json!({ "queryRefusalResponse": null, "chatMode": "query" }))
            .await
            .expect(200);
        let frames = frames(&work, "/stream-chat", json!({ "message": "Where is Graça?" })).await;
        assert_eq!(
            frames[0]["textResponse"],
            "There is no relevant information in this workspace to answer your query."
        );
        assert_eq!(frames.last().unwrap()["type"], "finalizeResponseStream");
    }
);

both!(sessions_begun_at_once_are_one_conversation, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let say = |at: usize| {
        work.post(
            "/chat",
            json!({ "message": format!("Message {at}"), "sessionId": "same" }),
        )
    };
    let answers = futures::future::join_all((0..8).map(say)).await;
    for answer in answers {
        answer.expect(200);
    }
    let rows = work.rows().await;
    assert_eq!(rows.len(), 16);
    assert!(rows.iter().all(|row| row.thread_id == rows[0].thread_id));
});

both!(a_request_that_is_repeated_is_answered_once, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let say = || {
        let request = work.app.request(reqwest::Method::POST, &work.path("/chat"));
        let request = request.bearer_auth(&work.key.secret).header("idempotency-key", "one");
        send(request.json(&json!({ "message": "Hello", "reset": true })))
    };
    let first = say().await.expect(200).json();
    let again = say().await.expect(200).json();
    assert_eq!(first["chatId"], again["chatId"]);
    assert_eq!(work.rows().await.len(), 2);
    assert_eq!(
        work.history("/chats").await.len(),
        2,
        "and it does not reset what it said"
    );
});
