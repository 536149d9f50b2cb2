//! What a list shows of a thread is the beginning of its newest message: of one that is there.

use serde_json::{Value, json};

use super::{Talk, rows};
use crate::both;
use crate::support::Kind;

/// What the list and the thread itself say.
async fn preview(talk: &Talk, thread_id: &str) -> Value {
    let path = format!("/api/threads/{thread_id}");
    let mut read = talk.app.get(&path, &talk.mara.token).await.expect(200).json();
    let read = read["thread"]["lastMessagePreview"].take();
    let list = talk.app.get("/api/threads", &talk.mara.token).await.expect(200).json();
    let listed = list["threads"].as_array().unwrap();
    let listed = listed.iter().find(|thread| thread["id"] == thread_id).unwrap();
    assert_eq!(listed["lastMessagePreview"], read);
    read
}

async fn delete(talk: &Talk, thread_id: &str, message_id: &str) {
    let path = format!("/api/threads/{thread_id}/messages/{message_id}");
    talk.app.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
}

both!(deleting_messages_brings_the_preview_back, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (other, _) = talk.exchange(None, "Elsewhere", "Elsewhere too").await;
    let (thread, _) = talk.exchange(None, "One", "First answer").await;
    talk.exchange(Some(&thread), "Two", "Second answer").await;
    assert_eq!(preview(&talk, &thread).await, "Second answer");
    let ids: Vec<String> = rows(&talk.app, &thread).await.into_iter().map(|row| row.id).collect();
    let [one, first, two, second] = ids.as_slice() else {
        panic!("{ids:?}")
    };
    for (gone, expected) in [
        // One in the middle is not what the list shows.
        (first, json!("Second answer")),
        (second, json!("Two")),
        (two, json!("One")),
        (one, json!(null)),
    ] {
        delete(&talk, &thread, gone).await;
        assert_eq!(preview(&talk, &thread).await, expected);
    }
    assert_eq!(preview(&talk, &other).await, "Elsewhere too");
    // It fills again.
    talk.exchange(Some(&thread), "Three", "Third answer").await;
    assert_eq!(preview(&talk, &thread).await, "Third answer");
});

both!(
    an_answer_deleted_while_it_is_written_does_not_live_on_in_the_preview,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (thread, _) = talk.exchange(None, "One", "First answer").await;
        let (mut following, exchange) = talk.say_in(Some(&thread), "Two").await;
        exchange.say("Half of an");
        following.hear("Half of an").await;
        delete(&talk, &thread, &following.message_id).await;
        assert_eq!(preview(&talk, &thread).await, "Two");
        // Followers hear of the end when everything is written.
        following.until_cut().await;
        exchange.hung_up().await;
        assert_eq!(preview(&talk, &thread).await, "Two");
    }
);

both!(
    a_thread_emptied_while_it_is_answered_has_no_preview,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (mut following, exchange) = talk.say("One").await;
        let thread = following.thread_id.clone();
        exchange.say("Half of an");
        following.hear("Half of an").await;
        delete(&talk, &thread, &following.user_message_id).await;
        delete(&talk, &thread, &following.message_id).await;
        following.until_cut().await;
        exchange.hung_up().await;
        assert!(rows(&talk.app, &thread).await.is_empty());
        assert_eq!(preview(&talk, &thread).await, json!(null));
    }
);
