//! Threads and their messages.

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp};

both!(what_is_somebody_elses_looks_unknown, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let thread = app.post("/api/threads", &mara.token, json!({})).await.expect(201).json();
    let id = thread["thread"]["id"].as_str().unwrap();
    let foreign = app.get(&format!("/api/threads/{id}"), &otto.token).await.expect(404);
    let unknown = app.get(&format!("/api/threads/{}", domain::clock::new_id()), &otto.token).await.expect(404);
    assert_eq!(foreign.error(), unknown.error());
});
