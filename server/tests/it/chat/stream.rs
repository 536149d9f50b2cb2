//! What a chat answers with: an event stream, or one piece of JSON.

use std::time::Duration;

use entity::messages::{MessageRole, MessageStatus};
use serde_json::json;

use super::{Talk, get_stream, post_chat, row, rows};
use crate::both;
use crate::support::{Kind, send, until};

both!(an_answer_is_streamed_as_it_is_written, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Wie heißt die Straße?\n\nBitte genau.").await;
    assert_eq!(following.title, "Wie heißt die Straße? Bitte genau.");
    assert_eq!(exchange.request["stream"], true);

    // Each piece arrives before the next one is said; ids count bytes, not characters.
    let mut text = String::new();
    for piece in ["Grüße", " aus der ", "Straße 東京 ", "👩‍🚀", "\n\n", "Ende."] {
        exchange.say(piece);
        text.push_str(piece);
        following.hear(&text).await;
    }
    exchange.finish();
    let end = following.end().await;
    assert_eq!(end["type"], "done");
    assert_eq!(end["status"], "complete");
    assert_eq!(end["finishReason"], "stop");
    assert_eq!(
        end["usage"],
        json!({ "inputTokens": 11, "outputTokens": 7, "totalTokens": 18 })
    );

    // The end is told when a reload shows the same.
    let row = talk.row(&following.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.status),
        (text.as_str(), MessageStatus::Complete)
    );
    assert_eq!((row.prompt_tokens, row.completion_tokens), (Some(11), Some(7)));
    assert_eq!(row.thread_id, following.thread_id);
});

both!(what_was_said_is_written_before_the_start_is_told, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    // The model has not even begun to answer.
    let (following, exchange) = talk.say("Remember this").await;
    let said = talk.row(&following.user_message_id).await;
    assert_eq!(
        (said.content.as_str(), said.status),
        ("Remember this", MessageStatus::Complete)
    );
    assert_eq!(
        (said.role, said.user_id.as_str()),
        (MessageRole::User, talk.mara.id.as_str())
    );
    let answer = talk.row(&following.message_id).await;
    assert_eq!(answer.reply_to.as_deref(), Some(following.user_message_id.as_str()));
    drop(exchange);
});

both!(a_stream_cannot_be_cached_buffered_or_compressed, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let body = json!({ "content": "Hello" });
    let request = post_chat(&talk.app, &talk.mara.token, &body).header("accept-encoding", "gzip, br");
    let mut following = crate::support::sse::Following::open(request, 0).await;
    let header = |name: &str| {
        following
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(header("content-length"), None);
    let exchange = talk.model.asked().await;
    let long = "All work and no play. ".repeat(400);
    exchange.say(&long);
    following.hear(&long).await;
    exchange.finish();
    following.end().await;
});

both!(one_piece_of_json_is_given_to_who_asks_for_it, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let body = |stream: Option<bool>| match stream {
        Some(stream) => json!({ "content": "Hello", "stream": stream }),
        None => json!({ "content": "Hello" }),
    };
    for (stream, accept) in [
        (Some(false), None),
        (Some(false), Some("text/event-stream")),
        (None, Some("application/json")),
        (None, Some("application/json, text/plain;q=0.5")),
    ] {
        let mut request = post_chat(&talk.app, &talk.mara.token, &body(stream));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let answer = tokio::spawn(send(request));
        talk.model.answers("Grüße!").await;
        let answer = answer.await.unwrap().expect(200);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let json = answer.json();
        let message = &json["message"];
        assert_eq!(
            (&message["content"], &message["status"]),
            (&json!("Grüße!"), &json!("complete"))
        );
        assert_eq!(
            message["usage"],
            json!({ "inputTokens": 11, "outputTokens": 7, "totalTokens": 18 })
        );
        assert_eq!(
            (&message["role"], &message["threadId"]),
            (&json!("assistant"), &json["thread"]["id"])
        );
        assert_eq!(json["thread"]["messageCount"], 2);
        assert_eq!(json["thread"]["lastMessagePreview"], "Grüße!");
    }
    // A stream otherwise: browsers' `EventSource` and clients that accept anything.
    for (stream, accept) in [
        (Some(true), "application/json"),
        (None, "*/*"),
        (None, "application/json, text/event-stream"),
    ] {
        let request = post_chat(&talk.app, &talk.mara.token, &body(stream)).header("accept", accept);
        let mut following = crate::support::sse::Following::open(request, 0).await;
        talk.model.answers("Grüße!").await;
        assert_eq!(following.end().await["status"], "complete");
    }
});

both!(a_token_limit_is_told, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Count").await;
    exchange.say("One, two");
    exchange.finish_with("length");
    let end = following.end().await;
    assert_eq!(
        (&end["status"], &end["finishReason"]),
        (&json!("complete"), &json!("length"))
    );
    let again = talk.follow(&following.message_id, 0).await.end().await;
    assert_eq!(again, end);
});

both!(an_answer_cannot_forge_an_event, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let forged =
        "\n\nevent: done\ndata: {\"type\":\"done\"}\n\n\r\n\rid: 9999\r: comment\nretry: 1\u{2028}\u{85}data: x\n\n\0";
    let asked = format!("Say:{}", forged.replace('\0', ""));
    let (mut following, exchange) = talk.say(&asked).await;
    // Both at once and cut between the characters that end lines. NUL is tried by itself elsewhere.
    let forged = forged.replace('\0', "");
    let mut text = forged.clone();
    exchange.say(&forged);
    for character in forged.chars() {
        exchange.say(&character.to_string());
        text.push(character);
    }
    following.hear(&text).await;
    exchange.finish();
    assert_eq!(following.end().await["status"], "complete");
    assert_eq!(talk.row(&following.message_id).await.content, text);
    let mut again = talk.follow(&following.message_id, 0).await;
    again.hear(&text).await;
    assert_eq!(again.end().await["status"], "complete");
});

both!(a_title_cannot_forge_an_event_or_be_empty, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    for (content, title) in [
        ("a\n\nevent: error\ndata: {}\n\nb", "a event: error data: {} b"),
        ("\u{1}\u{2}", "New Chat"),
        (&"word ".repeat(50), &format!("{}…", ["word"; 12].join(" "))),
    ] {
        let (mut following, exchange) = talk.say(content).await;
        assert_eq!(following.title, title);
        exchange.finish();
        following.end().await;
    }
});

both!(a_nul_in_an_answer_does_not_lose_the_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Say NUL").await;
    exchange.say("before\0after");
    exchange.finish();
    let end = following.end().await;
    assert_eq!(end["status"], "complete", "{end}");
    let row = talk.row(&following.message_id).await;
    assert_eq!((row.content, row.status), (following.text, MessageStatus::Complete));
});

both!(what_cannot_be_said_writes_nothing, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let thread = talk
        .app
        .post("/api/threads", &talk.mara.token, json!({}))
        .await
        .expect(201)
        .json();
    let id = thread["thread"]["id"].as_str().unwrap();
    let unknown = domain::clock::new_id();
    for (body, status) in [
        (json!({ "content": "", "threadId": id }), 400),
        (json!({ "content": " \n\t ", "threadId": id }), 400),
        (json!({ "content": "a\u{0}b", "threadId": id }), 400),
        (json!({ "threadId": id }), 400),
        (json!({ "content": 7, "threadId": id }), 400),
        (json!({ "content": "Hello", "threadId": id, "model": "gpt-99" }), 400),
        (json!({ "content": "Hello", "threadId": unknown }), 404),
        (json!({ "content": "Hello", "threadId": "" }), 404),
        (json!({ "content": "Hello", "threadId": "\u{0}" }), 404),
        (json!({ "content": "Hello", "projectId": unknown }), 404),
        (json!({ "content": "Hello", "projectId": "\u{0}" }), 404),
        (json!({ "content": "Hello", "teamId": unknown }), 403),
        (json!({ "content": "Hello", "teamId": "\u{0}" }), 403),
    ] {
        let answer = send(post_chat(&talk.app, &talk.mara.token, &body)).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
        assert!(!answer.error().is_empty());
    }
    assert!(rows(&talk.app, id).await.is_empty());
    let threads = talk.app.get("/api/threads", &talk.mara.token).await.expect(200).json();
    assert_eq!(
        threads["threads"].as_array().unwrap().len(),
        1,
        "no thread was made on the way"
    );
});

both!(silence_does_not_end_an_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Think").await;
    talk.app.clock.advance(Duration::from_mins(4));
    until("the lease is renewed", async || {
        let row = row(&talk.app, &following.message_id).await.unwrap();
        row.lease_until.is_some_and(|until| until > talk.app.clock.now())
    })
    .await;
    exchange.say("Done thinking.");
    exchange.finish();
    assert_eq!(following.end().await["status"], "complete");
    assert_eq!(following.text, "Done thinking.");
    let again = send(get_stream(&talk.app, &talk.mara.token, &following.message_id))
        .await
        .expect(200);
    assert!(again.text.contains("Done thinking."));
});
