//! Answers that nobody writes any more are found by their lease, whoever is said to hold it.

use entity::Timestamp;
use entity::messages::{self, MessageRole, MessageStatus};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;

use super::Talk;
use crate::both;
use crate::support::{Kind, until};

/// Before and after the moment at which the held clock stands.
const PAST: &str = "2026-01-15T09:59:59.000Z";
const FUTURE: &str = "2026-01-15T11:00:00.000Z";

/// An answer in the middle, as a process leaves it that dies or can't write its end; its id.
async fn insert(talk: &Talk, thread_id: &str, owner: &str, until: &str) -> String {
    insert_with(talk, thread_id, (owner, until), "What had arrived").await
}

async fn insert_with(talk: &Talk, thread_id: &str, (owner, until): (&str, &str), text: &str) -> String {
    let id = domain::clock::new_id();
    let now = talk.app.clock.now();
    let row = messages::ActiveModel {
        id: Set(id.clone()),
        thread_id: Set(thread_id.to_owned()),
        user_id: Set(talk.mara.id.clone()),
        role: Set(MessageRole::Assistant),
        content: Set(text.to_owned()),
        status: Set(MessageStatus::Streaming),
        in_context: Set(true),
        lease_owner: Set(Some(owner.to_owned())),
        lease_until: Set(Some(until.parse::<Timestamp>().unwrap())),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    messages::Entity::insert(row)
        .exec(talk.app.core.db.write())
        .await
        .unwrap();
    id
}

/// Waits until it is marked, with what had arrived, and heard as that.
async fn interrupted(talk: &Talk, id: &str) {
    until("it is marked", async || {
        talk.row(id).await.status == MessageStatus::Interrupted
    })
    .await;
    let row = talk.row(id).await;
    assert_eq!(row.content, "What had arrived");
    assert_eq!((row.lease_owner, row.lease_until), (None, None));
    let mut following = talk.follow(id, 0).await;
    let end = following.end().await;
    assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("unavailable")));
    assert_eq!(following.text, "What had arrived");
}

both!(an_answer_of_a_process_that_died_is_marked, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (thread, _) = talk.exchange(None, "Hello", "Hi").await;
    let alive = insert(&talk, &thread, "another process", FUTURE).await;
    let died = insert(&talk, &thread, "a third process", PAST).await;
    interrupted(&talk, &died).await;
    // The same sweep has looked at this one.
    let row = talk.row(&alive).await;
    assert_eq!(row.status, MessageStatus::Streaming);
    assert_eq!(row.lease_owner.as_deref(), Some("another process"));
});

both!(
    an_answer_of_our_own_that_nobody_writes_is_marked_and_a_live_one_is_not,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (mut following, exchange) = talk.say("Tell me").await;
        exchange.say("Once");
        following.hear("Once").await;
        let own = talk.row(&following.message_id).await.lease_owner.unwrap();
        let orphan = insert(&talk, &following.thread_id, &own, PAST).await;
        interrupted(&talk, &orphan).await;
        let live = talk.row(&following.message_id).await;
        assert!(matches!(live.status, MessageStatus::Queued | MessageStatus::Streaming));
        assert_eq!(live.lease_owner, Some(own));
        exchange.say(" upon");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(following.text, "Once upon");
    }
);

both!(
    what_a_process_that_died_never_began_is_given_back,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (thread, _) = talk.exchange(None, "Hello", "Hi").await;
        let used = async || {
            let usage = talk
                .app
                .get("/api/user/usage", &talk.mara.token)
                .await
                .expect(200)
                .json();
            usage["messagesThisMonth"].as_i64().unwrap()
        };
        assert_eq!(used().await, 1);
        // As if they had been begun: two of which nothing came, and one of which something did.
        let taken = "UPDATE plan_usage SET messages = 4";
        talk.app.core.db.write().execute_unprepared(taken).await.unwrap();
        let mut died = Vec::new();
        for text in ["", "Once", ""] {
            died.push(insert_with(&talk, &thread, ("a third process", PAST), text).await);
        }
        for id in &died {
            until("it is marked", async || {
                talk.row(id).await.status == MessageStatus::Interrupted
            })
            .await;
        }
        until("two are given back", async || used().await == 2).await;
    }
);
