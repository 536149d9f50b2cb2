//! What is being written is kept: a few times a second it goes to its row, with a lease that says its server lives.

use std::time::Duration;

use entity::messages::MessageStatus;
use serde_json::json;

use super::Talk;
use crate::both;
use crate::support::{Kind, until};

both!(the_text_so_far_is_in_the_database, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    let mut text = String::new();
    for piece in ["Grüße", " aus", " 東京"] {
        exchange.say(piece);
        text.push_str(piece);
        // The model is silent from here on until the text so far is written.
        until("the text so far is written", async || {
            talk.row(&following.message_id).await.content == text
        })
        .await;
        let row = talk.row(&following.message_id).await;
        assert_eq!(row.status, MessageStatus::Streaming);
        assert!(row.lease_owner.is_some());
        assert!(
            row.lease_until.unwrap() > talk.app.clock.now(),
            "a lease that has not run out"
        );
        assert_eq!((row.prompt_tokens, row.finish_reason), (None, None));
    }
    // A page that is loaded now shows it, and says that more will come.
    let path = format!("/api/threads/{}/messages", following.thread_id);
    let page = talk.app.get(&path, &talk.mara.token).await.expect(200).json();
    assert_eq!(
        (&page["messages"][1]["content"], &page["messages"][1]["status"]),
        (&json!(text), &json!("streaming"))
    );
    exchange.finish();
    following.end().await;
    let row = talk.row(&following.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.status),
        (text.as_str(), MessageStatus::Complete)
    );
    assert_eq!((row.lease_owner, row.lease_until), (None, None));
});

both!(a_silent_model_does_not_lose_the_lease, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    for _ in 0..3 {
        talk.app.clock.advance(Duration::from_mins(1));
        until("the lease is renewed", async || {
            talk.row(&following.message_id).await.lease_until.unwrap() > talk.app.clock.now()
        })
        .await;
        // The sweep must not take an answer that is alive for one of a server that died.
        let status = talk.row(&following.message_id).await.status;
        assert!(
            matches!(status, MessageStatus::Queued | MessageStatus::Streaming),
            "{status:?}"
        );
    }
    exchange.say("Here I am.");
    exchange.finish();
    assert_eq!(following.end().await["status"], "complete");
});

both!(
    a_thread_that_is_read_shows_text_that_is_not_written_yet,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (mut following, exchange) = talk.say("Tell me").await;
        exchange.say("just now");
        following.hear("just now").await;
        let path = format!("/api/threads/{}", following.thread_id);
        let thread = talk.app.get(&path, &talk.mara.token).await.expect(200).json();
        assert_eq!(thread["thread"]["messages"][1]["content"], "just now");
        drop(exchange);
    }
);
