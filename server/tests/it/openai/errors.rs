//! What goes wrong, in the envelope that libraries know.

use serde_json::{Value, json};

use super::{Open, frames, user};
use crate::both;
use crate::support::Kind;
use crate::support::model_server::MODEL;

fn error(json: &Value) -> (&str, &str, &Value) {
    let error = &json["error"];
    assert!(!error["message"].as_str().unwrap().is_empty());
    (
        error["type"].as_str().unwrap(),
        error["code"].as_str().unwrap(),
        &error["param"],
    )
}

both!(errors_stand_in_the_envelope, async |kind: Kind| {
    let open = Open::begin(kind).await;
    let good = json!({ "model": MODEL, "messages": [user("Hi")] });
    for bearer in ["", "sk-wrong", open.mara.token.as_str()] {
        let json = open
            .app
            .post("/v1/chat/completions", bearer, good.clone())
            .await
            .expect(401)
            .json();
        assert_eq!(
            error(&json),
            ("invalid_request_error", "invalid_api_key", &Value::Null),
            "{bearer}"
        );
    }
    let unknown = json!({ "model": "gpt-9", "messages": [user("Hi")] });
    let json = open.complete(unknown).await.expect(404).json();
    assert_eq!(
        error(&json),
        ("invalid_request_error", "model_not_found", &json!("model"))
    );
    let json = open
        .app
        .get("/v1/models/gpt-9", &open.key.secret)
        .await
        .expect(404)
        .json();
    assert_eq!(error(&json).1, "model_not_found");
    let thread =
        json!({ "model": MODEL, "messages": [user("Hi")], "metadata": { "thread_id": domain::clock::new_id() } });
    assert_eq!(error(&open.complete(thread).await.expect(404).json()).1, "not_found");
    let tools = json!({ "model": MODEL, "messages": [user("Hi")], "tools": [{ "type": "function" }] });
    assert_eq!(error(&open.complete(tools).await.expect(400).json()).2, &json!("tools"));
    let malformed = json!({ "model": MODEL });
    assert_eq!(
        error(&open.complete(malformed).await.expect(400).json()).1,
        "malformed_request"
    );
    let json = open.app.get("/v1/nothing", &open.key.secret).await.expect(404).json();
    assert_eq!(error(&json).1, "not_found");
    assert_eq!(open.rows().await.len(), 0);
});

both!(a_path_that_is_not_open_is_403, async |kind: Kind| {
    let app = crate::support::TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let json = app.get("/v1/models", &key.secret).await.expect(403).json();
    assert_eq!(error(&json), ("permission_error", "endpoint_not_allowed", &Value::Null));
    assert_eq!(
        json["error"]["message"],
        "API key access is not allowed for this endpoint"
    );
});

both!(
    a_model_that_fails_is_an_error_before_and_within_the_stream,
    async |kind: Kind| {
        let open = Open::begin(kind).await;
        let whole = json!({ "model": MODEL, "messages": [user("Hi")] });
        let (answer, ()) = tokio::join!(open.complete(whole), async {
            open.model
                .asked()
                .await
                .refuse(400, None, r#"{"error":"SECRET-CAUSE"}"#);
        });
        let answer = answer.expect(502);
        assert!(!answer.text.contains("SECRET-CAUSE"));
        assert_eq!(error(&answer.json()).0, "server_error");

        let streamed = json!({ "model": MODEL, "messages": [user("Hi")], "stream": true });
        let (answer, ()) = tokio::join!(open.complete(streamed), async {
            let exchange = open.model.asked().await;
            exchange.say("Half an ");
            drop(exchange);
        });
        let frames = frames(&answer.expect(200).text);
        assert_eq!(error(frames.last().unwrap()).0, "server_error");
        let rows = open.rows().await;
        assert_eq!(rows.last().unwrap().content, "Half an ", "what had arrived is kept");
    }
);

both!(a_body_that_is_too_long_is_413, async |kind: Kind| {
    let app = crate::support::TestApp::with(kind, |config| {
        config.api.allowed_endpoints.push("/v1/**".to_owned());
        config.limits.max_body_bytes = 2_000;
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let long = json!({ "model": "builtin", "messages": [user(&"x".repeat(3_000))] });
    let json = app
        .post("/v1/chat/completions", &key.secret, long)
        .await
        .expect(413)
        .json();
    assert_eq!(error(&json).1, "body_too_large");
});
