//! Asking again before the first word, the model that takes over, and what a model thinks.

use std::time::{Duration, Instant};

use domain::config::{ModelConfig, Provider};
use entity::messages::MessageStatus;
use entity::usage_daily;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Talk, post_chat, row};
use crate::both;
use crate::support::model_server::{MODEL, ModelServer};
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User};

const OTHER: &str = "spare";

/// A server whose default model has another to take over.
struct Pair {
    app: TestApp,
    first: ModelServer,
    second: ModelServer,
    mara: User,
}

impl Pair {
    async fn begin(kind: Kind) -> Self {
        let (first, second) = (ModelServer::start().await, ModelServer::start().await);
        let app = TestApp::with(kind, |config| {
            first.configure(config, None);
            config.models.push(ModelConfig {
                id: OTHER.to_owned(),
                name: Some("Spare".to_owned()),
                provider: Provider::Openai,
                base_url: Some(second.base_url()),
                model: None,
                api_key_env: None,
                context_window: Some(2_048),
                fallback: None,
            });
            config.chat.fallback_model = Some(OTHER.to_owned());
        })
        .await;
        let mara = app.user("mara").await;
        Self {
            app,
            first,
            second,
            mara,
        }
    }

    async fn say(&self) -> Following {
        let body = json!({ "content": "Hello" });
        Following::open(post_chat(&self.app, &self.mara.token, &body), 0).await
    }

    /// The status of a model in the catalogue, and what is wrong with it.
    async fn status(&self, id: &str) -> (Value, Value) {
        let catalogue = self.app.get("/api/models", &self.mara.token).await.expect(200).json();
        let models = catalogue["models"].as_array().unwrap();
        let model = models.iter().find(|model| model["id"] == id).unwrap();
        assert_eq!(model["isDefault"], id == MODEL);
        (model["status"].clone(), model["problem"].clone())
    }
}

both!(what_passes_before_the_first_word_is_not_noticed, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Hello").await;
    let asked = exchange.request.clone();
    exchange.refuse(503, None, "{}");
    let exchange = talk.model.asked().await;
    assert_eq!(exchange.request, asked, "the same is asked");
    exchange.die();
    let exchange = talk.model.asked().await;
    exchange.say("Here I am.");
    exchange.finish();
    assert_eq!(following.end().await["status"], "complete");
    assert_eq!(following.text, "Here I am.");
    let row = talk.row(&following.message_id).await;
    assert_eq!((row.content.as_str(), row.error), ("Here I am.", None));

    // A server that names a short wait is left alone for so long.
    let (mut following, exchange) = talk.say("Hello").await;
    let begun = Instant::now();
    exchange.refuse(429, Some(1), "{}");
    let exchange = talk.model.asked().await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    exchange.say("Now.");
    exchange.finish();
    assert_eq!(following.end().await["status"], "complete");
});

both!(
    another_model_takes_over_when_the_chosen_one_cannot_be_had,
    async |kind: Kind| {
        let pair = Pair::begin(kind).await;
        let mut following = pair.say().await;
        pair.first.asked().await.refuse(401, None, "{}");
        let exchange = pair.second.asked().await;
        exchange.say("I stand in.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        let row = row(&pair.app, &following.message_id).await.unwrap();
        assert_eq!(
            (row.content.as_str(), row.model.as_deref()),
            ("I stand in.", Some(OTHER)),
            "the row names the model that answered"
        );
        let report: Value = serde_json::from_str(&row.prompt_report.unwrap()).unwrap();
        assert_eq!(
            report["window"], 2_048,
            "the report tells of the prompt that was answered"
        );
        let used = usage_daily::Entity::find().all(pair.app.core.db.read()).await.unwrap();
        let models: Vec<_> = used.iter().map(|used| used.model.as_str()).collect();
        assert_eq!(models, [OTHER]);

        let (status, problem) = pair.status(MODEL).await;
        assert_eq!(status, "failing");
        assert!(problem.as_str().unwrap().contains("API key"), "{problem}");
        assert_eq!(pair.status(OTHER).await, (json!("ok"), Value::Null));

        // The chosen one is asked first each time, and is well again when it answers.
        let mut following = pair.say().await;
        let exchange = pair.first.asked().await;
        exchange.say("Back.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(pair.status(MODEL).await, (json!("ok"), Value::Null));
    }
);

both!(
    what_another_model_would_not_do_better_is_told_as_it_is,
    async |kind: Kind| {
        let pair = Pair::begin(kind).await;
        // A request that is refused would be refused elsewhere.
        let mut following = pair.say().await;
        pair.first.asked().await.refuse(400, None, "{}");
        assert_eq!(following.end().await["type"], "error");

        // What has begun is not begun anew.
        let mut following = pair.say().await;
        let exchange = pair.first.asked().await;
        exchange.say("Half");
        following.hear("Half").await;
        exchange.die();
        assert_eq!(following.end().await["type"], "error");
        let half = row(&pair.app, &following.message_id).await.unwrap();
        assert_eq!((half.content.as_str(), half.model.as_deref()), ("Half", Some(MODEL)));

        // When neither can be had, the chosen one's failure is told.
        let mut following = pair.say().await;
        pair.first.asked().await.refuse(401, None, "{}");
        pair.second.asked().await.refuse(500, None, "{}");
        let end = following.end().await;
        assert!(end["error"].as_str().unwrap().contains("API key"), "{end}");
        let failed = row(&pair.app, &following.message_id).await.unwrap();
        assert_eq!(
            (failed.status, failed.model.as_deref()),
            (MessageStatus::Failed, Some(MODEL))
        );
    }
);

both!(
    what_a_model_thinks_is_kept_apart_from_what_it_says,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (mut following, exchange) = talk.say("Hello").await;
        exchange.raw("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"A greeting\\u0000.\"}}]}\n\n");
        exchange.say("<think>Say hello.");
        exchange.say("</thi");
        exchange.say("nk>\n\nHello yourself.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(following.text, "Hello yourself.");
        let thought = "A greeting\u{fffd}.Say hello.";
        let row = talk.row(&following.message_id).await;
        assert_eq!(
            (row.content.as_str(), row.reasoning.as_deref()),
            ("Hello yourself.", Some(thought))
        );
        let list = talk
            .app
            .get(
                &format!("/api/threads/{}/messages", following.thread_id),
                &talk.mara.token,
            )
            .await
            .expect(200)
            .json();
        assert!(list.to_string().contains("Say hello."), "{list}");

        // It is in no later prompt.
        let (mut following, exchange) = talk.say_in(Some(&following.thread_id.clone()), "And now?").await;
        assert!(
            !exchange.request.to_string().contains("Say hello"),
            "{}",
            exchange.request
        );
        exchange.say("Well.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        assert_eq!(talk.row(&following.message_id).await.reasoning, None);
    }
);
