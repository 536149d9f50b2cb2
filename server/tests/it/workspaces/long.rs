//! The conversation of the bug report: twenty messages through a key, then one that needs less of them. With every window a
//! model can have, known or not, it goes on, and every row has its user.

use axum::routing::post;
use axum::{Json, Router};
use domain::config::{ModelConfig, Provider};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Work;
use crate::both;
use crate::support::{Kind, TestApp};

/// What a server says of its model's window.
#[derive(Debug, Clone, Copy)]
enum Says {
    Window(u32),
    Nothing,
    /// It takes the question, and never answers.
    Silent,
}

/// A server in the protocol of Ollama that answers every chat with a sentence.
#[expect(
    clippy::disallowed_methods,
    reason = "a server of its own, whose routes are not the API's"
)]
async fn ollama(says: Says) -> String {
    let show = move || async move {
        match says {
            Says::Window(window) => Json(json!({
                "details": { "family": "llama" },
                "parameters": format!("num_ctx                        {window}"),
                "model_info": { "general.architecture": "llama", "llama.context_length": 131_072 },
            })),
            Says::Nothing => Json(json!({ "details": { "family": "llama" }, "model_info": {} })),
            Says::Silent => std::future::pending().await,
        }
    };
    let chat = |Json(request): Json<Value>| async move {
        let words: usize = request["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap().split_whitespace().count())
            .sum();
        let line = |value: Value| format!("{value}\n");
        [
            line(json!({ "message": { "role": "assistant", "content": "Take the " }, "done": false })),
            line(json!({ "message": { "role": "assistant", "content": "tram." }, "done": false })),
            line(json!({
                "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
                "prompt_eval_count": words, "eval_count": 3,
            })),
        ]
        .concat()
    };
    let routes = Router::new()
        .route("/api/show", post(show))
        .route("/api/chat", post(chat));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

async fn converse(work: &Work) {
    for at in 0..20 {
        let message = format!(
            "Message {at}: {}",
            "Tell me more of the trams of Lisbon. ".repeat(at % 5 + 1)
        );
        let answer = work
            .post("/chat", json!({ "message": message }))
            .await
            .expect(200)
            .json();
        assert!(!answer["textResponse"].as_str().unwrap().is_empty());
    }
    let long = format!("Sum it up. {}", "And think of the hills too. ".repeat(400));
    let answer = work.post("/chat", json!({ "message": long })).await.expect(200).json();
    assert_eq!(answer["error"], Value::Null);
    let again = work
        .post("/chat", json!({ "message": "And briefly?" }))
        .await
        .expect(200)
        .json();
    assert_eq!(again["error"], Value::Null);
    let rows = work.rows().await;
    assert_eq!(rows.len(), 44);
    for row in rows {
        assert_eq!(row.user_id, work.mara.id);
        assert_eq!(row.status, entity::messages::MessageStatus::Complete);
        assert!(row.in_context);
    }
    assert_eq!(work.history("/chats").await.len(), 44);
}

async fn with_ollama(kind: Kind, says: Says, configured: Option<u32>) {
    let base_url = ollama(says).await;
    let app = TestApp::with(kind, |config| {
        config.models.push(ModelConfig {
            id: "llama".to_owned(),
            name: None,
            provider: Provider::Ollama,
            base_url: Some(base_url),
            model: None,
            api_key_env: None,
            context_window: configured,
            fallback: None,
        });
        "llama".clone_into(&mut config.chat.default_model);
    });
    converse(&Work::on(app.await).await).await;
}

both!(with_the_builtin_model, async |kind: Kind| converse(
    &Work::begin(kind).await
)
.await);
both!(with_a_window_of_512, async |kind: Kind| with_ollama(
    kind,
    Says::Window(512),
    None
)
.await);
both!(with_a_window_of_4096, async |kind: Kind| with_ollama(
    kind,
    Says::Window(4_096),
    None
)
.await);
both!(with_a_window_of_512_by_configuration, async |kind: Kind| {
    with_ollama(kind, Says::Nothing, Some(512)).await;
});
both!(with_a_window_nobody_knows, async |kind: Kind| with_ollama(
    kind,
    Says::Nothing,
    None
)
.await);
both!(with_a_server_that_never_says_its_window, async |kind: Kind| {
    with_ollama(kind, Says::Silent, None).await;
});
