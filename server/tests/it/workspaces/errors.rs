//! What goes wrong, in the words of that API.

use serde_json::{Value, json};

use super::Work;
use crate::both;
use crate::support::Kind;

both!(
    a_key_that_is_not_good_is_refused_in_that_apis_words,
    async |kind: Kind| {
        let work = Work::begin(kind).await;
        assert_eq!(
            work.app.get("/api/ping", "").await.expect(200).json(),
            json!({ "online": true })
        );
        let good = work.app.get("/api/v1/auth", &work.key.secret).await.expect(200);
        assert_eq!(good.json(), json!({ "authenticated": true }));
        let wrong = format!("sk-{}", "0".repeat(48));
        for bearer in ["", wrong.as_str(), "sk-short", work.mara.token.as_str()] {
            let refused = work.app.get("/api/v1/auth", bearer).await.expect(403);
            assert_eq!(refused.json(), json!({ "error": "No valid api key found." }));
        }
        // Elsewhere the same key has the usual answer.
        work.app.get("/api/threads", &wrong).await.expect(401);

        let soon = json!({ "name": "Soon", "expiresAt": "2026-01-15T10:00:01Z" });
        let expiring = work.app.key(&work.mara, soon).await;
        work.app.clock.advance(std::time::Duration::from_secs(2));
        let expired = work.app.get("/api/v1/auth", &expiring.secret).await.expect(401);
        assert_eq!(expired.error(), "API key expired");
    }
);

both!(the_gate_speaks_for_itself, async |kind: Kind| {
    let app = crate::support::TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let refused = app.get("/api/v1/auth", &key.secret).await.expect(403);
    assert_eq!(refused.error(), "API key access is not allowed for this endpoint");
});

both!(what_can_not_be_said_is_aborted, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let abort = |error: &str| (error.to_owned(), json!("abort"), Value::Null, json!(true));
    for (slug, rest, body, error) in [
        (work.slug.as_str(), "/chat", json!({}), "Message is empty"),
        (&work.slug, "/chat", json!({ "message": " " }), "Message is empty"),
        (&work.slug, "/stream-chat", json!({ "message": "" }), "Message is empty"),
        (
            &work.slug,
            "/chat",
            json!({ "message": "Hi", "mode": "loud" }),
            "loud is not a valid mode.",
        ),
        (
            "nowhere",
            "/chat",
            json!({ "message": "Hi" }),
            "Workspace nowhere is not a valid workspace.",
        ),
        (
            "nowhere",
            "/stream-chat",
            json!({ "message": "Hi" }),
            "Workspace nowhere is not a valid workspace.",
        ),
        (
            &work.slug,
            "/thread/none/chat",
            json!({ "message": "Hi" }),
            "Workspace lisbon or thread none is not valid.",
        ),
        (
            &work.slug,
            "/chat",
            json!({ "message": "Hi", "attachments": [{ "name": "a.png", "mime": "image/png", "contentString": "data:image/png;base64,AA==" }] }),
            "The attachment \"a.png\" is not a text. Only texts can be sent with a message.",
        ),
    ] {
        let path = format!("/api/v1/workspace/{slug}{rest}");
        let json = work
            .app
            .post(&path, &work.key.secret, body.clone())
            .await
            .expect(400)
            .json();
        let seen = (
            json["error"].as_str().unwrap().to_owned(),
            json["type"].clone(),
            json["textResponse"].clone(),
            json["close"].clone(),
        );
        assert_eq!(seen, abort(error), "{path} {body}");
        assert!(json["id"].is_string() && json["sources"] == json!([]));
    }
    assert_eq!(work.rows().await.len(), 0);
});

both!(text_that_is_attached_is_part_of_the_message, async |kind: Kind| {
    let work = Work::begin(kind).await;
    let attachment =
        json!({ "name": "trams.txt", "mime": "text/plain", "contentString": "data:text/plain;base64,TGluZSAyOA==" });
    let body = json!({ "message": "Read this", "attachments": [attachment] });
    work.post("/chat", body).await.expect(200);
    assert_eq!(work.rows().await[0].content, "Read this\n\ntrams.txt:\nLine 28");
});
