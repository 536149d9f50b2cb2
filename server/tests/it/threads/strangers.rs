//! What is somebody else's looks unknown, on every route.

use serde_json::{Value, json};

use super::{id, make, say};
use crate::both;
use crate::support::{Answer, Kind, TestApp};

/// Every route on a thread, a message or an answer; `{t}` and `{m}` are their ids.
const ROUTES: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/api/threads/{t}", None),
    ("PATCH", "/api/threads/{t}", Some(r#"{"title":"Taken"}"#)),
    ("DELETE", "/api/threads/{t}", None),
    ("GET", "/api/threads/{t}/messages", None),
    ("DELETE", "/api/threads/{t}/messages/{m}", None),
    ("POST", "/api/chat", Some(r#"{"content":"Hello","threadId":"{t}"}"#)),
    (
        "POST",
        "/api/chat",
        Some(r#"{"content":"Hello","threadId":"{t}","stream":false}"#),
    ),
    ("GET", "/api/chat/{m}/stream", None),
    ("POST", "/api/chat/{m}/stop", Some("{}")),
    ("POST", "/api/chat/{m}/regenerate", Some("{}")),
    ("POST", "/api/chat/{m}/feedback", Some(r#"{"type":"up"}"#)),
    (
        "POST",
        "/api/chat",
        Some(r#"{"content":"Hello","replaces":"{m}","stream":false}"#),
    ),
    ("GET", "/api/export/{t}", None),
    ("GET", "/api/export/{t}?format=markdown", None),
];

async fn call(app: &TestApp, bearer: &str, route: &(&str, &str, Option<&str>), thread: &str, message: &str) -> Answer {
    let fill = |text: &str| text.replace("{t}", thread).replace("{m}", message);
    let body = route.2.map(|body| serde_json::from_str(&fill(body)).unwrap());
    app.call(route.0, &fill(route.1), bearer, body).await
}

/// The answer without what differs between any two.
fn same(answer: &Answer) -> (u16, Value) {
    let mut json = answer.json();
    json["requestId"].take();
    (answer.status.as_u16(), json)
}

both!(foreign_is_unknown_on_every_route, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let owner = app.principal(&mara).await;
    let team = domain::teams::create(&app.core, &owner, "Team", &app.origin())
        .await
        .unwrap();
    let strangers = [
        otto.token.clone(),
        app.key(&otto, json!({ "name": "CLI" })).await.secret,
        // The owner's own team key, to a personal thread.
        app.key(&mara, json!({ "name": "Team", "teamId": team.id }))
            .await
            .secret,
    ];
    let thread = make(&app, &mara.token, json!({ "title": "Mine" })).await;
    say(&app, &mara.token, id(&thread), "Hello").await;
    let path = format!("/api/threads/{}", id(&thread));
    let before = app.get(&path, &mara.token).await.expect(200).json();
    let message = before["thread"]["messages"][1]["id"].as_str().unwrap().to_owned();

    for stranger in &strangers {
        for route in ROUTES {
            let foreign = call(&app, stranger, route, id(&thread), &message).await;
            let (status, body) = same(&foreign);
            assert_eq!(status, 404, "{} {}: {body}", route.0, route.1);
            assert_eq!(body["code"], "not_found");
            for unknown in [
                domain::clock::new_id().as_str(),
                "x",
                "0190A2B4-0000-7000-8000-000000000000",
            ] {
                let unknown = call(&app, stranger, route, unknown, unknown).await;
                assert_eq!(same(&unknown), (status, body.clone()), "{} {}", route.0, route.1);
            }
        }
        assert_eq!(
            app.get("/api/threads", stranger).await.expect(200).json()["threads"],
            json!([])
        );
    }
    assert_eq!(
        app.get(&path, &mara.token).await.expect(200).json(),
        before,
        "nothing was changed on the way"
    );
});

both!(nobody_gets_nothing_on_every_route, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let thread = make(&app, &mara.token, json!({ "title": "Mine" })).await;
    say(&app, &mara.token, id(&thread), "Hello").await;
    let read = app
        .get(&format!("/api/threads/{}", id(&thread)), &mara.token)
        .await
        .expect(200)
        .json();
    let message = read["thread"]["messages"][1]["id"].as_str().unwrap();
    let unknown = domain::clock::new_id();
    for route in ROUTES {
        let there = call(&app, "", route, id(&thread), message).await;
        let not_there = call(&app, "", route, &unknown, &unknown).await;
        assert_eq!(there.status, 401, "{} {}", route.0, route.1);
        assert_eq!(there.headers["www-authenticate"], "Bearer");
        assert_eq!(same(&there), same(&not_there));
    }
    app.get("/api/threads", "").await.expect(401);
    app.post("/api/threads", "", json!({})).await.expect(401);
});

both!(a_deleted_account_leaves_nothing_behind, async |kind: Kind| {
    use sea_orm::EntityTrait;
    let app = TestApp::new(kind).await;
    app.user("otto").await;
    let mara = app.user("mara").await;
    let thread = make(&app, &mara.token, json!({ "title": "Mine" })).await;
    say(&app, &mara.token, id(&thread), "Hello").await;
    entity::users::Entity::delete_by_id(&mara.id)
        .exec(app.core.db.write())
        .await
        .unwrap();
    assert!(
        entity::threads::Entity::find()
            .all(app.core.db.read())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        entity::messages::Entity::find()
            .all(app.core.db.read())
            .await
            .unwrap()
            .is_empty()
    );
    app.get(&format!("/api/threads/{}", id(&thread)), &mara.token)
        .await
        .expect(401);
});
