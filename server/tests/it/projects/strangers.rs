//! What is somebody else's looks unknown, on every route.

use serde_json::{Value, json};

use super::{id, make, read};
use crate::both;
use crate::support::{Answer, Kind, TestApp};

const ROUTES: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/api/projects/{p}", None),
    ("PATCH", "/api/projects/{p}", Some(r#"{"name":"Taken"}"#)),
    ("DELETE", "/api/projects/{p}", None),
    ("POST", "/api/threads", Some(r#"{"projectId":"{p}"}"#)),
    ("POST", "/api/chat", Some(r#"{"content":"Hello","projectId":"{p}"}"#)),
];

async fn call(app: &TestApp, bearer: &str, route: &(&str, &str, Option<&str>), project: &str) -> (u16, Value) {
    let fill = |text: &str| text.replace("{p}", project);
    let body = route.2.map(|body| serde_json::from_str(&fill(body)).unwrap());
    let answer: Answer = app.call(route.0, &fill(route.1), bearer, body).await;
    let mut json = answer.json();
    json["requestId"].take();
    (answer.status.as_u16(), json)
}

both!(foreign_is_unknown_on_every_route, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let project = make(&app, &mara.token, json!({ "name": "Mine" })).await;
    let strangers = [
        otto.token.clone(),
        app.key(&otto, json!({ "name": "CLI" })).await.secret,
        // The owner's own team key, to a personal project.
        app.key(&mara, json!({ "name": "Team", "teamId": team })).await.secret,
    ];
    for stranger in &strangers {
        for route in ROUTES {
            let foreign = call(&app, stranger, route, id(&project)).await;
            assert_eq!((foreign.0, &foreign.1["code"]), (404, &json!("not_found")), "{route:?}");
            for unknown in [
                domain::clock::new_id().as_str(),
                "x",
                "0190A2B4-0000-7000-8000-000000000000",
            ] {
                assert_eq!(call(&app, stranger, route, unknown).await, foreign, "{route:?}");
            }
        }
    }
    assert_eq!(read(&app, &mara.token, &project).await, project);
});

both!(nobody_gets_nothing_on_every_route, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let project = make(&app, &mara.token, json!({ "name": "Mine" })).await;
    let unknown = domain::clock::new_id();
    for route in ROUTES {
        let there = call(&app, "", route, id(&project)).await;
        assert_eq!(there.0, 401, "{route:?}");
        assert_eq!(call(&app, "", route, &unknown).await, there, "{route:?}");
    }
    app.get("/api/projects", "").await.expect(401);
    app.post("/api/projects", "", json!({ "name": "A" })).await.expect(401);
});
