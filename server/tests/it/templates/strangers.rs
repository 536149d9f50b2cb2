//! What is somebody else's looks unknown, on every route.

use serde_json::{Value, json};

use super::{id, list, make, named};
use crate::both;
use crate::support::{Kind, TestApp};

const ROUTES: &[(&str, Option<&str>)] = &[("PATCH", Some(r#"{"name":"Taken"}"#)), ("DELETE", None)];

async fn call(app: &TestApp, bearer: &str, route: &(&str, Option<&str>), template: &str) -> (u16, Value) {
    let body = route.1.map(|body| serde_json::from_str(body).unwrap());
    let path = format!("/api/templates/{template}");
    let answer = app.call(route.0, &path, bearer, body).await;
    let mut json = answer.json();
    json["requestId"].take();
    (answer.status.as_u16(), json)
}

both!(foreign_is_unknown_and_nobody_gets_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let template = make(&app, &mara.token, named("Mine")).await;
    let in_team = json!({ "name": "Ours", "prompt": "x", "teamId": team });
    let in_team = make(&app, &mara.token, in_team).await;
    let ottos_key = app.key(&otto, json!({ "name": "CLI" })).await.secret;
    for (stranger, status, code) in [
        (otto.token.as_str(), 404, "not_found"),
        (&ottos_key, 404, "not_found"),
        ("", 401, "unauthenticated"),
    ] {
        for route in ROUTES {
            let foreign = call(&app, stranger, route, id(&template)).await;
            assert_eq!((foreign.0, &foreign.1["code"]), (status, &json!(code)), "{route:?}");
            for other in [id(&in_team), domain::clock::new_id().as_str(), "x"] {
                assert_eq!(call(&app, stranger, route, other).await, foreign, "{route:?}");
            }
        }
    }
    app.get("/api/templates", "").await.expect(401);
    app.post("/api/templates", "", named("A")).await.expect(401);
    assert_eq!(list(&app, &otto.token, "").await, [] as [Value; 0]);
    assert_eq!(list(&app, &mara.token, "").await, [template]);
});
