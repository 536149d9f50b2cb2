//! Threads that are deleted in the browser: gone for everybody at once, and back for whoever takes it back in time.

use std::time::Duration;

use entity::team_members::TeamRole;
use entity::threads;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{all, id, ids, make, say};
use crate::both;
use crate::support::{Kind, TestApp, User};

async fn put_away(app: &TestApp, user: &User, thread: &str) {
    app.function(&user.cookie, "delete_thread", json!({ "id": thread }))
        .await
        .expect(200);
}

both!(
    what_is_deleted_is_gone_everywhere_and_comes_back_whole,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let thread = make(&app, &mara.token, json!({ "title": "Plans" })).await;
        let thread = id(&thread);
        say(&app, &mara.token, thread, "Hello").await;
        let path = format!("/api/threads/{thread}");
        let before = app.get(&path, &mara.token).await.expect(200).json();
        let answer = before["thread"]["messages"][1]["id"].as_str().unwrap().to_owned();

        put_away(&app, &mara, thread).await;
        assert!(all(&app, &mara.token, "/api/threads").await.is_empty());
        assert!(all(&app, &mara.token, "/api/threads?archived=true").await.is_empty());
        let sidebar = app
            .function(&mara.cookie, "sidebar", json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!((&sidebar["pinned"], &sidebar["threads"]), (&json!([]), &json!([])));
        let content = json!({ "content": "More", "threadId": thread });
        let replaces = json!({ "content": "More", "replaces": before["thread"]["messages"][0]["id"] });
        for (method, path, body) in [
            ("GET", path.clone(), None),
            ("GET", format!("{path}/messages"), None),
            ("PATCH", path.clone(), Some(json!({ "title": "Other" }))),
            ("DELETE", path.clone(), None),
            ("DELETE", format!("{path}/messages/{answer}"), None),
            ("POST", "/api/chat".to_owned(), Some(content)),
            ("POST", "/api/chat".to_owned(), Some(replaces)),
            ("GET", format!("/api/chat/{answer}/stream"), None),
            ("POST", format!("/api/chat/{answer}/stop"), Some(json!({}))),
            ("POST", format!("/api/chat/{answer}/regenerate"), Some(json!({}))),
            (
                "POST",
                format!("/api/chat/{answer}/feedback"),
                Some(json!({ "type": "up" })),
            ),
            ("GET", format!("/api/export/{thread}"), None),
        ] {
            app.call(method, &path, &mara.token, body)
                .await
                .expect_error(404, "not_found");
        }
        for (name, arguments) in [
            ("open_thread", json!({ "id": thread })),
            ("change_thread", json!({ "id": thread, "change": { "pinned": true } })),
            ("delete_thread", json!({ "id": thread })),
            ("mark_read", json!({ "id": thread })),
            ("message_text", json!({ "id": answer })),
            ("message_details", json!({ "id": answer })),
        ] {
            let answer = app.function(&mara.cookie, name, arguments).await.expect(404);
            assert_eq!(answer.json()["code"], "not_found", "{name}");
        }

        let row = app
            .function(&mara.cookie, "restore_thread", json!({ "id": thread }))
            .await;
        assert_eq!(row.expect(200).json()["thread"]["title"], "Plans");
        assert_eq!(app.get(&path, &mara.token).await.expect(200).json(), before);
        assert_eq!(ids(&all(&app, &mara.token, "/api/threads").await), [thread]);
        // What is there can't be brought back.
        app.function(&mara.cookie, "restore_thread", json!({ "id": thread }))
            .await
            .expect(404);
    }
);

both!(only_who_started_it_deletes_it_and_takes_it_back, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, vera) = (app.user("mara").await, app.user("otto").await, app.user("vera").await);
    let nora = app.user("nora").await;
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let thread = make(&app, &mara.token, json!({ "teamId": team, "visibility": "shared" })).await;
    let arguments = json!({ "id": id(&thread) });
    for (user, status) in [(&otto, 403), (&vera, 403), (&nora, 404)] {
        app.function(&user.cookie, "delete_thread", arguments.clone())
            .await
            .expect(status);
    }
    put_away(&app, &mara, id(&thread)).await;
    for user in [&otto, &vera, &nora] {
        app.function(&user.cookie, "restore_thread", arguments.clone())
            .await
            .expect(404);
    }
    // Who may no longer write there can't bring anything back there either.
    app.join(&mara, &team, &otto, TeamRole::Owner).await;
    app.join(&otto, &team, &mara, TeamRole::Viewer).await;
    app.function(&mara.cookie, "restore_thread", arguments.clone())
        .await
        .expect(403);
    app.remove(&otto, &team, &mara).await;
    app.function(&mara.cookie, "restore_thread", arguments.clone())
        .await
        .expect(404);
    app.join(&otto, &team, &mara, TeamRole::Member).await;
    app.function(&mara.cookie, "restore_thread", arguments)
        .await
        .expect(200);
});

both!(after_an_hour_it_is_forgotten_for_good, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut threads = Vec::new();
    for title in ["Old", "Young"] {
        let thread = make(&app, &mara.token, json!({ "title": title })).await;
        say(&app, &mara.token, id(&thread), "Hello").await;
        put_away(&app, &mara, id(&thread)).await;
        threads.push(id(&thread).to_owned());
        app.clock.advance(Duration::from_mins(30));
    }
    let [old, young] = threads.try_into().unwrap();
    let restore = async |thread: &str| {
        app.function(&mara.cookie, "restore_thread", json!({ "id": thread }))
            .await
            .status
    };
    assert_eq!(restore(&old).await, 404);
    assert_eq!(restore(&young).await, 200);
    put_away(&app, &mara, &young).await;

    app.clock.advance(Duration::from_mins(1));
    app.core.forget().await;
    let gone = async |thread: &str| {
        let row = threads::Entity::find_by_id(thread)
            .one(app.core.db.read())
            .await
            .unwrap();
        row.is_none()
    };
    assert!(gone(&old).await);
    assert!(!gone(&young).await);
    let left = crate::support::rows::number(app.core.db.read(), "SELECT COUNT(*) FROM messages").await;
    assert_eq!(left, 2, "with a thread go its messages");
});

/// Mara's threads: two, one archived, one pinned, one of a team, and one of Otto's.
async fn many(app: &TestApp) -> (User, User, Vec<String>) {
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let mut made = Vec::new();
    for (user, body) in [
        (&mara, json!({})),
        (&mara, json!({})),
        (&mara, json!({ "title": "Archived" })),
        (&mara, json!({ "title": "Pinned" })),
        (&mara, json!({ "teamId": team })),
        (&otto, json!({})),
    ] {
        let thread = make(app, &user.token, body).await;
        made.push(id(&thread).to_owned());
    }
    for (at, change) in [(2, json!({ "archived": true })), (3, json!({ "pinned": true }))] {
        let path = format!("/api/threads/{}", made[at]);
        app.call("PATCH", &path, &mara.token, Some(change)).await.expect(200);
    }
    (mara, otto, made)
}

async fn count(app: &TestApp, user: &User, path: &str) -> usize {
    all(app, &user.token, path).await.len()
}

both!(all_are_archived_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, made) = many(&app).await;
    let archived = app.function(&mara.cookie, "archive_all", json!({})).await.expect(200);
    assert_eq!(archived.json(), 3);
    assert_eq!(count(&app, &mara, "/api/threads").await, 0);
    assert_eq!(count(&app, &mara, "/api/threads?archived=true").await, 4);
    assert_eq!(count(&app, &otto, "/api/threads").await, 1);
    app.get(&format!("/api/threads/{}", made[4]), &mara.token)
        .await
        .expect(200);
    let list = app
        .function(&mara.cookie, "archived_threads", json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(list["threads"].as_array().map(Vec::len), Some(4));
    assert_eq!(list["pinned"], json!([]));
    let again = app.function(&mara.cookie, "archive_all", json!({})).await.expect(200);
    assert_eq!(again.json(), 0);
});

both!(all_are_deleted_only_when_it_is_meant, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, made) = many(&app).await;
    for wrong in ["", "delete", "delete all", "yes"] {
        let arguments = json!({ "confirmation": wrong });
        let answer = app.function(&mara.cookie, "delete_all", arguments).await.expect(400);
        assert_eq!(answer.json()["fields"][0]["field"], "confirmation");
    }
    assert_eq!(count(&app, &mara, "/api/threads").await, 3);
    let arguments = json!({ "confirmation": types::threads::DELETE_ALL_CONFIRMATION });
    let deleted = app.function(&mara.cookie, "delete_all", arguments).await.expect(200);
    assert_eq!(deleted.json(), 4);
    for path in ["/api/threads", "/api/threads?archived=true"] {
        assert_eq!(count(&app, &mara, path).await, 0);
    }
    assert_eq!(count(&app, &otto, "/api/threads").await, 1);
    // A team's thread is the team's, and each of the others can be taken back.
    app.get(&format!("/api/threads/{}", made[4]), &mara.token)
        .await
        .expect(200);
    let row = app
        .function(&mara.cookie, "restore_thread", json!({ "id": made[3] }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&row["thread"]["title"], &row["thread"]["pinned"]),
        (&json!("Pinned"), &Value::Bool(true))
    );
});

both!(very_many_are_deleted_while_others_write, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let at = app.clock.now();
    // More than go at once, each with a message that is found.
    for chunk in 0..6 {
        let ids: Vec<String> = (0..25).map(|_| domain::clock::new_id()).collect();
        let threads = ids
            .iter()
            .map(|id| format!("('{id}', '{}', 'Many', '{at}', '{at}')", mara.id));
        let messages = ids.iter().map(|id| {
            let message = domain::clock::new_id();
            format!(
                "('{message}', '{id}', '{}', 'user', 'many {chunk}', 'complete', '{at}', '{at}')",
                mara.id
            )
        });
        let (threads, messages): (Vec<_>, Vec<_>) = (threads.collect(), messages.collect());
        for sql in [
            format!(
                "INSERT INTO threads (id, user_id, title, last_message_at, created_at) VALUES {}",
                threads.join(",")
            ),
            format!(
                "INSERT INTO messages (id, thread_id, user_id, role, content, status, created_at, updated_at) VALUES {}",
                messages.join(",")
            ),
        ] {
            sea_orm::ConnectionTrait::execute_unprepared(app.core.db.write(), &sql)
                .await
                .unwrap();
        }
    }
    while domain::search::catch_up(&app.core).await.unwrap() {}
    let arguments = json!({ "confirmation": types::threads::DELETE_ALL_CONFIRMATION });
    let deleted = app.function(&mara.cookie, "delete_all", arguments);
    let written = async {
        for _ in 0..10 {
            make(&app, &otto.token, json!({})).await;
            // What comes while it is at work is not meant.
            make(&app, &mara.token, json!({ "title": "New" })).await;
        }
    };
    let (deleted, ()) = tokio::join!(deleted, written);
    let deleted = deleted.expect(200).json().as_u64().unwrap();
    assert!((150..=160).contains(&deleted), "{deleted}");
    assert_eq!(count(&app, &otto, "/api/threads").await, 10);
    let left = all(&app, &mara.token, "/api/threads").await;
    assert_eq!(left.len() as u64, 160 - deleted);
    let found = app.get("/api/search?q=many", &mara.token).await.expect(200).json();
    assert_eq!(found["total"], 0);
});
