//! What somebody has read, and what not.

use std::time::Duration;

use domain::feed::{Kind as Happened, News};
use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{id, make, say};
use crate::both;
use crate::support::{Kind, TestApp, User};

const LATER: Duration = Duration::from_secs(1);

async fn row(app: &TestApp, user: &User, thread: &str) -> Value {
    let open = app.function(&user.cookie, "open_thread", json!({ "id": thread })).await;
    open.expect(200).json()["row"].take()
}

async fn unread(app: &TestApp, user: &User, thread: &str) -> bool {
    row(app, user, thread).await["unread"].as_bool().unwrap()
}

async fn read(app: &TestApp, user: &User, thread: &str) {
    app.function(&user.cookie, "mark_read", json!({ "id": thread }))
        .await
        .expect(200);
}

both!(
    what_a_program_says_is_news_until_it_was_looked_at,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let thread = make(&app, &key.secret, json!({})).await;
        let thread = id(&thread);
        say(&app, &key.secret, thread, "Hello").await;
        let first = row(&app, &mara, thread).await;
        assert_eq!((&first["unread"], &first["byProgram"]), (&json!(true), &json!(true)));
        // Looking at the list or the thread by itself is not reading: the page says when it was seen.
        assert!(unread(&app, &mara, thread).await);

        let mut feed = app.core.feed.subscribe();
        read(&app, &mara, thread).await;
        assert!(!unread(&app, &mara, thread).await);
        let News::Changes(changes) = feed.next().await else {
            panic!("other pages are told")
        };
        assert_eq!(
            (changes.len(), &changes[0].kind, changes[0].team_id.as_ref()),
            (1, &Happened::Thread, None)
        );
        // A page that marks whatever it is told of must not be told of that for ever.
        let at = app.core.feed.position();
        read(&app, &mara, thread).await;
        assert_eq!(app.core.feed.position(), at);

        app.clock.advance(LATER);
        say(&app, &key.secret, thread, "More").await;
        assert!(unread(&app, &mara, thread).await);
    }
);

both!(
    who_asks_has_read_what_was_there_but_not_the_answer,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let thread = make(&app, &key.secret, json!({})).await;
        let thread = id(&thread);
        app.clock.advance(LATER);
        // The held clock stands while the answer is written, so it ends when it was asked for.
        say(&app, &mara.token, thread, "Hello").await;
        let asked = row(&app, &mara, thread).await;
        assert_eq!((&asked["unread"], &asked["answering"]), (&json!(false), &json!(false)));
        let own = make(&app, &mara.token, json!({})).await;
        assert_eq!(row(&app, &mara, id(&own)).await["byProgram"], false);
    }
);

both!(each_member_of_a_team_reads_for_themself, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, vera, nora) = (app.user("mara").await, app.user("vera").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let thread = make(&app, &mara.token, json!({ "teamId": team, "visibility": "shared" })).await;
    let thread = id(&thread);
    say(&app, &mara.token, thread, "Hello").await;
    assert!(!unread(&app, &mara, thread).await);
    assert!(unread(&app, &vera, thread).await);
    // Reading is not writing: a viewer may.
    read(&app, &vera, thread).await;
    assert!(!unread(&app, &vera, thread).await);
    app.function(&nora.cookie, "mark_read", json!({ "id": thread }))
        .await
        .expect(404);
    for bad in ["", "x", "0190a2b4-0000-7000-8000-000000000000"] {
        app.function(&mara.cookie, "mark_read", json!({ "id": bad }))
            .await
            .expect(404);
    }
});
