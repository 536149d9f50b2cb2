//! Templates: the configuration's, somebody's own and a team's.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod built_in;
mod own;
mod pages;
mod strangers;
mod team;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// Makes a template, and gives it as it is answered.
async fn make(app: &TestApp, bearer: &str, body: Value) -> Value {
    app.post("/api/templates", bearer, body).await.expect(201).json()["template"].take()
}

/// A template with nothing special about it.
fn named(name: &str) -> Value {
    json!({ "name": name, "prompt": "Say {{what}}." })
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

async fn patch(app: &TestApp, bearer: &str, id: &str, body: Value) -> Answer {
    app.call("PATCH", &format!("/api/templates/{id}"), bearer, Some(body))
        .await
}

async fn delete(app: &TestApp, bearer: &str, id: &str) -> Answer {
    app.call("DELETE", &format!("/api/templates/{id}"), bearer, None).await
}

/// Every page of a list, to its end; each page is as long as it was asked to be, but for the last.
async fn pages(app: &TestApp, bearer: &str, query: &str, limit: usize) -> Vec<Value> {
    let first = format!("/api/templates?limit={limit}{query}");
    let (mut rows, mut next) = (Vec::new(), first.clone());
    loop {
        let page = app.get(&next, bearer).await.expect(200).json();
        let there = page["templates"].as_array().unwrap().clone();
        let is_last = page["nextCursor"].is_null();
        assert!(there.len() == limit || (is_last && there.len() < limit), "{page}");
        rows.extend(there);
        match page["nextCursor"].as_str() {
            Some(cursor) => next = format!("{first}&cursor={cursor}"),
            None => return rows,
        }
    }
}

/// The list without the built-in ones.
async fn list(app: &TestApp, bearer: &str, query: &str) -> Vec<Value> {
    let mut rows = pages(app, bearer, query, 100).await;
    rows.retain(|row| row["isBuiltIn"] == false);
    rows
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(id).collect()
}
