//! A key that runs out ends the streams it opened, also one that never rests; the answers go on.

use std::time::{Duration, Instant};

use entity::messages::MessageStatus;
use serde_json::{Value, json};

use super::{Talk, get_stream, post_chat};
use crate::both;
use crate::support::model_server::Exchange;
use crate::support::sse::{Event, Events, Following};
use crate::support::{Kind, send, until};

/// A look every second, and a loaded machine.
const SOON: Duration = Duration::from_secs(5);

/// A key of Mara's that is good for an hour.
async fn for_an_hour(talk: &Talk) -> String {
    let body = json!({ "name": "CLI", "expiresAt": "2026-01-15T11:00:00Z" });
    talk.app.key(&talk.mara, body).await.secret
}

/// Lets the model say piece after piece, each as soon as the one before was heard, until something else is heard.
async fn talked_at(events: &mut Events, exchange: &Exchange, heard: &mut String) -> Event {
    let started = Instant::now();
    while started.elapsed() < SOON {
        exchange.say("and ");
        let event = events.next().await.unwrap();
        if event.name != "delta" {
            return event;
        }
        heard.push_str(event.data["content"].as_str().unwrap());
    }
    panic!("the stream goes on with a key that has expired");
}

fn assert_expired(data: &Value) {
    assert_eq!(
        (&data["type"], &data["code"]),
        (&json!("error"), &json!("api_key_expired")),
        "{data}"
    );
}

both!(
    a_key_that_expires_ends_a_stream_that_keeps_moving,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let key = for_an_hour(&talk).await;
        let mut events = Events::open(post_chat(&talk.app, &key, &json!({ "content": "Tell me" }))).await;
        assert_eq!(events.next().await.unwrap().name, "thread");
        let start = events.next().await.unwrap();
        let message_id = start.data["messageId"].as_str().unwrap().to_owned();
        let exchange = talk.model.asked().await;
        let mut heard = String::new();
        while heard.len() < 40 {
            exchange.say("and ");
            let event = events.next().await.unwrap();
            assert_eq!(event.name, "delta", "the key is good still");
            heard.push_str(event.data["content"].as_str().unwrap());
        }

        talk.app.clock.advance(Duration::from_mins(61));
        let end = talked_at(&mut events, &exchange, &mut heard).await;
        assert_eq!(end.name, "error");
        assert_expired(&end.data);
        assert_eq!(end.data["messageId"], *message_id);
        assert_eq!(events.next().await, None, "nothing comes after the end");

        exchange.say("the end.");
        exchange.finish();
        until("the answer is complete", async || {
            talk.row(&message_id).await.status == MessageStatus::Complete
        })
        .await;
        let row = talk.row(&message_id).await;
        assert!(row.content.starts_with(&heard) && row.content.ends_with("the end."));
        // Whoever may still read it has all of it.
        let mut again = talk.follow(&message_id, 0).await;
        assert_eq!(again.end().await["status"], "complete");
        assert_eq!(again.text, row.content);
    }
);

both!(a_key_that_expires_ends_what_waits_with_it, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let key = for_an_hour(&talk).await;
    let (following, exchange) = talk.say("Tell me").await;
    let mut with_key = Following::open(get_stream(&talk.app, &key, &following.message_id), 0).await;
    let body = json!({ "content": "Tell me", "stream": false });
    let waiting = tokio::spawn(send(post_chat(&talk.app, &key, &body)));
    let waited_for = talk.model.asked().await;

    talk.app.clock.advance(Duration::from_mins(61));
    let advanced = Instant::now();
    assert_expired(&with_key.end().await);
    waiting.await.unwrap().expect_error(401, "api_key_expired");
    assert!(advanced.elapsed() < SOON, "{:?}", advanced.elapsed());
    drop((exchange, waited_for));
});
