//! Pages that are open hear of every change, after it is there, in the order of what happened.

use domain::feed::{Change, Kind as Happened, News, Subscription};
use entity::messages::MessageStatus;
use entity::team_members::TeamRole;
use serde_json::json;

use super::{Talk, row, rows};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp};

const LEASE: std::time::Duration = std::time::Duration::from_secs(2);

/// The next changes, as many as these.
async fn hears(feed: &mut Subscription, kinds: &[Happened]) -> Vec<Change> {
    let mut heard = Vec::new();
    while heard.len() < kinds.len() {
        match feed.next().await {
            News::Changes(changes) => heard.extend(changes),
            other => panic!("{other:?} after {heard:?}"),
        }
    }
    let happened: Vec<&Happened> = heard.iter().map(|change| &change.kind).collect();
    assert_eq!(happened, kinds.iter().collect::<Vec<_>>());
    heard
}

both!(a_conversation_is_told_step_by_step, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let mut feed = app.core.feed.subscribe();
    let (mut first, exchange) = talk.say("First").await;
    let (said, answer) = (first.user_message_id.clone(), first.message_id.clone());
    let thread_id = first.thread_id.clone();
    let news = [
        Happened::Message(said.clone()),
        Happened::Began(answer.clone()),
        Happened::Thread,
    ];
    for change in hears(&mut feed, &news).await {
        assert_eq!(
            (&change.user_id, &change.thread_id, &change.team_id),
            (&mara.id, &thread_id, &None)
        );
    }
    exchange.say("Answer");
    exchange.finish();
    hears(&mut feed, &[Happened::Ended(answer.clone()), Happened::Thread]).await;
    // It is there before it is told.
    assert_eq!(row(app, &answer).await.unwrap().status, MessageStatus::Complete);
    first.end().await;

    let path = format!("/api/chat/{answer}/regenerate");
    let request = app.request(reqwest::Method::POST, &path).bearer_auth(&mara.token);
    let mut again = Following::open(request, 0).await;
    let news = [
        Happened::MessageGone(answer.clone()),
        Happened::Began(again.message_id.clone()),
        Happened::Thread,
    ];
    hears(&mut feed, &news).await;
    talk.model.answers("Again").await;
    again.end().await;
    hears(
        &mut feed,
        &[Happened::Ended(again.message_id.clone()), Happened::Thread],
    )
    .await;

    let thread = format!("/api/threads/{thread_id}");
    let arguments = || json!({ "id": thread_id });
    app.function(
        &mara.cookie,
        "rate",
        json!({ "id": again.message_id, "feedback": "up" }),
    )
    .await
    .expect(200);
    hears(&mut feed, &[Happened::Message(again.message_id.clone())]).await;
    app.call("PATCH", &thread, &mara.token, Some(json!({ "title": "Other" })))
        .await
        .expect(200);
    hears(&mut feed, &[Happened::Thread]).await;
    app.call("DELETE", &format!("{thread}/messages/{said}"), &mara.token, None)
        .await
        .expect(204);
    hears(&mut feed, &[Happened::MessageGone(said.clone()), Happened::Thread]).await;
    app.function(&mara.cookie, "delete_thread", arguments())
        .await
        .expect(200);
    hears(&mut feed, &[Happened::ThreadGone]).await;
    app.function(&mara.cookie, "restore_thread", arguments())
        .await
        .expect(200);
    hears(&mut feed, &[Happened::Thread]).await;
    app.call("DELETE", &thread, &mara.token, None).await.expect(204);
    hears(&mut feed, &[Happened::ThreadGone]).await;
    app.post("/api/threads", &mara.token, json!({})).await.expect(201);
    hears(&mut feed, &[Happened::Thread]).await;
    app.function(&mara.cookie, "archive_all", json!({})).await.expect(200);
    let all = hears(&mut feed, &[Happened::Threads]).await;
    assert_eq!((&all[0].user_id, all[0].thread_id.as_str()), (&mara.id, ""));
});

both!(what_fails_is_not_told, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let body = json!({ "content": "Hello", "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let (thread, id) = (
        said["thread"]["id"].as_str().unwrap(),
        said["message"]["id"].as_str().unwrap(),
    );
    let mut feed = app.core.feed.subscribe();
    // The end may be told a moment after the answer to the request.
    crate::support::until("the end is told", async || {
        row(&app, id).await.unwrap().lease_until.is_none() && app.core.chat.text_of(id).is_none()
    })
    .await;
    let thread_path = format!("/api/threads/{thread}");
    let replaces = json!({ "content": "x", "replaces": id });
    for (method, path, token, body) in [
        ("PATCH", thread_path.clone(), &mara.token, Some(json!({ "title": "" }))),
        ("PATCH", thread_path.clone(), &otto.token, Some(json!({ "title": "x" }))),
        ("DELETE", thread_path.clone(), &otto.token, None),
        ("POST", "/api/chat".to_owned(), &mara.token, Some(replaces)),
        (
            "POST",
            format!("/api/chat/{id}/feedback"),
            &otto.token,
            Some(json!({ "type": "up" })),
        ),
    ] {
        assert!(app.call(method, &path, token, body).await.status.is_client_error());
    }
    app.post("/api/threads", &otto.token, json!({})).await.expect(201);
    loop {
        let News::Changes(changes) = feed.next().await else {
            panic!("no news")
        };
        let strangers: Vec<&Change> = changes.iter().filter(|change| change.thread_id != thread).collect();
        for change in changes.iter().filter(|change| change.thread_id == thread) {
            assert!(
                matches!(&change.kind, Happened::Ended(_) | Happened::Thread),
                "{change:?}"
            );
        }
        if let [change] = strangers.as_slice() {
            assert_eq!((&change.user_id, &change.kind), (&otto.id, &Happened::Thread));
            return;
        }
    }
});

both!(a_team_hears_of_what_it_may_see, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let mut feed = app.core.feed.subscribe();
    let thread = app
        .post("/api/threads", &mara.token, json!({ "teamId": team }))
        .await
        .expect(201)
        .json();
    let path = format!("/api/threads/{}", thread["thread"]["id"].as_str().unwrap());
    assert_eq!(hears(&mut feed, &[Happened::Thread]).await[0].team_id, None);
    // Those from whom it is taken back have to hear of that too.
    for (visibility, told) in [("shared", true), ("private", true), ("private", false)] {
        let body = json!({ "visibility": visibility });
        app.call("PATCH", &path, &mara.token, Some(body)).await.expect(200);
        let change = &hears(&mut feed, &[Happened::Thread]).await[0];
        assert_eq!(change.team_id.as_deref(), told.then_some(team.as_str()), "{visibility}");
        assert_eq!(change.user_id, mara.id);
    }
});

both!(
    answers_that_end_elsewhere_or_with_their_thread_are_told,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let other = TestApp::on(talk.app.database.again(), |config| talk.model.configure(config, None)).await;
        let (mut running, exchange) = talk.say("Question").await;
        exchange.say("Half");
        running.hear("Half").await;
        let mut theirs = other.core.feed.subscribe();
        let mut ours = talk.app.core.feed.subscribe();
        let stop = format!("/api/chat/{}/stop", running.message_id);
        other.post(&stop, &talk.mara.token, json!({})).await.expect(200);
        let ended = [Happened::Ended(running.message_id.clone()), Happened::Thread];
        hears(&mut theirs, &ended).await;
        // The server that writes it looks at its row when its lease is due.
        talk.app.clock.advance(LEASE);
        running.end().await;
        hears(&mut ours, &ended).await;

        // A thread that is deleted in the browser ends its answers, here and on the other server; what had come is kept.
        let (mut here, one) = talk.say("Here").await;
        one.say("Once");
        here.hear("Once").await;
        crate::support::until("it is written", async || {
            talk.row(&here.message_id).await.content == "Once"
        })
        .await;
        let arguments = json!({ "id": here.thread_id });
        other
            .function(&talk.mara.cookie, "delete_thread", arguments.clone())
            .await
            .expect(200);
        talk.app.clock.advance(LEASE);
        here.until_cut().await;
        one.hung_up().await;
        other
            .function(&talk.mara.cookie, "restore_thread", arguments)
            .await
            .expect(200);
        let kept = &rows(&talk.app, &here.thread_id).await[1];
        assert_eq!((kept.content.as_str(), kept.status), ("Once", MessageStatus::Stopped));
    }
);

both!(the_end_of_the_server_is_the_end_of_the_feed, async |kind: Kind| {
    let mut app = TestApp::new(kind).await;
    let mut feed = app.core.feed.subscribe();
    app.shut_down().await;
    assert_eq!(feed.next().await, News::Over);
});
