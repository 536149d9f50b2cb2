//! Projects: who sees and changes them, and what they do for their threads.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod change;
mod create;
mod delete;
mod functions;
mod list;
mod prompts;
mod seen;
mod slugs;
mod strangers;
mod team;
mod threads;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// Makes a project, and gives it as it is answered.
async fn make(app: &TestApp, bearer: &str, body: Value) -> Value {
    app.post("/api/projects", bearer, body).await.expect(201).json()["project"].take()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn path(project: &Value) -> String {
    format!("/api/projects/{}", id(project))
}

async fn read(app: &TestApp, bearer: &str, project: &Value) -> Value {
    app.get(&path(project), bearer).await.expect(200).json()["project"].take()
}

async fn patch(app: &TestApp, bearer: &str, project: &Value, body: Value) -> Answer {
    app.call("PATCH", &path(project), bearer, Some(body)).await
}

async fn delete(app: &TestApp, bearer: &str, project: &Value) -> Answer {
    app.call("DELETE", &path(project), bearer, None).await
}

/// The first page of a list of projects.
async fn list(app: &TestApp, bearer: &str, query: &str) -> Vec<Value> {
    let path = format!("/api/projects{query}");
    let json = app.get(&path, bearer).await.expect(200).json();
    json["projects"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(id).collect()
}

/// Makes a thread, and gives it as it is answered.
async fn thread(app: &TestApp, bearer: &str, body: Value) -> Value {
    app.post("/api/threads", bearer, body).await.expect(201).json()["thread"].take()
}

/// A team's threads are shared where others are to see them.
fn shared_in(team: &str, project: &Value) -> Value {
    json!({ "teamId": team, "projectId": id(project), "visibility": "shared" })
}
