//! The three kinds of patterns as documented, over real requests.

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp};

both!(the_documented_table_of_patterns_holds, async |kind: Kind| {
    let first = TestApp::new(kind).await;
    let mara = first.user("mara").await;
    let key = first.key(&mara, json!({ "name": "CLI" })).await;
    let thread = first
        .post("/api/threads", &mara.token, json!({}))
        .await
        .expect(201)
        .json();
    let one = format!("/api/threads/{}", thread["thread"]["id"].as_str().unwrap());
    let below = format!("{one}/messages");
    for (pattern, matching, not_matching) in [
        (
            "/api/threads",
            vec!["/api/threads"],
            vec![&*one, &below, "/api/threads/", "/api/thread"],
        ),
        (
            "/api/threads/*",
            vec![&*one],
            vec!["/api/threads", "/api/threads/", &below],
        ),
        (
            "/api/threads/**",
            vec!["/api/threads", &one, &below],
            vec!["/api/thread", "/api/threadsx", "/api/threads/"],
        ),
    ] {
        let app = TestApp::on(first.database.again(), |config| {
            config.api.allowed_endpoints = vec![pattern.to_owned()];
        })
        .await;
        for path in matching {
            app.get(path, &key.secret).await.expect(200);
            // The query is no part of the path.
            app.get(&format!("{path}?limit=1"), &key.secret).await.expect(200);
        }
        for path in not_matching {
            let answer = app.get(path, &key.secret).await;
            answer.refused(
                403,
                "endpoint_not_allowed",
                "API key access is not allowed for this endpoint",
            );
        }
        // The list binds keys, not people.
        app.get(&one, &mara.token).await.expect(200);
    }
});
