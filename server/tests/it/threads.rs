//! Threads and their messages.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod away;
mod change;
mod create;
mod list;
mod messages;
mod reads;
mod realms;
mod sidebar;
mod strangers;
mod team;

use serde_json::{Value, json};

use crate::support::{TestApp, User};

/// Makes a thread, and gives it as it is answered.
async fn make(app: &TestApp, bearer: &str, body: Value) -> Value {
    app.post("/api/threads", bearer, body).await.expect(201).json()["thread"].take()
}

fn id(thread: &Value) -> &str {
    thread["id"].as_str().unwrap()
}

/// A page of a list: its rows and the cursor of the next one.
async fn page(app: &TestApp, bearer: &str, path: &str, cursor: Option<&str>) -> (Vec<Value>, Option<String>) {
    let mark = if path.contains('?') { '&' } else { '?' };
    let path = cursor.map_or_else(|| path.to_owned(), |cursor| format!("{path}{mark}cursor={cursor}"));
    let mut json = app.get(&path, bearer).await.expect(200).json();
    let name = if json.get("threads").is_some() {
        "threads"
    } else {
        "messages"
    };
    let Value::Array(rows) = json[name].take() else {
        panic!("no list in {json}")
    };
    (rows, json["nextCursor"].as_str().map(str::to_owned))
}

/// Every page of a list, to its end.
async fn all(app: &TestApp, bearer: &str, path: &str) -> Vec<Value> {
    let (mut rows, mut next) = page(app, bearer, path, None).await;
    while let Some(cursor) = next {
        let (more, after) = page(app, bearer, path, Some(&cursor)).await;
        assert!(!more.is_empty(), "a page after the last one");
        rows.extend(more);
        next = after;
    }
    rows
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| id(row).to_owned()).collect()
}

/// Makes a project; its id.
async fn project(app: &TestApp, owner: &User, team_id: Option<&str>, sharing: &str) -> String {
    let body = json!({ "name": "Project", "teamId": team_id, "sharing": sharing });
    let made = app.post("/api/projects", &owner.token, body).await.expect(201).json();
    id(&made["project"]).to_owned()
}

/// Says something that the builtin model answers.
async fn say(app: &TestApp, bearer: &str, thread_id: &str, content: &str) {
    let body = json!({ "content": content, "threadId": thread_id, "stream": false });
    app.post("/api/chat", bearer, body).await.expect(200);
}
