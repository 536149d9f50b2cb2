//! The list of threads as the browser has it.

use std::time::Duration;

use entity::threads::{self, Visibility};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::{ids, make, page};
use crate::both;
use crate::support::{Kind, TestApp, User};

/// Threads of which each is a minute older than the one before.
async fn insert(
    app: &TestApp,
    user: &User,
    count: u64,
    change: impl Fn(u64, &mut threads::ActiveModel),
) -> Vec<String> {
    let mut made = Vec::new();
    let rows: Vec<threads::ActiveModel> = (0..count)
        .map(|at| {
            let time = app.clock.now().minus(Duration::from_mins(at));
            let id = domain::clock::new_id();
            made.push(id.clone());
            let mut row = threads::ActiveModel {
                id: Set(id),
                user_id: Set(user.id.clone()),
                title: Set(format!("Thread {at}")),
                visibility: Set(Visibility::Private),
                last_message_at: Set(time),
                message_count: Set(0),
                created_at: Set(time),
                ..Default::default()
            };
            change(at, &mut row);
            row
        })
        .collect();
    threads::Entity::insert_many(rows)
        .exec(app.core.db.write())
        .await
        .unwrap();
    made
}

async fn list(app: &TestApp, user: &User, name: &str, cursor: Option<&str>) -> Value {
    app.function(&user.cookie, name, json!({ "cursor": cursor }))
        .await
        .expect(200)
        .json()
}

fn rows(list: &Value, name: &str) -> Vec<Value> {
    let rows = list[name].as_array().unwrap();
    rows.iter().map(|row| row["thread"].clone()).collect()
}

both!(pinned_come_first_and_the_others_by_pages, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let now = app.clock.now();
    let plain = insert(&app, &mara, 205, |_, _| {}).await;
    let pinned = insert(&app, &mara, 3, |_, row| row.pinned_at = Set(Some(now))).await;
    let archived = insert(&app, &mara, 203, |_, row| {
        row.archived_at = Set(Some(now));
        row.pinned_at = Set(Some(now));
    })
    .await;
    insert(&app, &mara, 2, |_, row| row.deleted_at = Set(Some(now))).await;
    insert(&app, &otto, 2, |_, _| {}).await;

    let first = list(&app, &mara, "sidebar", None).await;
    assert_eq!(ids(&rows(&first, "pinned")), pinned);
    assert_eq!(ids(&rows(&first, "threads")), plain[..200]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = list(&app, &mara, "sidebar", Some(cursor)).await;
    assert_eq!(rows(&second, "pinned"), [] as [Value; 0]);
    assert_eq!(ids(&rows(&second, "threads")), plain[200..]);
    assert_eq!(second["nextCursor"], Value::Null);

    let old = list(&app, &mara, "archived_threads", None).await;
    assert_eq!(ids(&rows(&old, "threads")), archived[..200]);
    let after = old["nextCursor"].as_str().unwrap();
    let rest = list(&app, &mara, "archived_threads", Some(after)).await;
    assert_eq!(ids(&rows(&rest, "threads")), archived[200..]);

    // A cursor is of its list and of its owner.
    let (_, of_api) = page(&app, &mara.token, "/api/threads?limit=1", None).await;
    for (user, name, cursor) in [
        (&mara, "sidebar", after),
        (&mara, "archived_threads", cursor),
        (&otto, "sidebar", cursor),
        (&mara, "sidebar", of_api.as_deref().unwrap()),
        (&mara, "sidebar", "x"),
    ] {
        let answer = app.function(&user.cookie, name, json!({ "cursor": cursor })).await;
        assert_eq!(answer.expect(400).json()["code"], "invalid_cursor");
    }
});

both!(a_row_says_what_the_list_shows, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let before = list(&app, &mara, "sidebar", None).await;
    assert_eq!((&before["pinned"], &before["threads"]), (&json!([]), &json!([])));
    assert_eq!(before["nextCursor"], Value::Null);
    assert!(app.core.feed.since(before["at"].as_str().unwrap()).is_some());
    let thread = make(&app, &mara.token, json!({ "title": "Plans" })).await;
    let change = json!({ "id": thread["id"], "change": { "title": "Other plans", "pinned": true } });
    let changed = app
        .function(&mara.cookie, "change_thread", change)
        .await
        .expect(200)
        .json();
    let list = list(&app, &mara, "sidebar", None).await;
    assert_eq!(list["pinned"], json!([changed]));
    let mut expected = thread.clone();
    expected["title"] = json!("Other plans");
    expected["pinned"] = json!(true);
    assert_eq!(
        changed,
        json!({
            "thread": expected, "answering": false, "unread": true, "byProgram": false, "author": null, "project": null,
        })
    );
    // The rules of a change are those of the API.
    let change = json!({ "id": thread["id"], "change": { "title": " " } });
    let answer = app.function(&mara.cookie, "change_thread", change).await.expect(400);
    assert_eq!(answer.json()["fields"][0]["field"], "title");
});
