//! The dialect of `OpenAI`'s API.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod completions;
mod errors;
mod workspaces;

use entity::messages;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::model_server::ModelServer;
use crate::support::{Answer, Key, Kind, TestApp, User};

/// Somebody with a key, and a stand-in for the model's server.
struct Open {
    app: TestApp,
    model: ModelServer,
    mara: User,
    key: Key,
}

impl Open {
    async fn begin(kind: Kind) -> Self {
        Self::with_window(kind, Some(4_096)).await
    }

    async fn with_window(kind: Kind, window: Option<u32>) -> Self {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, window);
            config.api.allowed_endpoints.push("/v1/**".to_owned());
        })
        .await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        Self { app, model, mara, key }
    }

    async fn complete(&self, body: Value) -> Answer {
        self.app.post("/v1/chat/completions", &self.key.secret, body).await
    }

    async fn rows(&self) -> Vec<messages::Model> {
        messages::Entity::find()
            .order_by_asc(messages::Column::Seq)
            .all(self.app.core.db.read())
            .await
            .unwrap()
    }
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

/// The frames of a stream, which must end with the mark.
fn frames(text: &str) -> Vec<Value> {
    let mut frames: Vec<&str> = text
        .split_terminator("\n\n")
        .map(|frame| frame.strip_prefix("data: ").unwrap())
        .collect();
    assert_eq!(frames.pop(), Some("[DONE]"));
    frames
        .into_iter()
        .map(|frame| serde_json::from_str(frame).unwrap())
        .collect()
}
