//! Ending an answer early.

use entity::messages::MessageStatus;
use entity::usage_daily;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{Talk, post_chat, row, rows};
use crate::both;
use crate::support::{Kind, send};

both!(stopping_keeps_what_had_arrived, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let key = talk.app.key(&talk.mara, json!({ "name": "CLI" })).await;
    let body = json!({ "content": "Tell me" });
    let mut following = crate::support::sse::Following::open(post_chat(&talk.app, &key.secret, &body), 0).await;
    let exchange = talk.model.asked().await;
    exchange.say("Once upon a");
    following.hear("Once upon a").await;

    let path = format!("/api/chat/{}/stop", following.message_id);
    let stopped = talk
        .app
        .post(&path, &talk.mara.token, json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(stopped["message"]["id"], *following.message_id);
    assert_eq!(stopped["message"]["status"], "stopped");
    assert_eq!(stopped["message"]["content"], "Once upon a");

    let end = following.end().await;
    assert_eq!((&end["type"], &end["status"]), (&json!("done"), &json!("stopped")));
    assert_eq!(end["finishReason"], "stopped");
    // Nobody listens to the model any more: no tokens are paid for that nobody reads.
    exchange.hung_up().await;

    let row = talk.row(&following.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.status),
        ("Once upon a", MessageStatus::Stopped)
    );
    assert_eq!(
        (row.finish_reason.as_deref(), row.lease_owner, row.error),
        (Some("stopped"), None, None)
    );
    assert_eq!(
        (row.user_id.as_str(), row.api_key_id.as_deref()),
        (talk.mara.id.as_str(), Some(key.id.as_str()))
    );
    let used = usage_daily::Entity::find().all(talk.app.core.db.read()).await.unwrap();
    assert_eq!((used.len(), used[0].messages), (1, 1), "what was stopped was used");

    // Stopped again, and replayed: the same.
    let again = talk
        .app
        .post(&path, &talk.mara.token, json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(again, stopped);
    let mut replay = talk.follow(&following.message_id, 0).await;
    assert_eq!(replay.end().await, end);
    assert_eq!(replay.text, "Once upon a");
});

both!(stopping_before_the_model_has_said_anything, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    let path = format!("/api/chat/{}/stop", following.message_id);
    talk.app.post(&path, &talk.mara.token, json!({})).await.expect(200);
    assert_eq!(following.end().await["status"], "stopped");
    exchange.hung_up().await;
    // The empty answer does not stand in the way of the conversation.
    let (mut next, exchange) = talk.say_in(Some(&following.thread_id), "Then tell me this").await;
    assert_eq!(
        exchange.prompt(),
        [("user".to_owned(), "Tell me\n\nThen tell me this".to_owned())]
    );
    exchange.say("Well");
    exchange.finish();
    assert_eq!(next.end().await["status"], "complete");
});

both!(stopping_what_is_over_changes_nothing, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (thread_id, id) = talk.exchange(None, "Tell me", "All of it.").await;
    let before = talk.row(&id).await;
    let said = rows(&talk.app, &thread_id).await[0].clone();
    for message in [&before, &said] {
        let path = format!("/api/chat/{}/stop", message.id);
        let answer = talk
            .app
            .post(&path, &talk.mara.token, json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(answer["message"]["status"], "complete");
        assert_eq!(talk.row(&message.id).await, *message);
    }
});

both!(a_stopped_answer_is_given_to_who_waits_for_json, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let thread = talk
        .app
        .post("/api/threads", &talk.mara.token, json!({}))
        .await
        .expect(201)
        .json();
    let thread_id = thread["thread"]["id"].as_str().unwrap();
    let body = json!({ "content": "Tell me", "threadId": thread_id, "stream": false });
    let waiting = tokio::spawn(send(post_chat(&talk.app, &talk.mara.token, &body)));
    let exchange = talk.model.asked().await;
    let id = rows(&talk.app, thread_id).await[1].id.clone();
    exchange.say("Half");
    crate::support::until("half is written", async || talk.row(&id).await.content == "Half").await;
    talk.app
        .post(&format!("/api/chat/{id}/stop"), &talk.mara.token, json!({}))
        .await
        .expect(200);
    let answer = waiting.await.unwrap().expect(200).json();
    assert_eq!(
        (&answer["message"]["status"], &answer["message"]["content"]),
        (&json!("stopped"), &json!("Half"))
    );
});

both!(deleting_the_message_ends_the_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    exchange.say("Once upon");
    following.hear("Once upon").await;
    let path = format!("/api/threads/{}/messages/{}", following.thread_id, following.message_id);
    talk.app.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
    following.until_cut().await;
    exchange.hung_up().await;
    assert_eq!(
        row(&talk.app, &following.message_id).await,
        None,
        "what was deleted stays deleted"
    );
    talk.app
        .get(&format!("/api/chat/{}/stream", following.message_id), &talk.mara.token)
        .await
        .expect(404);
    let left = rows(&talk.app, &following.thread_id).await;
    assert_eq!(left.len(), 1);
    let path = format!("/api/threads/{}", following.thread_id);
    let thread = talk.app.get(&path, &talk.mara.token).await.expect(200).json();
    assert_eq!(thread["thread"]["messageCount"], 1);
});

both!(deleting_the_thread_ends_its_answers, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut first, one) = talk.say("Tell me").await;
    let (mut second, two) = talk.say_in(Some(&first.thread_id), "And this").await;
    let (mut other, three) = talk.say("Elsewhere").await;
    one.say("Once");
    first.hear("Once").await;
    let path = format!("/api/threads/{}", first.thread_id);
    talk.app.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
    first.until_cut().await;
    second.until_cut().await;
    one.hung_up().await;
    two.hung_up().await;
    assert!(rows(&talk.app, &first.thread_id).await.is_empty());
    talk.app.get(&path, &talk.mara.token).await.expect(404);
    // Answers in other threads go on.
    three.say("Here");
    three.finish();
    assert_eq!(other.end().await["status"], "complete");
});
