//! The workspace dialect, as programs written for `AnythingLLM` speak it.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod chats;
mod errors;
mod long;
mod reset;
mod settings;
mod threads;

use entity::messages;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::{Answer, Key, Kind, TestApp, User, send};

/// Somebody with a key and a workspace.
struct Work {
    app: TestApp,
    mara: User,
    key: Key,
    slug: String,
}

impl Work {
    async fn begin(kind: Kind) -> Self {
        Self::on(TestApp::new(kind).await).await
    }

    async fn on(app: TestApp) -> Self {
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let made = app
            .post("/api/v1/workspace/new", &key.secret, json!({ "name": "Lisbon" }))
            .await
            .expect(200)
            .json();
        let slug = made["workspace"]["slug"].as_str().unwrap().to_owned();
        Self { app, mara, key, slug }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspace/{}{rest}", self.slug)
    }

    async fn post(&self, rest: &str, body: Value) -> Answer {
        self.app.post(&self.path(rest), &self.key.secret, body).await
    }

    async fn get(&self, rest: &str) -> Value {
        self.app
            .get(&self.path(rest), &self.key.secret)
            .await
            .expect(200)
            .json()
    }

    async fn history(&self, rest: &str) -> Vec<Value> {
        self.get(rest).await["history"].as_array().unwrap().clone()
    }

    async fn rows(&self) -> Vec<messages::Model> {
        messages::Entity::find()
            .order_by_asc(messages::Column::Seq)
            .all(self.app.core.db.read())
            .await
            .unwrap()
    }
}

/// What is in the frames of a stream, each of which must be data alone.
async fn frames(work: &Work, rest: &str, body: Value) -> Vec<Value> {
    let request = work.app.request(reqwest::Method::POST, &work.path(rest));
    let answer = send(request.bearer_auth(&work.key.secret).json(&body))
        .await
        .expect(200);
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer
        .text
        .split_terminator("\n\n")
        .map(|frame| serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap())
        .collect()
}
