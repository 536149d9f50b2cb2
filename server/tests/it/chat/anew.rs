//! Asking for an answer anew, and saying something else instead: what they take the place of is in nothing any more.

use entity::messages;
use entity::team_members::TeamRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Talk, post_chat, row, rows};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User, send};

fn path(message_id: &str, act: &str) -> String {
    format!("/api/chat/{message_id}/{act}")
}

fn regenerate(app: &TestApp, bearer: &str, message_id: &str) -> reqwest::RequestBuilder {
    app.request(reqwest::Method::POST, &path(message_id, "regenerate"))
        .bearer_auth(bearer)
}

async fn thread(app: &TestApp, user: &User, thread_id: &str) -> Value {
    let path = format!("/api/threads/{thread_id}");
    app.get(&path, &user.token).await.expect(200).json()["thread"].take()
}

fn contents(thread: &Value) -> Vec<&str> {
    let messages = thread["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect()
}

fn prompt(turns: &[(&str, &str)]) -> Vec<(String, String)> {
    turns
        .iter()
        .map(|(role, text)| ((*role).to_owned(), (*text).to_owned()))
        .collect()
}

/// None of these messages is anywhere that anybody can look at, and all of their rows are kept.
async fn nowhere(talk: &Talk, thread_id: &str, gone: &[&messages::Model]) {
    let (app, mara) = (&talk.app, &talk.mara);
    for message in gone {
        let id = &message.id;
        for (method, path, body) in [
            ("GET", path(id, "stream"), None),
            ("POST", path(id, "stop"), Some(json!({}))),
            ("POST", path(id, "regenerate"), Some(json!({}))),
            ("POST", path(id, "feedback"), Some(json!({ "type": "up" }))),
            ("DELETE", format!("/api/threads/{thread_id}/messages/{id}"), None),
            (
                "POST",
                "/api/chat".to_owned(),
                Some(json!({ "content": "x", "replaces": id })),
            ),
        ] {
            app.call(method, &path, &mara.token, body)
                .await
                .expect_error(404, "not_found");
        }
        for name in ["message_text", "message_details"] {
            app.function(&mara.cookie, name, json!({ "id": id })).await.expect(404);
        }
        let kept = row(app, id).await.unwrap();
        assert!(kept.superseded_at.is_some());
        assert_eq!(kept.content, message.content);
    }
    let texts = [
        app.get(&format!("/api/threads/{thread_id}"), &mara.token).await.text,
        app.get(&format!("/api/threads/{thread_id}/messages"), &mara.token)
            .await
            .text,
        app.get(&format!("/api/export/{thread_id}"), &mara.token).await.text,
        app.get(&format!("/api/export/{thread_id}?format=markdown"), &mara.token)
            .await
            .text,
        app.get("/api/threads", &mara.token).await.text,
        app.function(&mara.cookie, "open_thread", json!({ "id": thread_id }))
            .await
            .text,
        app.function(&mara.cookie, "sidebar", json!({})).await.text,
    ];
    for text in &texts {
        for message in gone {
            assert!(!text.contains(&message.content), "{} in {text}", message.content);
            assert!(!text.contains(&message.id), "{text}");
        }
    }
}

both!(
    a_new_answer_takes_the_place_of_the_old_and_all_after_it,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let body = json!({ "content": "First question" });
        let first = post_chat(&talk.app, &talk.mara.token, &body).header("idempotency-key", "first");
        let mut following = Following::open(first, 0).await;
        talk.model.answers("First answer").await;
        following.end().await;
        let thread_id = following.thread_id.clone();
        talk.exchange(Some(&thread_id), "Second question", "Second answer")
            .await;
        let before = rows(&talk.app, &thread_id).await;
        let [said, old, more, most] = before.as_slice() else {
            panic!("{before:?}")
        };

        let request = regenerate(&talk.app, &talk.mara.token, &old.id).header("x-request-id", "again-1");
        let mut again = Following::open(request, 0).await;
        assert_eq!((&again.thread_id, &again.user_message_id), (&thread_id, &said.id));
        let exchange = talk.model.asked().await;
        assert_eq!(exchange.prompt(), prompt(&[("user", "First question")]));
        let meanwhile = thread(&talk.app, &talk.mara, &thread_id).await;
        assert_eq!(contents(&meanwhile), ["First question", ""]);
        exchange.say("Better answer");
        exchange.finish();
        assert_eq!(again.end().await["status"], "complete");

        let after = thread(&talk.app, &talk.mara, &thread_id).await;
        assert_eq!(contents(&after), ["First question", "Better answer"]);
        assert_eq!(
            (&after["messageCount"], &after["lastMessagePreview"]),
            (&json!(2), &json!("Better answer"))
        );
        assert_eq!(after["messages"][1]["requestId"], "again-1");
        nowhere(&talk, &thread_id, &[old, more, most]).await;
        // The first request, sent again, has no answer any more; it does not act a second time either.
        let repeated = post_chat(&talk.app, &talk.mara.token, &body).header("idempotency-key", "first");
        send(repeated).await.expect_error(404, "not_found");

        let (mut next, exchange) = talk.say_in(Some(&thread_id), "Third question").await;
        let turns = [
            ("user", "First question"),
            ("assistant", "Better answer"),
            ("user", "Third question"),
        ];
        assert_eq!(exchange.prompt(), prompt(&turns));
        exchange.say("Third answer");
        exchange.finish();
        next.end().await;
        // What is deleted leaves the beginning of what is there, not of what was.
        for id in [&next.message_id, &next.user_message_id, &again.message_id] {
            let path = format!("/api/threads/{thread_id}/messages/{id}");
            talk.app.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
        }
        let left = thread(&talk.app, &talk.mara, &thread_id).await;
        assert_eq!(
            (&left["messageCount"], &left["lastMessagePreview"]),
            (&json!(1), &json!("First question"))
        );
    }
);

both!(
    an_edited_message_takes_the_place_of_the_old_and_all_after_it,
    async |kind: Kind| {
        for with_thread in [true, false] {
            let talk = Talk::begin(kind).await;
            let (thread_id, _) = talk.exchange(None, "First question", "First answer").await;
            talk.exchange(Some(&thread_id), "Second question", "Second answer")
                .await;
            talk.exchange(Some(&thread_id), "Third question", "Third answer").await;
            let before = rows(&talk.app, &thread_id).await;
            let body = json!({
                "content": "Other question",
                "replaces": before[2].id,
                "threadId": with_thread.then_some(&thread_id),
            });
            let mut edited = Following::open(post_chat(&talk.app, &talk.mara.token, &body), 0).await;
            assert_eq!(edited.thread_id, thread_id);
            let exchange = talk.model.asked().await;
            let turns = [
                ("user", "First question"),
                ("assistant", "First answer"),
                ("user", "Other question"),
            ];
            assert_eq!(exchange.prompt(), prompt(&turns));
            exchange.say("Other answer");
            exchange.finish();
            edited.end().await;
            let after = thread(&talk.app, &talk.mara, &thread_id).await;
            let texts = ["First question", "First answer", "Other question", "Other answer"];
            assert_eq!(contents(&after), texts);
            assert_eq!(after["messageCount"], 4);
            nowhere(&talk, &thread_id, &before[2..].iter().collect::<Vec<_>>()).await;
        }
    }
);

both!(what_is_being_written_is_not_taken_away, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (thread_id, done) = talk.exchange(None, "First question", "First answer").await;
    let (mut running, exchange) = talk.say_in(Some(&thread_id), "Second question").await;
    exchange.say("Half");
    running.hear("Half").await;
    let before = rows(&talk.app, &thread_id).await;
    let in_the_way = "An answer is still being written. Stop it first, or wait until it is complete.";
    for answer in [&done, &running.message_id] {
        send(regenerate(&talk.app, &talk.mara.token, answer))
            .await
            .refused(409, "conflict", in_the_way);
    }
    for said in [&before[0].id, &before[2].id] {
        let body = json!({ "content": "Other", "replaces": said });
        send(post_chat(&talk.app, &talk.mara.token, &body))
            .await
            .refused(409, "conflict", in_the_way);
    }
    assert_eq!(rows(&talk.app, &thread_id).await.len(), 4, "nothing was written");
    assert!(
        rows(&talk.app, &thread_id)
            .await
            .iter()
            .all(|row| row.superseded_at.is_none())
    );
    // Stopped, it may go.
    let stop = path(&running.message_id, "stop");
    talk.app.post(&stop, &talk.mara.token, json!({})).await.expect(200);
    running.end().await;
    let mut again = Following::open(regenerate(&talk.app, &talk.mara.token, &running.message_id), 0).await;
    talk.model.answers("Whole").await;
    again.end().await;
    let after = thread(&talk.app, &talk.mara, &thread_id).await;
    assert_eq!(
        contents(&after),
        ["First question", "First answer", "Second question", "Whole"]
    );
});

both!(
    the_end_of_a_superseded_answer_elsewhere_is_not_shown,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let other = TestApp::on(talk.app.database.again(), |config| talk.model.configure(config, None)).await;
        let (running, exchange) = talk.say("Question").await;
        exchange.say("Old half");
        crate::support::until("half is written", async || {
            talk.row(&running.message_id).await.content == "Old half"
        })
        .await;
        // The other server stops it and asks anew before this one has found out.
        other
            .post(&path(&running.message_id, "stop"), &talk.mara.token, json!({}))
            .await
            .expect(200);
        let mut again = Following::open(regenerate(&other, &talk.mara.token, &running.message_id), 0).await;
        let anew = talk.model.asked().await;
        talk.app.clock.advance(std::time::Duration::from_secs(2));
        exchange.hung_up().await;
        anew.say("New half");
        again.hear("New half").await;
        anew.finish();
        again.end().await;
        crate::support::until("both ends are written", async || {
            talk.app.core.chat.text_of(&running.message_id).is_none()
        })
        .await;
        let after = thread(&talk.app, &talk.mara, &running.thread_id).await;
        assert_eq!(contents(&after), ["Question", "New half"]);
        assert_eq!(
            (&after["messageCount"], &after["lastMessagePreview"]),
            (&json!(2), &json!("New half"))
        );
    }
);

both!(only_what_is_ones_own_is_asked_anew_or_edited, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, vera) = (app.user("mara").await, app.user("otto").await, app.user("vera").await);
    let team = app.team(&mara, "Team").await;
    for user in [&otto, &vera] {
        app.join(&mara, &team, user, TeamRole::Member).await;
    }
    let body = json!({ "content": "Mara asks", "teamId": team, "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let thread_id = said["thread"]["id"].as_str().unwrap().to_owned();
    let share = json!({ "visibility": "shared" });
    app.call("PATCH", &format!("/api/threads/{thread_id}"), &mara.token, Some(share))
        .await
        .expect(200);
    let body = json!({ "content": "Vera asks", "threadId": thread_id, "stream": false });
    app.post("/api/chat", &vera.token, body).await.expect(200);
    let elsewhere = app
        .post(
            "/api/chat",
            &mara.token,
            json!({ "content": "Elsewhere", "stream": false }),
        )
        .await
        .expect(200)
        .json();
    let elsewhere = elsewhere["message"]["threadId"].as_str().unwrap().to_owned();
    let all = rows(&app, &thread_id).await;
    let [maras, maras_answer, veras, veras_answer] = all.as_slice() else {
        panic!("{all:?}")
    };
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;

    for (user, id, status) in [
        (&otto, &maras_answer.id, 404),
        (&mara, &veras_answer.id, 404),
        (&mara, &maras.id, 404),
        (&vera, &maras_answer.id, 403),
        (&vera, &veras_answer.id, 403),
    ] {
        let answer = send(regenerate(&app, &user.token, id)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    for (user, replaces, thread, status) in [
        (&otto, &maras.id, None, 404),
        (&mara, &veras.id, None, 404),
        (&mara, &maras_answer.id, None, 404),
        (&mara, &maras.id, Some(&elsewhere), 404),
        (&vera, &veras.id, Some(&thread_id), 403),
    ] {
        let body = json!({ "content": "Other", "replaces": replaces, "threadId": thread, "stream": false });
        let answer = app.post("/api/chat", &user.token, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert_eq!(rows(&app, &thread_id).await, all, "nothing was changed on the way");
    // Of a key's scope it is as of everything else.
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    send(regenerate(&app, &key.secret, &maras_answer.id)).await.expect(404);
    let key = app.key(&mara, json!({ "name": "Team CLI", "teamId": team })).await;
    let body = json!({ "stream": false });
    let answer = send(regenerate(&app, &key.secret, &maras_answer.id).json(&body))
        .await
        .expect(200);
    assert_eq!(answer.json()["message"]["apiKeyId"], *key.id);
});

both!(without_its_question_an_answer_is_not_asked_anew, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (thread_id, id) = talk.exchange(None, "Question", "Answer").await;
    let said = rows(&talk.app, &thread_id).await[0].id.clone();
    let delete = format!("/api/threads/{thread_id}/messages/{said}");
    talk.app
        .call("DELETE", &delete, &talk.mara.token, None)
        .await
        .expect(204);
    send(regenerate(&talk.app, &talk.mara.token, &id)).await.refused(
        409,
        "conflict",
        "The message it answers was deleted",
    );
    assert_eq!(talk.row(&id).await.superseded_at, None);
});

both!(asking_anew_is_asked_as_a_chat_is, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "content": "Hello", "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let id = said["message"]["id"].as_str().unwrap().to_owned();
    let anew = || regenerate(&app, &mara.token, &id);
    // What is wrong with a request, before anything is done.
    send(anew().json(&json!({ "model": "none-such" })))
        .await
        .invalid(&["model"]);
    send(anew().body("{}"))
        .await
        .expect_error(415, "unsupported_media_type");
    send(anew().header("content-type", "application/json").body("{"))
        .await
        .expect_error(400, "malformed_request");
    assert_eq!(row(&app, &id).await.unwrap().superseded_at, None);

    // As JSON, and once for each idempotency key.
    let body = json!({ "stream": false });
    let once = || anew().header("idempotency-key", "again").json(&body);
    let first = send(once()).await.expect(200).json();
    assert_ne!(first["message"]["id"], *id);
    assert_eq!(
        (&first["message"]["status"], &first["thread"]["messageCount"]),
        (&json!("complete"), &json!(2))
    );
    assert_eq!(send(once()).await.expect(200).json(), first);
    let other = anew().header("idempotency-key", "again").json(&json!({}));
    send(other).await.expect_error(422, "idempotency_key_reused");
    // Without a body it is a stream.
    let id = first["message"]["id"].as_str().unwrap();
    let mut stream = Following::open(regenerate(&app, &mara.token, id), 0).await;
    assert_eq!(stream.end().await["status"], "complete");
});

both!(of_many_who_ask_anew_at_once_one_does, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "content": "Hello", "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let (id, thread_id) = (
        said["message"]["id"].as_str().unwrap(),
        said["thread"]["id"].as_str().unwrap(),
    );
    let body = json!({ "stream": false });
    let asks = (0..8).map(|_| send(regenerate(&app, &mara.token, id).json(&body)));
    let answers = futures::future::join_all(asks).await;
    let status: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(status.iter().filter(|status| **status == 200).count(), 1, "{status:?}");
    assert!(status.iter().all(|status| matches!(status, 200 | 404)), "{status:?}");
    assert_eq!(thread(&app, &mara, thread_id).await["messageCount"], 2);
    assert_eq!(present(&app, thread_id).await, 2);
});

both!(editing_and_writing_on_at_once_keep_count, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "content": "Hello", "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let thread_id = said["thread"]["id"].as_str().unwrap();
    let first = rows(&app, thread_id).await[0].id.clone();
    let asks = (0..10).map(|at| {
        let replaces = (at % 3 == 0).then_some(&first);
        let body =
            json!({ "content": format!("Text {at}"), "threadId": thread_id, "replaces": replaces, "stream": false });
        let app = &app;
        let token = &mara.token;
        async move { app.post("/api/chat", token, body).await.status.as_u16() }
    });
    let status = futures::future::join_all(asks).await;
    assert!(
        status.iter().all(|status| matches!(status, 200 | 404 | 409)),
        "{status:?}"
    );
    let counted = thread(&app, &mara, thread_id).await["messageCount"].as_u64().unwrap();
    assert_eq!(counted, present(&app, thread_id).await);
});

async fn present(app: &TestApp, thread_id: &str) -> u64 {
    use sea_orm::PaginatorTrait;
    messages::Entity::find()
        .filter(messages::Column::ThreadId.eq(thread_id))
        .filter(messages::Column::SupersededAt.is_null())
        .count(app.core.db.read())
        .await
        .unwrap()
}
