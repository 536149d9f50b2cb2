//! Threads and messages as the pages get them.

use std::time::Duration;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::team_members::TeamRole;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::{Talk, post_chat, rows};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User, send};

async fn open(app: &TestApp, user: &User, id: &str) -> Value {
    app.function(&user.cookie, "open_thread", json!({ "id": id }))
        .await
        .expect(200)
        .json()
}

both!(a_message_is_what_the_viewer_may_see_of_it, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let (otto, vera) = (app.user("otto").await, app.user("vera").await);
    let team = app.team(mara, "Team").await;
    app.join(mara, &team, &otto, TeamRole::Member).await;
    app.join(mara, &team, &vera, TeamRole::Viewer).await;
    let key = app.key(mara, json!({ "name": "My CLI", "teamId": team })).await;
    let body = json!({ "content": "# Typed <i>as is</i>" });
    let request = post_chat(app, &key.secret, &body).header("x-request-id", "req-7");
    let mut following = Following::open(request, 0).await;
    talk.model
        .answers("# Title\n\n<script>alert(1)</script>\n\n- [x](javascript:alert(2))")
        .await;
    following.end().await;
    let thread_id = following.thread_id.clone();
    let share = json!({ "visibility": "shared" });
    app.call("PATCH", &format!("/api/threads/{thread_id}"), &mara.token, Some(share))
        .await
        .expect(200);

    for (viewer, author, mine, writable) in [
        (mara, Value::Null, true, true),
        (&otto, json!("mara"), false, true),
        (&vera, json!("mara"), false, false),
    ] {
        let open = open(app, viewer, &thread_id).await;
        assert_eq!(open["writable"], writable);
        assert_eq!(open["row"]["byProgram"], true);
        assert_eq!(
            (&open["cursor"], open["messages"].as_array().map(Vec::len)),
            (&Value::Null, Some(2))
        );
        let (asked, answer) = (&open["messages"][0], &open["messages"][1]);
        assert_eq!(
            (&asked["text"], &asked["blocks"]),
            (&json!("# Typed <i>as is</i>"), &json!([]))
        );
        assert_eq!(
            (&asked["author"], &asked["mine"], &asked["via"]),
            (&author, &json!(mine), &json!("My CLI"))
        );
        assert_eq!(
            (&answer["author"], &answer["text"], &answer["via"]),
            (&Value::Null, &json!(""), &json!("My CLI"))
        );
        assert_eq!(
            (&answer["model"], &answer["requestId"]),
            (&json!("stand-in"), &json!("req-7"))
        );
        let html: Vec<&str> = answer["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|html| html.as_str().unwrap())
            .collect();
        let html = html.join("\n");
        assert!(
            html.contains("Title") && !html.contains("<script") && !html.contains("href=\"javascript"),
            "{html}"
        );
    }
});

both!(older_messages_come_by_pages_until_the_beginning, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let thread = app
        .post("/api/threads", &mara.token, json!({}))
        .await
        .expect(201)
        .json();
    let thread_id = thread["thread"]["id"].as_str().unwrap();
    let now = app.clock.now();
    let rows = (0..130).map(|at| messages::ActiveModel {
        id: Set(domain::clock::new_id()),
        thread_id: Set(thread_id.to_owned()),
        user_id: Set(mara.id.clone()),
        role: Set(if at % 2 == 0 {
            MessageRole::User
        } else {
            MessageRole::Assistant
        }),
        content: Set(format!("Text {at}")),
        status: Set(MessageStatus::Complete),
        in_context: Set(true),
        superseded_at: Set((at == 60).then_some(now)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    });
    messages::Entity::insert_many(rows)
        .exec(app.core.db.write())
        .await
        .unwrap();

    let mut page = open(&app, &mara, thread_id).await;
    let mut pages = vec![page["messages"].take()];
    while let Some(cursor) = page["cursor"].as_str() {
        let arguments = json!({ "id": thread_id, "cursor": cursor });
        let foreign = app.function(&otto.cookie, "older_messages", arguments.clone()).await;
        foreign.expect(404);
        let older = app.function(&mara.cookie, "older_messages", arguments).await;
        page = older.expect(200).json();
        pages.push(page["messages"].take());
    }
    let lengths: Vec<_> = pages.iter().map(|page| page.as_array().unwrap().len()).collect();
    assert_eq!(lengths, [50, 50, 29]);
    pages.reverse();
    let all: Vec<Value> = pages
        .into_iter()
        .flat_map(|mut page| std::mem::take(page.as_array_mut().unwrap()))
        .collect();
    let expected: Vec<usize> = (0..130).filter(|at| *at != 60).collect();
    for (message, at) in all.iter().zip(&expected) {
        if at % 2 == 0 {
            assert_eq!(message["text"], format!("Text {at}"));
        } else {
            assert!(message["blocks"][0].as_str().unwrap().contains(&format!("Text {at}")));
        }
    }
    for bad in ["", "x"] {
        let arguments = json!({ "id": thread_id, "cursor": bad });
        let answer = app.function(&mara.cookie, "older_messages", arguments).await;
        assert_eq!(answer.expect(400).json()["code"], "invalid_cursor");
    }
});

both!(what_is_being_written_is_shown_as_far_as_it_is, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Question").await;
    let thread_id = following.thread_id.clone();
    let shown = async || {
        let open = open(&talk.app, &talk.mara, &thread_id).await;
        (open["row"]["answering"].clone(), open["messages"][1].clone())
    };
    let (answering, answer) = shown().await;
    assert_eq!((answering, &answer["blocks"]), (json!(true), &json!([])));
    exchange.say("Half of");
    following.hear("Half of").await;
    let (_, answer) = shown().await;
    assert!(answer["blocks"][0].as_str().unwrap().contains("Half of"), "{answer}");
    exchange.say(" the whole");
    exchange.finish();
    following.end().await;
    let (answering, answer) = shown().await;
    assert_eq!((answering, &answer["status"]), (json!(false), &json!("complete")));
    assert!(
        answer["blocks"][0].as_str().unwrap().contains("Half of the whole"),
        "{answer}"
    );
});

both!(details_tell_what_it_took, async |kind: Kind| {
    let talk = Talk::with_window(kind, Some(4_096)).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let otto = app.user("otto").await;
    let team = app.team(mara, "Team").await;
    app.join(mara, &team, &otto, TeamRole::Member).await;
    let key = app.key(mara, json!({ "name": "My CLI", "teamId": team })).await;
    let body = json!({ "content": "Question" });
    let mut following = Following::open(post_chat(app, &key.secret, &body).header("x-request-id", "req-8"), 0).await;
    let exchange = talk.model.asked().await;
    let id = following.message_id.clone();
    let details = async |user: &User| {
        let details = app.function(&user.cookie, "message_details", json!({ "id": id })).await;
        details.expect(200).json()
    };
    assert_eq!(details(mara).await["endedAt"], Value::Null);
    app.clock.advance(Duration::from_secs(3));
    exchange.say("Answer");
    exchange.finish();
    following.end().await;
    let told = details(mara).await;
    let prefix = &key.secret[..told["keyPrefix"].as_str().unwrap().len()];
    let expected = json!({
        "model": "stand-in", "modelId": "stand-in",
        "usage": { "inputTokens": 11, "outputTokens": 7, "totalTokens": 18 },
        "startedAt": "2026-01-15T10:00:00.000Z", "endedAt": "2026-01-15T10:00:03.000Z",
        "via": "My CLI", "keyPrefix": prefix, "sources": [],
        "promptReport": told["promptReport"], "reasoning": null, "requestId": "req-8", "finishReason": "stop",
    });
    assert_eq!(told, expected);
    let report = &told["promptReport"];
    assert_eq!(
        (&report["window"], &report["included"], &report["omitted"]),
        (&json!(4_096), &json!(0), &json!(false))
    );
    // Which key it was is its owner's business.
    let share = json!({ "visibility": "shared" });
    app.call(
        "PATCH",
        &format!("/api/threads/{}", following.thread_id),
        &mara.token,
        Some(share),
    )
    .await
    .expect(200);
    let others = details(&otto).await;
    assert_eq!((&others["via"], &others["keyPrefix"]), (&json!("My CLI"), &Value::Null));
    // Of what was said there is little to tell, and nothing fails.
    let said = rows(app, &following.thread_id).await[0].id.clone();
    let details = app
        .function(&mara.cookie, "message_details", json!({ "id": said }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&details["model"], &details["promptReport"]),
        (&Value::Null, &Value::Null)
    );
});

both!(a_prompt_that_was_shortened_says_so, async |kind: Kind| {
    let talk = Talk::with_window(kind, Some(512)).await;
    let (thread_id, _) = talk.exchange(None, &"Long question ".repeat(400), "Short").await;
    let (_, id) = talk.exchange(Some(&thread_id), "Next", "Answer").await;
    let details = talk
        .app
        .function(&talk.mara.cookie, "message_details", json!({ "id": id }))
        .await;
    let report = details.expect(200).json()["promptReport"].take();
    let shortened = &report["shortened"][0];
    assert_eq!(shortened["piece"], "turn", "{report}");
    assert!(
        shortened["age"].is_u64() && shortened["from"].as_u64() > shortened["to"].as_u64(),
        "{report}"
    );
    let message = json!({ "id": id });
    let text = talk
        .app
        .function(&talk.mara.cookie, "message_text", message)
        .await
        .expect(200);
    assert_eq!(text.json(), "Answer");
});

both!(functions_of_the_chat_are_for_who_is_signed_in, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let id = domain::clock::new_id();
    for name in [
        "sidebar",
        "archived_threads",
        "open_thread",
        "older_messages",
        "change_thread",
        "delete_thread",
        "restore_thread",
        "mark_read",
        "archive_all",
        "delete_all",
        "stop_answer",
        "regenerate",
        "rate",
        "message_text",
        "message_details",
    ] {
        let arguments = json!({ "id": id, "cursor": "x", "change": {}, "confirmation": "x", "feedback": "up" });
        for cookie in ["", "latchkey_session=x"] {
            let answer = app.function(cookie, name, arguments.clone()).await.expect(401);
            assert_eq!(answer.json()["code"], "unauthenticated", "{name}");
        }
        let request = app
            .function_request(&mara.cookie, name, &arguments)
            .bearer_auth(&key.secret);
        send(request).await.expect(403);
    }
});
