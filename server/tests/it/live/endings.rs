//! A feed ends with what it stands on: the session, the membership, the server.

use std::time::Instant;

use entity::team_members::TeamRole;
use serde_json::json;
use types::live::LiveEvent;
use types::threads::MessageStatus;

use super::{Feed, Page, SOON, Scene, get_live};
use crate::both;
use crate::support::{Kind, TestApp};

both!(signing_out_ends_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let otto = app.user("otto").await;
    let mut maras = Feed::open(get_live(&app, &mara)).await;
    let mut ottos = Feed::open(get_live(&app, &otto)).await;
    app.post("/api/auth/logout", &mara.token, json!({})).await.expect(204);
    let out = Instant::now();
    assert_eq!(maras.over().await, "You are not signed in");
    assert!(out.elapsed() < SOON, "{:?}", out.elapsed());
    // Nobody else is disturbed.
    let mut page = Page::default();
    app.post("/api/threads", &otto.token, json!({ "title": "Mine" }))
        .await
        .expect(201);
    ottos
        .until(&mut page, "his thread", |page| page.threads.len() == 1)
        .await;
});

both!(being_suspended_ends_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let admin = app.user("admin").await;
    let mara = app.user("mara").await;
    let mut feed = Feed::open(get_live(&app, &mara)).await;
    let path = format!("/api/admin/users/{}", mara.id);
    app.call("PATCH", &path, &admin.token, Some(json!({ "suspended": true })))
        .await
        .expect(200);
    let suspended = Instant::now();
    feed.over().await;
    assert!(suspended.elapsed() < SOON, "{:?}", suspended.elapsed());
});

/// What of a shared thread somebody hears who loses sight of it in the middle of an answer.
async fn lost(kind: Kind, lose: impl AsyncFnOnce(&Scene, &str, &str, &crate::support::User)) {
    let scene = Scene::begin(kind).await;
    let otto = scene.app.user("otto").await;
    let team = scene.app.team(&scene.mara, "Team").await;
    scene.app.join(&scene.mara, &team, &otto, TeamRole::Member).await;
    let body = json!({ "teamId": team, "visibility": "shared" });
    let made = scene
        .app
        .post("/api/threads", &scene.mara.token, body)
        .await
        .expect(201)
        .json();
    let thread = made["thread"]["id"].as_str().unwrap().to_owned();
    let (said, exchange) = scene.say(Some(&thread), "Tell us").await;
    let mut page = Page {
        thread: Some(thread.clone()),
        at: scene.app.core.feed.position(),
        ..Page::default()
    };
    let mut feed = Feed::open(page.request(&scene.app, &otto)).await;
    exchange.say("Once upon");
    feed.until(&mut page, "a piece", |page| {
        page.messages
            .values()
            .any(|message| message.blocks == ["<p dir=\"auto\">Once upon</p>"])
    })
    .await;
    let author = |page: &Page| page.messages.values().next().unwrap().author.clone();
    assert_eq!(author(&page).as_deref(), Some("mara"));

    lose(&scene, &thread, &team, &otto).await;
    let changed = Instant::now();
    while feed.next().await != Some(LiveEvent::ThreadGone { id: thread.clone() }) {}
    assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
    // What is said from here on he does not hear; what is his own he does.
    exchange.say(" a secret");
    exchange.finish();
    scene.is_over(&said.answer.id).await;
    let body = json!({ "title": "Mine" });
    scene.app.post("/api/threads", &otto.token, body).await.expect(201);
    loop {
        match feed.next().await.expect("an event") {
            LiveEvent::Thread { row } if row.thread.title == "Mine" => break,
            // That it is gone may be told again.
            LiveEvent::ThreadGone { id } => assert_eq!(id, thread),
            other => panic!("{other:?}"),
        }
    }
}

both!(leaving_a_team_ends_what_is_seen_of_it, async |kind: Kind| {
    lost(kind, async |scene, _, team, otto| {
        scene.app.remove(&scene.mara, team, otto).await;
    })
    .await;
});

both!(
    a_thread_that_is_taken_back_is_gone_for_the_others,
    async |kind: Kind| {
        lost(kind, async |scene, thread, _, _| {
            let path = format!("/api/threads/{thread}");
            let body = json!({ "visibility": "private" });
            scene
                .app
                .call("PATCH", &path, &scene.mara.token, Some(body))
                .await
                .expect(200);
        })
        .await;
    }
);

both!(the_end_of_the_server_ends_it_after_its_answers, async |kind: Kind| {
    let mut scene = Scene::begin(kind).await;
    let (said, exchange) = scene.say(None, "Tell me").await;
    let mut page = scene.open(&said.row.thread.id).await;
    let mut feed = scene.feed(&page).await;
    exchange.say("Once upon");
    feed.until(&mut page, "a piece", |page| {
        page.message(&said.answer.id).blocks == ["<p dir=\"auto\">Once upon</p>"]
    })
    .await;
    exchange.say(" a time");
    exchange.finish();
    let ended = scene.app.shut_down();
    let told = async {
        feed.until(&mut page, "the end", |page| {
            page.message(&said.answer.id).status == MessageStatus::Complete
        })
        .await;
        while let Some(event) = feed.next().await {
            page.apply(event);
        }
    };
    tokio::join!(ended, told);
    assert_eq!(
        page.message(&said.answer.id).blocks,
        ["<p dir=\"auto\">Once upon a time</p>"]
    );
});
