//! Saying something and hearing the answer: with a stand-in for the model's server that is led step by step.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod anew;
mod attempts;
mod context;
mod expired;
mod failures;
mod feed;
mod feedback;
mod follow;
mod kept;
mod orphans;
mod owners;
mod preview;
mod projects;
mod revoked;
mod said;
mod shared;
mod socket;
mod stop;
mod stream;
mod summaries;
mod two_servers;
mod views;

use domain::config::Provider;
use entity::messages;
use reqwest::{Method, RequestBuilder};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::model_server::{Exchange, ModelServer};
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User};

/// A server with the stand-in as its default model, and somebody who talks.
struct Talk {
    app: TestApp,
    model: ModelServer,
    mara: User,
}

impl Talk {
    async fn begin(kind: Kind) -> Self {
        Self::with_window(kind, None).await
    }

    /// With a model behind this provider's protocol.
    async fn speaking(kind: Kind, wire: Provider) -> Self {
        Self::with(kind, ModelServer::speaking(wire).await, None).await
    }

    async fn with_window(kind: Kind, window: Option<u32>) -> Self {
        Self::with(kind, ModelServer::start().await, window).await
    }

    async fn with(kind: Kind, model: ModelServer, window: Option<u32>) -> Self {
        let app = TestApp::with(kind, |config| model.configure(config, window)).await;
        let mara = app.user("mara").await;
        Self { app, model, mara }
    }

    /// Says something as Mara and begins to follow the answer; what the model says is up to the test.
    async fn say(&self, content: &str) -> (Following, Exchange) {
        self.say_in(None, content).await
    }

    async fn say_in(&self, thread_id: Option<&str>, content: &str) -> (Following, Exchange) {
        let body = json!({ "content": content, "threadId": thread_id });
        let following = Following::open(post_chat(&self.app, &self.mara.token, &body), 0).await;
        (following, self.model.asked().await)
    }

    /// A whole exchange; gives the thread's id and the answer's.
    async fn exchange(&self, thread_id: Option<&str>, content: &str, answer: &str) -> (String, String) {
        let (mut following, exchange) = self.say_in(thread_id, content).await;
        exchange.say(answer);
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        (following.thread_id, following.message_id)
    }

    /// Follows an answer as Mara, from a byte of it on.
    async fn follow(&self, message_id: &str, after: usize) -> Following {
        let request = get_stream(&self.app, &self.mara.token, message_id);
        Following::open(request.header("last-event-id", after.to_string()), after).await
    }

    async fn row(&self, message_id: &str) -> messages::Model {
        row(&self.app, message_id).await.unwrap()
    }
}

fn post_chat(app: &TestApp, bearer: &str, body: &Value) -> RequestBuilder {
    app.request(Method::POST, "/api/chat").bearer_auth(bearer).json(body)
}

fn get_stream(app: &TestApp, bearer: &str, message_id: &str) -> RequestBuilder {
    app.request(Method::GET, &format!("/api/chat/{message_id}/stream"))
        .bearer_auth(bearer)
}

async fn row(app: &TestApp, message_id: &str) -> Option<messages::Model> {
    messages::Entity::find()
        .filter(messages::Column::Id.eq(message_id))
        .one(app.core.db.read())
        .await
        .unwrap()
}

async fn rows(app: &TestApp, thread_id: &str) -> Vec<messages::Model> {
    messages::Entity::find()
        .filter(messages::Column::ThreadId.eq(thread_id))
        .order_by_asc(messages::Column::Seq)
        .all(app.core.db.read())
        .await
        .unwrap()
}
