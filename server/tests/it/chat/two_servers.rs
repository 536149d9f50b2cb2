//! Two servers on one database: what one writes, the other can show, follow and stop.

use std::time::Duration;

use entity::messages::MessageStatus;
use entity::usage_daily;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{Talk, get_stream, row};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, until};

async fn beside(talk: &Talk) -> TestApp {
    TestApp::on(talk.app.database.again(), |config| talk.model.configure(config, None)).await
}

both!(an_answer_is_followed_from_the_other_server, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let other = beside(&talk).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    let id = following.message_id.clone();
    let request = || get_stream(&other, &talk.mara.token, &id);
    let mut early = Following::open(request(), 0).await;
    exchange.say("Grüße aus");
    following.hear("Grüße aus").await;
    early.hear("Grüße aus").await;
    exchange.say(" 東京 und anderswo");
    exchange.finish();
    let end = following.end().await;
    assert_eq!(early.end().await, end);
    assert_eq!(early.text, "Grüße aus 東京 und anderswo");
    let mut late = Following::open(request(), 0).await;
    assert_eq!(late.end().await, end);
    assert_eq!(late.text, early.text);
});

both!(
    coming_back_through_the_other_server_repeats_nothing,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let other = beside(&talk).await;
        let (mut following, exchange) = talk.say("Tell me").await;
        // The other server asks the database, which is behind by up to a fifth of a second.
        exchange.say("One two three ");
        following.hear("One two three ").await;
        let from = following.text.len();
        let request = get_stream(&other, &talk.mara.token, &following.message_id).query(&[("after", from)]);
        let mut again = Following::open(request, from).await;
        exchange.say("four five.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(again.end().await["status"], "complete");
        assert_eq!(again.text, "four five.");
    }
);

async fn stop_through_the_other_server(kind: Kind, more: &str) {
    let talk = Talk::begin(kind).await;
    let other = beside(&talk).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    exchange.say("Once upon a");
    until("it is written", async || {
        talk.row(&following.message_id).await.content == "Once upon a"
    })
    .await;
    let path = format!("/api/chat/{}/stop", following.message_id);
    let stopped = other.post(&path, &talk.mara.token, json!({})).await.expect(200).json();
    assert_eq!(
        (&stopped["message"]["status"], &stopped["message"]["content"]),
        (&json!("stopped"), &json!("Once upon a"))
    );
    // The server that writes it finds out when there is more to write, or when it renews its lease.
    if more.is_empty() {
        talk.app.clock.advance(Duration::from_secs(2));
    } else {
        exchange.say(more);
    }
    let end = following.end().await;
    assert_eq!(
        (&end["type"], &end["status"], &end["finishReason"]),
        (&json!("done"), &json!("stopped"), &json!("stopped"))
    );
    exchange.hung_up().await;
    // What was heard is what a reload shows, and what was written is what was used.
    let row = talk.row(&following.message_id).await;
    assert_eq!((&row.content, row.status), (&following.text, MessageStatus::Stopped));
    assert_eq!(row.finish_reason.as_deref(), Some("stopped"));
    let used = usage_daily::Entity::find().all(talk.app.core.db.read()).await.unwrap();
    assert_eq!((used.len(), used[0].messages), (1, 1));
    assert_eq!(Some(used[0].completion_tokens), row.completion_tokens);
}

both!(stopping_a_silent_answer_through_the_other_server, async |kind: Kind| {
    stop_through_the_other_server(kind, "").await;
});

both!(
    stopping_a_growing_answer_through_the_other_server,
    async |kind: Kind| {
        stop_through_the_other_server(kind, " time").await;
    }
);

both!(deleting_through_the_other_server_ends_the_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let other = beside(&talk).await;
    let (mut following, exchange) = talk.say("Tell me").await;
    exchange.say("Once");
    following.hear("Once").await;
    let mut elsewhere = Following::open(get_stream(&other, &talk.mara.token, &following.message_id), 0).await;
    let path = format!("/api/threads/{}", following.thread_id);
    other.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
    exchange.say(" more");
    following.until_cut().await;
    elsewhere.until_cut().await;
    exchange.hung_up().await;
    talk.app.get(&path, &talk.mara.token).await.expect(404);
});

both!(
    an_orderly_end_of_one_server_ends_its_answers_and_its_streams,
    async |kind: Kind| {
        let mut talk = Talk::begin(kind).await;
        let other = beside(&talk).await;
        let (mut following, exchange) = talk.say("Tell me").await;
        exchange.say("Once upon a");
        following.hear("Once upon a").await;
        let mut elsewhere = Following::open(get_stream(&other, &talk.mara.token, &following.message_id), 0).await;
        talk.app.shut_down().await;
        let end = following.end().await;
        assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("unavailable")));
        assert_eq!(elsewhere.end().await["code"], "unavailable");
        assert_eq!(elsewhere.text, "Once upon a");
        let row = row(&other, &following.message_id).await.unwrap();
        assert_eq!(
            (row.content.as_str(), row.status),
            ("Once upon a", MessageStatus::Interrupted)
        );
    }
);
