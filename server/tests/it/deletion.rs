//! Deleting an account, a team or a project: nothing of it is left behind and nothing of it can be read, in any table.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod accounts;
pub(crate) mod orphans;
mod refusals;
mod running;
mod teams;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rows::{number, tables_with};
use crate::support::{Answer, TestApp, User, send, until};

fn goodbye() -> Value {
    json!({ "password": "correct horse", "confirmation": "delete my account" })
}

async fn delete_account(app: &TestApp, bearer: &str) -> Answer {
    app.call("DELETE", "/api/auth/me", bearer, Some(goodbye())).await
}

/// Deletes somebody's account, and waits until it is cleared away.
async fn delete(app: &TestApp, user: &User) {
    delete_account(app, &user.token).await.expect(204);
    gone(app, user).await;
}

async fn gone(app: &TestApp, user: &User) {
    let sql = format!("SELECT COUNT(*) FROM users WHERE id = '{}'", user.id);
    until("the account is cleared away", async || {
        number(app.core.db.read(), &sql).await == 0
    })
    .await;
}

/// Says something; ids of the thread, of what was said and of the answer.
async fn say(app: &TestApp, bearer: &str, body: Value) -> (String, String, String) {
    let mut body = body;
    body["stream"] = json!(false);
    let said = app.post("/api/chat", bearer, body).await.expect(200).json();
    let (thread, answer) = (text(&said["thread"]["id"]), text(&said["message"]["id"]));
    let messages = app
        .get(&format!("/api/threads/{thread}/messages"), bearer)
        .await
        .expect(200)
        .json();
    let messages = messages["messages"].as_array().unwrap();
    let said = &messages[messages.len() - 2];
    (thread, text(&said["id"]), answer)
}

async fn made(app: &TestApp, bearer: &str, what: &str, body: Value) -> String {
    let answer = app.post(&format!("/api/{what}s"), bearer, body).await.expect(201);
    text(&answer.json()[what]["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The passages that somebody finds.
async fn found(app: &TestApp, bearer: &str, q: &str) -> Vec<String> {
    let request = app.request(Method::GET, "/api/search").query(&[("q", q)]);
    let json = send(request.bearer_auth(bearer)).await.expect(200).json();
    let results = json["results"].as_array().unwrap();
    results.iter().map(|result| text(&result["content"])).collect()
}

/// The tables in which an id or a text stands, as it is or as the search index writes ids. What FTS5 keeps for itself is left
/// out: what was taken from it is found no more, and leaves its own tables when it next merges them.
async fn tables_naming(app: &TestApp, needle: &str) -> Vec<String> {
    let mut found = tables_with(&app.database, needle).await;
    found.extend(tables_with(&app.database, &needle.replace('-', "")).await);
    found.retain(|table| !table.starts_with("search_index"));
    found.sort();
    found.dedup();
    found
}

/// Waits until everything that was said is indexed.
async fn settle(app: &TestApp) {
    while domain::search::catch_up(&app.core).await.unwrap() {}
}
