//! Who gets a feed, and how many.

use reqwest::Method;
use serde_json::json;
use types::live::LiveEvent;

use super::{Feed, Page, Scene, get_live};
use crate::both;
use crate::support::{Kind, TestApp, send, until};

both!(
    without_a_session_there_is_nothing_to_come_back_for,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        send(app.request(Method::GET, "/_live")).await.expect(204);
        let (name, _) = mara.cookie.split_once('=').unwrap();
        let stranger = app
            .request(Method::GET, "/_live")
            .header("cookie", format!("{name}=nonsense"));
        let answer = send(stranger).await.expect(204);
        assert_eq!(answer.text, "");
        app.post("/api/auth/logout", &mara.token, json!({})).await.expect(204);
        send(get_live(&app, &mara)).await.expect(204);
    }
);

both!(programs_and_other_sites_are_refused, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/**".to_owned(), "/_live".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let answer = app.get("/_live", &key.secret).await.expect(403);
    assert_eq!(answer.json()["code"], "forbidden");
    let answer = app.get("/_live", &mara.token).await.expect(401);
    assert_eq!(answer.json()["code"], "unauthenticated");
    // A bearer is judged alone.
    send(get_live(&app, &mara).bearer_auth(&mara.token)).await.expect(401);
    for site in ["cross-site", "same-site"] {
        let request = app
            .request(Method::GET, "/_live")
            .header("cookie", &mara.cookie)
            .header("sec-fetch-site", site);
        let answer = send(request).await.expect(403);
        assert_eq!(answer.json()["code"], "cross_origin");
    }
    for wrong in ["seen=x", "seen=1&seen=2"] {
        let request = app
            .request(Method::GET, &format!("/_live?{wrong}"))
            .header("cookie", &mara.cookie);
        send(request).await.expect(400);
    }
});

both!(a_key_does_not_learn_that_it_is_there, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let there = app.get("/_live", &key.secret).await;
    let nowhere = app.get("/_nowhere", &key.secret).await;
    assert_eq!((there.status, there.error()), (nowhere.status, nowhere.error()));
});

both!(it_is_neither_kept_nor_compressed_nor_held_up, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let request = get_live(&app, &mara).header("accept-encoding", "gzip, br");
    let feed = Feed::open(request).await;
    let headers = feed.response.headers();
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding"));
});

both!(
    a_thread_of_somebody_else_is_as_one_that_is_not_there,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let thread = scene.exchange(None, "Secret", "Secret").await.row.thread.id;
        let otto = scene.app.user("otto").await;
        let unknown = domain::clock::new_id();
        for id in [thread.as_str(), unknown.as_str(), "nonsense", "\0", ""] {
            let page = Page {
                thread: Some(id.to_owned()),
                at: scene.app.core.feed.position(),
                ..Page::default()
            };
            let mut feed = Feed::open(page.request(&scene.app, &otto)).await;
            feed.next().await;
            assert_eq!(feed.next().await, Some(LiveEvent::ThreadGone { id: id.to_owned() }));
        }
        // What happens there does not reach him either.
        let page = Page {
            thread: Some(thread.clone()),
            at: scene.app.core.feed.position(),
            ..Page::default()
        };
        let mut feed = Feed::open(page.request(&scene.app, &otto)).await;
        for _hello_and_gone in 0..2 {
            feed.next().await;
        }
        scene.exchange(Some(&thread), "More", "secrets").await;
        let body = json!({ "title": "Mine" });
        scene.app.post("/api/threads", &otto.token, body).await.expect(201);
        let Some(LiveEvent::Thread { row }) = feed.next().await else {
            panic!("his own thread")
        };
        assert_eq!(row.thread.title, "Mine");
    }
);

both!(a_session_has_eight_at_a_time, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut feeds = Vec::new();
    for _ in 0..8 {
        feeds.push(Feed::open(get_live(&app, &mara)).await);
    }
    let answer = send(get_live(&app, &mara)).await.expect(429);
    assert_eq!(answer.json()["code"], "rate_limited");
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(answer.headers["ratelimit"], "\"live\";r=0;t=60");
    // Another session has its own eight.
    let otto = app.user("otto").await;
    Feed::open(get_live(&app, &otto)).await;
    feeds.pop();
    until("a place is free again", async || {
        let response = get_live(&app, &mara).send().await.unwrap();
        response.status() == 200
    })
    .await;
});
