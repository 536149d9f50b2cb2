//! Looking for messages by what they say.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod asking;
mod finding;
mod life;
mod pages;
mod reach;
mod same;

use entity::messages::{self, MessageRole, MessageStatus};
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use crate::support::rows::number;
use crate::support::{Answer, TestApp, User, send};

/// Asks, with these parameters.
async fn ask(app: &TestApp, bearer: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = app.request(Method::GET, "/api/search").query(parameters);
    send(request.bearer_auth(bearer)).await
}

/// The passages that are found, in their order.
async fn find(app: &TestApp, bearer: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let json = ask(app, bearer, parameters).await.expect(200).json();
    assert_eq!(json["nextCursor"], Value::Null, "{json}");
    let results = json["results"].as_array().unwrap();
    assert_eq!(
        (&json["total"], &json["totalIsExact"]),
        (&json!(results.len()), &json!(true))
    );
    let content = |result: &Value| result["content"].as_str().unwrap().to_owned();
    results.iter().map(content).collect()
}

/// A new thread; its id.
async fn thread(app: &TestApp, bearer: &str, body: Value) -> String {
    let json = app.post("/api/threads", bearer, body).await.expect(201).json();
    json["thread"]["id"].as_str().unwrap().to_owned()
}

/// Writes messages as a bulk import does, behind the back of the chat, and waits until they are indexed.
async fn put(app: &TestApp, writer: &User, thread_id: &str, contents: &[&str]) {
    for contents in contents.chunks(200) {
        let now = app.clock.now();
        let rows = contents.iter().map(|content| messages::ActiveModel {
            id: Set(domain::clock::new_id()),
            thread_id: Set(thread_id.to_owned()),
            user_id: Set(writer.id.clone()),
            role: Set(MessageRole::User),
            content: Set((*content).to_owned()),
            status: Set(MessageStatus::Complete),
            in_context: Set(true),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        });
        messages::Entity::insert_many(rows)
            .exec_without_returning(app.core.db.write())
            .await
            .unwrap();
    }
    settle(app).await;
}

/// Waits until everything is indexed.
async fn settle(app: &TestApp) {
    while domain::search::catch_up(&app.core).await.unwrap() {}
    assert_eq!(
        number(app.core.db.read(), "SELECT COUNT(*) FROM search_pending").await,
        0
    );
}

/// How many messages are in the index, and how many of them the engine itself has.
async fn indexed(app: &TestApp) -> (i64, i64) {
    let db = app.core.db.read();
    let texts = number(db, "SELECT COUNT(*) FROM search_texts").await;
    let in_engine = match app.core.db.backend() {
        sea_orm::DbBackend::Postgres => number(db, "SELECT COUNT(*) FROM search_texts WHERE reach IS NOT NULL").await,
        // Each has the term of its thread.
        _ => {
            number(
                db,
                "SELECT COUNT(*) FROM search_index WHERE search_index MATCH '\"t\" *'",
            )
            .await
        }
    };
    (texts, in_engine)
}
