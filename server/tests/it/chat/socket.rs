//! An answer belongs to the server, not to the socket that asked for it.

use entity::messages::MessageStatus;
use serde_json::json;

use super::{Talk, post_chat, row, rows};
use crate::both;
use crate::support::{Kind, send, until};

both!(closing_the_socket_does_not_end_the_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    exchange.say("The first half");
    following.hear("The first half").await;
    let id = following.message_id.clone();
    drop(following);
    exchange.say(" and the second.");
    exchange.finish();
    until("the answer is complete", async || {
        talk.row(&id).await.status == MessageStatus::Complete
    })
    .await;
    assert_eq!(talk.row(&id).await.content, "The first half and the second.");
    let mut again = talk.follow(&id, "The first half".len()).await;
    assert_eq!(again.end().await["status"], "complete");
    assert_eq!(again.text, " and the second.");
});

both!(
    closing_the_socket_before_the_model_answers_does_not_end_the_answer,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (following, exchange) = talk.say("Tell me").await;
        let id = following.message_id.clone();
        drop(following);
        exchange.say("All of it.");
        exchange.finish();
        until("the answer is complete", async || {
            talk.row(&id).await.status == MessageStatus::Complete
        })
        .await;
        assert_eq!(talk.row(&id).await.content, "All of it.");
    }
);

both!(
    going_away_while_waiting_for_json_does_not_end_the_answer,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let body = json!({ "content": "Tell me", "stream": false });
        let waiting = tokio::spawn(send(post_chat(&talk.app, &talk.mara.token, &body)));
        let exchange = talk.model.asked().await;
        exchange.say("All");
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        exchange.say(" of it.");
        exchange.finish();
        let threads = talk.app.get("/api/threads", &talk.mara.token).await.expect(200).json();
        let rows = rows(&talk.app, threads["threads"][0]["id"].as_str().unwrap()).await;
        let id = &rows[1].id;
        until("the answer is complete", async || {
            row(&talk.app, id)
                .await
                .is_some_and(|row| row.status == MessageStatus::Complete)
        })
        .await;
        assert_eq!(talk.row(id).await.content, "All of it.");
    }
);
