//! An answer while it is written, on a page that shows its thread.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;
use types::live::LiveEvent;
use types::threads::{MessageRole, MessageStatus};

use super::{Feed, Page, SOON, Scene, get_live};
use crate::both;
use crate::support::model_server::Exchange;
use crate::support::sse::Following;
use crate::support::{Key, Kind, TestApp};

async fn chat(scene: &Scene, key: &Key, thread_id: Option<&str>) -> (Following, Exchange) {
    let body = json!({ "content": "Tell *me*", "threadId": thread_id });
    let request = scene.app.request(Method::POST, "/api/chat").bearer_auth(&key.secret);
    let following = Following::open(request.json(&body), 0).await;
    (following, scene.model.asked().await)
}

both!(
    what_a_program_does_shows_on_the_page_of_its_owner,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let otto = scene.app.user("otto").await;
        let key = scene.app.key(&scene.mara, json!({ "name": "My CLI" })).await;
        let mut list = scene.feed(&Page::default()).await;
        let mut page = Page::default();
        list.until_mark(&scene, &mut page, "mark").await;
        let mut ottos = Feed::open(get_live(&scene.app, &otto)).await;
        for _hello_and_sidebar in 0..2 {
            ottos.next().await;
        }

        // The list hears of the new thread, and of nothing that is said in it.
        let (mut program, exchange) = chat(&scene, &key, None).await;
        let thread_id = program.thread_id.clone();
        list.until(&mut page, "the thread", |page| page.threads.contains_key(&thread_id))
            .await;
        let row = &page.threads[&thread_id];
        assert!(row.by_program && row.answering && row.unread);

        // The page that shows it hears what is there, and then what comes.
        let mut page = Page {
            thread: Some(thread_id.clone()),
            at: scene.app.core.feed.position(),
            ..Page::default()
        };
        let mut open = scene.feed(&page).await;
        open.until(&mut page, "both messages", |page| page.messages.len() == 2)
            .await;
        let messages: Vec<_> = page.messages.values().cloned().collect();
        assert_eq!(messages[0].text, "Tell *me*");
        assert_eq!(messages[0].via.as_deref(), Some("My CLI"));
        assert!(messages[0].mine && messages[0].blocks.is_empty());
        assert_eq!(
            (messages[1].role, messages[1].text.as_str()),
            (MessageRole::Assistant, "")
        );
        let answer = program.message_id.clone();
        exchange.say("Once **upon");
        open.until(&mut page, "the first piece", |page| {
            !page.message(&answer).blocks.is_empty()
        })
        .await;
        assert_eq!(
            page.message(&answer).blocks,
            ["<p dir=\"auto\">Once <strong>upon</strong></p>"]
        );
        exchange.say(" a** time.\n\n```rust\nfn f");
        open.until(&mut page, "the code", |page| page.message(&answer).blocks.len() == 2)
            .await;
        assert!(page.message(&answer).blocks[1].contains("tok-k"));
        exchange.say("() {}\n```\n");
        exchange.finish();
        assert_eq!(program.end().await["status"], "complete");
        open.until(&mut page, "the end", |page| {
            page.message(&answer).status == MessageStatus::Complete
                && page.threads.get(&thread_id).is_some_and(|row| !row.answering)
        })
        .await;
        assert_eq!(page.message(&answer).blocks, markdown::render(&program.text));
        assert!(!page.refetch);

        // A second turn, while the page is there already: first what was said, then the answer, piece by piece, then its end.
        let (mut program, exchange) = chat(&scene, &key, Some(&thread_id)).await;
        exchange.say("Again");
        let mut told = Vec::new();
        let mut finished = false;
        while !finished {
            let event = open.next().await.expect("an event");
            // The row of the thread may be told at any time.
            told.extend((event.name() != "thread").then_some(event.name()));
            page.apply(event);
            finished = told.last() == Some(&"piece");
        }
        exchange.say(", and again");
        exchange.finish();
        program.end().await;
        open.until(&mut page, "the end", |page| {
            page.message(&program.message_id).status == MessageStatus::Complete
        })
        .await;
        assert_eq!(told[..2], ["message", "message"], "{told:?}");
        assert_eq!(
            page.message(&program.message_id).blocks,
            ["<p dir=\"auto\">Again, and again</p>"]
        );
        let fresh = scene.open(&thread_id).await;
        assert_eq!(page.messages, fresh.messages);

        // Of all this Otto has heard nothing: what comes first is his own.
        scene
            .app
            .post("/api/threads", &otto.token, json!({ "title": "Mine" }))
            .await
            .expect(201);
        let row = loop {
            match ottos.next().await {
                Some(LiveEvent::Projects { projects }) => assert_eq!(projects.projects, []),
                Some(LiveEvent::Thread { row }) => break row,
                other => panic!("{other:?} instead of a thread"),
            }
        };
        assert_eq!(row.thread.title, "Mine");
    }
);

both!(
    a_key_that_is_revoked_loses_its_answer_and_the_page_does_not,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let key = scene.app.key(&scene.mara, json!({ "name": "CLI" })).await;
        let (mut program, exchange) = chat(&scene, &key, None).await;
        let mut page = scene.open(&program.thread_id).await;
        let mut open = scene.feed(&page).await;
        exchange.say("Once upon");
        open.until(&mut page, "the first piece", |page| {
            page.message(&program.message_id).blocks == ["<p dir=\"auto\">Once upon</p>"]
        })
        .await;
        let path = format!("/api/api-keys/{}", key.id);
        scene
            .app
            .call("DELETE", &path, &scene.mara.token, None)
            .await
            .expect(200);
        let revoked = Instant::now();
        assert_eq!(program.end().await["code"], "invalid_api_key");
        assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());
        exchange.say(" a time.");
        exchange.finish();
        open.until(&mut page, "the end", |page| {
            page.message(&program.message_id).status == MessageStatus::Complete
        })
        .await;
        let answer = page.message(&program.message_id);
        assert_eq!(answer.blocks, ["<p dir=\"auto\">Once upon a time.</p>"]);
        assert_eq!(answer.via.as_deref(), Some("CLI"));
    }
);

both!(
    an_answer_that_is_stopped_or_fails_or_is_deleted_says_so,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let thread = scene.exchange(None, "One", "1").await.row.thread.id;
        let mut page = scene.open(&thread).await;
        let mut open = scene.feed(&page).await;

        let (stopped, exchange) = scene.say(Some(&thread), "Two").await;
        exchange.say("Half");
        open.until(&mut page, "a piece", |page| {
            page.messages
                .values()
                .any(|message| message.blocks == ["<p dir=\"auto\">Half</p>"])
        })
        .await;
        domain::chat::stop(&scene.app.core, &scene.who, &stopped.answer.id)
            .await
            .unwrap();
        open.until(&mut page, "the stop", |page| {
            page.message(&stopped.answer.id).status == MessageStatus::Stopped
        })
        .await;

        let (failed, exchange) = scene.say(Some(&thread), "Three").await;
        exchange.refuse(500, None, "{}");
        open.until(&mut page, "the failure", |page| {
            page.messages
                .values()
                .any(|message| message.id == failed.answer.id && message.status == MessageStatus::Failed)
        })
        .await;
        assert!(page.message(&failed.answer.id).error.is_some());

        let (deleted, exchange) = scene.say(Some(&thread), "Four").await;
        exchange.say("More");
        open.until(&mut page, "a piece", |page| {
            page.messages
                .values()
                .any(|message| message.blocks == ["<p dir=\"auto\">More</p>"])
        })
        .await;
        domain::messages::delete(&scene.app.core, &scene.who, &thread, &deleted.answer.id)
            .await
            .unwrap();
        open.until(&mut page, "the deletion", |page| {
            page.messages.values().all(|message| message.id != deleted.answer.id)
        })
        .await;
        exchange.hung_up().await;
        open.until_mark(&scene, &mut page, "mark").await;
        assert_eq!(page.messages, scene.open(&thread).await.messages);
    }
);

both!(what_another_server_writes_is_followed_too, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let other = TestApp::on(scene.app.database.again(), |config| scene.model.configure(config, None)).await;
    let (said, exchange) = scene.say(None, "Tell me").await;
    let thread = said.row.thread.id.clone();
    let answer = said.answer.id.clone();
    let mut page = scene.open(&thread).await;
    // The place is another server's, and the page has to read anew; but the answer is followed from the beginning.
    let mut open = Feed::open(page.request(&other, &scene.mara)).await;
    exchange.say("Once **upon");
    open.until(&mut page, "a piece", |page| !page.message(&answer).blocks.is_empty())
        .await;
    assert_eq!(
        page.message(&answer).blocks,
        ["<p dir=\"auto\">Once <strong>upon</strong></p>"]
    );
    assert!(page.refetch);
    exchange.say("** a time.");
    exchange.finish();
    open.until(&mut page, "the end", |page| {
        page.message(&answer).status == MessageStatus::Complete && !page.threads[&thread].answering
    })
    .await;
    let fresh = scene.open(&thread).await;
    assert_eq!(page.message(&answer), fresh.message(&answer));

    // One that begins later: the page is told that there is more, and follows.
    page.refetch = false;
    let (said, exchange) = scene.say(Some(&thread), "More").await;
    exchange.say("And then");
    open.until(&mut page, "the news", |page| page.refetch).await;
    page.messages = scene.open(&thread).await.messages;
    open.until(&mut page, "a piece", |page| {
        page.message(&said.answer.id).blocks == ["<p dir=\"auto\">And then</p>"]
    })
    .await;
    exchange.finish();
    open.until(&mut page, "the end", |page| {
        page.message(&said.answer.id).status == MessageStatus::Complete
    })
    .await;
});
