//! Making threads.

use entity::threads;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{id, make, project};
use crate::both;
use crate::support::{Kind, TestApp};

both!(a_new_thread_is_as_it_was_asked_for, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let thread = make(&app, &mara.token, json!({})).await;
    let expected = json!({
        "id": id(&thread), "title": "New Chat", "projectId": null, "teamId": null, "visibility": "private",
        "model": null, "pinned": false, "archived": false, "messageCount": 0, "lastMessagePreview": null,
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-15T10:00:00.000Z",
    });
    assert_eq!(thread, expected);
    let path = format!("/api/threads/{}", id(&thread));
    let mut read = app.get(&path, &mara.token).await.expect(200).json()["thread"].take();
    assert_eq!(read["messages"].take(), json!([]));
    assert_eq!(read["messagesCursor"], json!(null));

    for (title, stored) in [
        ("  Tide tables  ", "Tide tables"),
        ("", "New Chat"),
        ("  ", "New Chat"),
        ("ä", "ä"),
    ] {
        assert_eq!(
            make(&app, &mara.token, json!({ "title": title })).await["title"],
            stored
        );
    }
    let longest = "ü".repeat(200);
    assert_eq!(
        make(&app, &mara.token, json!({ "title": longest })).await["title"],
        longest
    );
    let project = project(&app, &mara, None, "private").await;
    let thread = make(&app, &mara.token, json!({ "projectId": project, "model": "builtin" })).await;
    assert_eq!(
        (&thread["projectId"], &thread["model"]),
        (&json!(project), &json!("builtin"))
    );
});

both!(what_cannot_be_made_is_refused_with_the_field, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let ottos = project(&app, &otto, None, "private").await;
    let unknown = domain::clock::new_id();
    for (body, status, field) in [
        (json!({ "title": "x".repeat(201) }), 400, Some("title")),
        (json!({ "title": "a\nb" }), 400, Some("title")),
        (json!({ "title": "a\u{0}b" }), 400, Some("title")),
        (json!({ "title": "a\u{202e}b" }), 400, Some("title")),
        (json!({ "model": "gpt-99" }), 400, Some("model")),
        (json!({ "model": "" }), 400, Some("model")),
        (json!({ "visibility": "shared" }), 400, Some("visibility")),
        (json!({ "title": 7 }), 400, None),
        (json!({ "visibility": "everyone" }), 400, None),
        (json!([]), 400, None),
        (json!({ "projectId": unknown }), 404, None),
        (json!({ "projectId": ottos }), 404, None),
        (json!({ "projectId": "" }), 404, None),
        (json!({ "projectId": "a\u{0}b" }), 404, None),
        (json!({ "teamId": unknown }), 403, None),
        (json!({ "teamId": "" }), 403, None),
        (json!({ "teamId": "a\u{0}b" }), 403, None),
    ] {
        let answer = app.post("/api/threads", &mara.token, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
        if let Some(field) = field {
            assert_eq!(answer.json()["fields"][0]["field"], field, "{body}");
        }
    }
    // All that is wrong is named at once.
    let body = json!({ "title": "a\nb", "model": "gpt-99" });
    let both = app.post("/api/threads", &mara.token, body).await.expect(400).json();
    assert_eq!(both["fields"].as_array().unwrap().len(), 2);
    assert!(
        threads::Entity::find()
            .all(app.core.db.read())
            .await
            .unwrap()
            .is_empty()
    );
});

both!(what_a_caller_may_not_set_takes_no_effect, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (otto, mara) = (app.user("otto").await, app.user("mara").await);
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    for bearer in [&mara.token, &key.secret] {
        let body = json!({
            "title": "Mine", "userId": otto.id, "user_id": otto.id, "id": "mine", "messageCount": 7,
            "createdAt": "2000-01-01T00:00:00.000Z", "sessionKey": "x", "pinned": true,
        });
        let thread = make(&app, bearer, body).await;
        assert_ne!(thread["id"], "mine");
        assert_eq!(
            (&thread["messageCount"], &thread["createdAt"]),
            (&json!(0), &json!("2026-01-15T10:00:00.000Z"))
        );
        let row = threads::Entity::find_by_id(id(&thread))
            .one(app.core.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.user_id, row.session_key), (mara.id.clone(), None));
        // Nor later.
        let path = format!("/api/threads/{}", id(&thread));
        let body = json!({ "userId": otto.id, "id": "mine", "teamId": otto.id, "title": "Still mine" });
        let changed = app.call("PATCH", &path, bearer, Some(body)).await.expect(200).json();
        assert_eq!(
            (&changed["thread"]["id"], &changed["thread"]["teamId"]),
            (&thread["id"], &json!(null))
        );
        let row = threads::Entity::find_by_id(id(&thread))
            .one(app.core.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.user_id, row.title.as_str()), (mara.id.clone(), "Still mine"));
    }
    assert_eq!(
        app.get("/api/threads", &otto.token).await.expect(200).json()["threads"],
        json!([])
    );
});
