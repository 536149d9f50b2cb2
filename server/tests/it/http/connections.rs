//! Connections: none is kept for somebody who says nothing, and none is broken off at the end of the server.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::both;
use crate::support::{Kind, TestApp, raw};

/// The fifteen seconds in which the head of a request must have come, and a loaded machine.
const PATIENCE: Duration = Duration::from_secs(22);

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let app = TestApp::new(Kind::Sqlite).await;
    let started = Instant::now();
    let half = b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-Half";
    let whole = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n";
    let (_, _, _, answered) = tokio::join!(
        raw::bytes(&app, b""),
        raw::bytes(&app, b"G"),
        raw::bytes(&app, half),
        raw::bytes(&app, whole),
    );
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    // Between two requests as well.
    assert!(String::from_utf8_lossy(&answered).starts_with("HTTP/1.1 200 OK\r\n"));
    app.get("/api/health", "").await.expect(200);
}

both!(requests_under_way_at_the_end_are_answered, async |kind: Kind| {
    // A hash that takes its time; two are made at once.
    let mut app = TestApp::with(kind, |config| config.api.hash_cost = 10).await;
    let mut calls = JoinSet::new();
    for at in 0..8 {
        let email = format!("user{at}@example.com");
        let body = json!({ "email": email, "password": "correct horse", "name": "User" });
        let request = app.request(Method::POST, "/api/auth/register").json(&body);
        calls.spawn(async move {
            let response = request.send().await.unwrap();
            (response.status(), response.text().await.unwrap())
        });
    }
    // When the first is answered, the others wait for their hashes.
    let (status, text) = calls.join_next().await.unwrap().unwrap();
    assert_eq!(status, StatusCode::CREATED, "{text}");
    app.shut_down().await;
    for (status, text) in calls.join_all().await {
        assert_eq!(status, StatusCode::CREATED, "{text}");
    }
    assert!(
        app.request(Method::GET, "/api/health").send().await.is_err(),
        "nobody listens any more"
    );
});
