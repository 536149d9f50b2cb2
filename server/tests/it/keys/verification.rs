//! A request that carries a key, row by row of the contract.

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp};

both!(a_key_acts_as_its_owner, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let thread = app.post("/api/threads", &key.secret, json!({ "title": "From a program" })).await.expect(201).json();
    let id = thread["thread"]["id"].as_str().unwrap();
    app.get(&format!("/api/threads/{id}"), &mara.token).await.expect(200);
});
