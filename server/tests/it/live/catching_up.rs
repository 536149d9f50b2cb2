//! What a page missed while it was away it is told when it comes back: exactly, or that it has to read anew.

use domain::feed::{Change, Kind as Happened};
use domain::{messages, threads, views};
use types::live::LiveEvent;
use types::threads::{ChangeThreadRequest, Feedback, FeedbackRequest, ThreadRow};

use super::{Feed, Page, Scene, get_live};
use crate::both;
use crate::support::Kind;

fn renamed(title: &str) -> ChangeThreadRequest {
    ChangeThreadRequest {
        title: Some(title.to_owned()),
        ..ChangeThreadRequest::default()
    }
}

/// Does a good deal of what can be done in a thread, and to others; after each act, a page that was opened then.
async fn acts(scene: &Scene) -> (String, Vec<Page>) {
    let (core, who) = (&scene.app.core, &scene.who);
    let first = scene.exchange(None, "One", "**1**").await;
    let thread = first.row.thread.id.clone();
    let other = scene.exchange(None, "Elsewhere", "there").await.row.thread.id;
    let mut pages = vec![scene.open(&thread).await];
    scene.exchange(Some(&thread), "Two", "2").await;
    pages.push(scene.open(&thread).await);
    let rate = FeedbackRequest {
        feedback: Some(Feedback::Up),
        comment: None,
    };
    messages::rate(core, who, &first.answer.id, rate).await.unwrap();
    pages.push(scene.open(&thread).await);
    threads::change_row(core, who, &thread, renamed("Renamed"))
        .await
        .unwrap();
    pages.push(scene.open(&thread).await);
    let third = scene.exchange(Some(&thread), "Three", "- 3\n- drei").await;
    pages.push(scene.open(&thread).await);
    let anew = tokio::join!(
        views::regenerate(core, who, &third.answer.id, None, "request"),
        scene.model.answers("# 3"),
    );
    scene.is_over(&anew.0.unwrap().answer.id).await;
    pages.push(scene.open(&thread).await);
    messages::delete(core, who, &thread, &first.asked.unwrap().id)
        .await
        .unwrap();
    pages.push(scene.open(&thread).await);
    threads::put_away(core, who, &other).await.unwrap();
    threads::mark_read(core, who, &thread).await.unwrap();
    pages.push(scene.open(&thread).await);
    (thread, pages)
}

both!(whenever_a_page_left_it_comes_to_the_same, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let (thread, pages) = acts(&scene).await;
    let fresh = scene.open(&thread).await;
    for (at, mut page) in pages.into_iter().enumerate() {
        let mut feed = scene.feed(&page).await;
        feed.until_mark(&scene, &mut page, &format!("mark {at}")).await;
        assert_eq!(page.messages, fresh.messages, "page {at}");
        assert_eq!(page.threads[&thread], fresh.threads[&thread], "page {at}");
        assert_eq!(page.threads.len(), 1, "a deleted thread is gone again, page {at}");
        assert!(!page.refetch, "page {at}");
    }
});

both!(
    a_browser_that_connects_again_by_itself_goes_on_where_it_was,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let thread = scene.exchange(None, "One", "1").await.row.thread.id;
        let mut page = scene.open(&thread).await;
        let mut feed = scene.feed(&page).await;
        let body = serde_json::json!({ "title": "Another" });
        scene
            .app
            .post("/api/threads", &scene.mara.token, body)
            .await
            .expect(201);
        feed.until(&mut page, "the thread", |page| page.threads.len() == 2)
            .await;
        let last = feed.last_id.clone().expect("an id");
        let address = page.request(&scene.app, &scene.mara);
        drop(feed);
        scene.exchange(Some(&thread), "Two", "2").await;
        let mut again = Feed::open(address.header("last-event-id", &last)).await;
        assert_eq!(again.next().await, Some(LiveEvent::Hello { at: last }));
        again.until_mark(&scene, &mut page, "mark").await;
        assert_eq!(page.messages, scene.open(&thread).await.messages);
        assert!(!page.refetch);
    }
);

both!(
    a_page_that_was_away_for_too_long_is_given_the_newest_and_reads_anew,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let thread = scene.exchange(None, "One", "1").await.row.thread.id;
        let old = scene.open(&thread).await;
        let (running, exchange) = scene.say(Some(&thread), "Two").await;
        let change = |number: usize| Change {
            user_id: "somebody".to_owned(),
            team_id: None,
            thread_id: number.to_string(),
            kind: Happened::Thread,
        };
        scene.app.core.feed.publish_all((0..600).map(change));
        let foreign = Page {
            at: "another-7".to_owned(),
            ..old.clone()
        };
        let newest: Vec<ThreadRow> = threads::newest(&scene.app.core, &scene.who, None, 50).await.unwrap();
        for mut page in [old.clone(), foreign] {
            let mut feed = scene.feed(&page).await;
            feed.next().await;
            assert_eq!(
                feed.next().await,
                Some(LiveEvent::Sidebar {
                    threads: newest.clone()
                })
            );
            assert_eq!(feed.next().await, Some(LiveEvent::Refetch));
            // What it reads anew goes on.
            page = scene.open(&thread).await;
            exchange.say("x");
            feed.until(&mut page, "a piece", |page| {
                !page.message(&running.answer.id).blocks.is_empty()
            })
            .await;
        }
        // Without a place the newest are given too; without a thread there is nothing to read anew.
        let mut feed = Feed::open(get_live(&scene.app, &scene.mara)).await;
        feed.next().await;
        assert_eq!(feed.next().await.map(|event| event.name()), Some("sidebar"));
        let mut page = Page::default();
        feed.until_mark(&scene, &mut page, "mark").await;
        assert!(!page.refetch);

        // So does one that is there, but too slow.
        scene.app.core.feed.publish_all((0..600).map(change));
        let Some(LiveEvent::Sidebar { threads }) = feed.next().await else {
            panic!("a sidebar")
        };
        assert_eq!(threads.len(), 2);
        exchange.finish();
    }
);

both!(more_messages_than_are_told_are_read_anew, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let thread = scene.exchange(None, "One", "1").await.row.thread.id;
    let mut page = scene.open(&thread).await;
    for number in 0..26 {
        scene.exchange(Some(&thread), &number.to_string(), "x").await;
    }
    let mut feed = scene.feed(&page).await;
    feed.until(&mut page, "the news", |page| page.refetch).await;
});

both!(a_deleted_thread_goes_and_comes_back, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let thread = scene.exchange(None, "One", "1").await.row.thread.id;
    let (said, exchange) = scene.say(Some(&thread), "Two").await;
    let mut page = scene.open(&thread).await;
    let before = page.clone();
    let mut feed = scene.feed(&page).await;
    exchange.say("Half");
    feed.until(&mut page, "a piece", |page| {
        page.message(&said.answer.id).blocks == ["<p dir=\"auto\">Half</p>"]
    })
    .await;
    threads::put_away(&scene.app.core, &scene.who, &thread).await.unwrap();
    feed.until(&mut page, "it is gone", |page| page.threads.is_empty())
        .await;
    exchange.hung_up().await;
    // A page that comes now is told so at once.
    let mut late = scene.feed(&page).await;
    let mut late_page = before.clone();
    late.until(&mut late_page, "it is gone", |page| page.threads.is_empty())
        .await;

    threads::restore(&scene.app.core, &scene.who, &thread).await.unwrap();
    for (feed, page) in [(&mut feed, &mut page), (&mut late, &mut late_page)] {
        feed.until(page, "it is back", |page| {
            page.threads.contains_key(&thread) && page.refetch
        })
        .await;
    }
    scene.exchange(Some(&thread), "Three", "3").await;
    page.messages = scene.open(&thread).await.messages;
    feed.until_mark(&scene, &mut page, "mark").await;
    assert_eq!(page.messages, scene.open(&thread).await.messages);
});
