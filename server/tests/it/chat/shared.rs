//! An answer in a thread that a team shares: its members follow it as long as they may see it, and not longer.

use std::time::{Duration, Instant};

use entity::team_members::TeamRole;
use serde_json::json;

use super::{Talk, get_stream};
use crate::both;
use crate::support::model_server::Exchange;
use crate::support::sse::Following;
use crate::support::{Kind, User};

const SOON: Duration = Duration::from_secs(2);

/// An answer that is being written to Mara in a thread her team shares, and Otto of that team, who follows it.
struct Shared {
    talk: Talk,
    otto: User,
    team: String,
    mara_hears: Following,
    otto_hears: Following,
    exchange: Exchange,
}

impl Shared {
    async fn begin(kind: Kind) -> Self {
        let talk = Talk::begin(kind).await;
        let otto = talk.app.user("otto").await;
        let team = talk.app.team(&talk.mara, "Team").await;
        talk.app.join(&talk.mara, &team, &otto, TeamRole::Member).await;
        let body = json!({ "teamId": team, "visibility": "shared" });
        let thread = talk
            .app
            .post("/api/threads", &talk.mara.token, body)
            .await
            .expect(201)
            .json();
        let thread_id = thread["thread"]["id"].as_str().unwrap();
        let (mut mara_hears, exchange) = talk.say_in(Some(thread_id), "Tell us").await;
        let request = get_stream(&talk.app, &otto.token, &mara_hears.message_id);
        let mut otto_hears = Following::open(request, 0).await;
        exchange.say("Once upon");
        mara_hears.hear("Once upon").await;
        otto_hears.hear("Once upon").await;
        Self {
            talk,
            otto,
            team,
            mara_hears,
            otto_hears,
            exchange,
        }
    }

    /// Otto's stream ends, he cannot come back, and what is said from here on he doesn't hear.
    async fn lost(&mut self) {
        let changed = Instant::now();
        let end = self.otto_hears.end().await;
        assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("not_found")));
        assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
        let path = format!("/api/chat/{}/stream", self.mara_hears.message_id);
        self.talk.app.get(&path, &self.otto.token).await.expect(404);
        assert_eq!(self.otto_hears.text, "Once upon");
    }

    /// Mara hears it to its end.
    async fn kept(mut self) {
        self.exchange.say(" a time.");
        self.exchange.finish();
        assert_eq!(self.mara_hears.end().await["status"], "complete");
        assert_eq!(self.mara_hears.text, "Once upon a time.");
    }

    async fn set_visibility(&self, visibility: &str) {
        let path = format!("/api/threads/{}", self.mara_hears.thread_id);
        let body = json!({ "visibility": visibility });
        self.talk
            .app
            .call("PATCH", &path, &self.talk.mara.token, Some(body))
            .await
            .expect(200);
    }
}

both!(who_is_removed_from_a_team_loses_its_streams, async |kind: Kind| {
    let mut shared = Shared::begin(kind).await;
    shared
        .talk
        .app
        .remove(&shared.talk.mara, &shared.team, &shared.otto)
        .await;
    shared.lost().await;
    shared.kept().await;
});

both!(a_team_that_is_archived_takes_its_streams_along, async |kind: Kind| {
    let mut shared = Shared::begin(kind).await;
    shared.talk.app.archive(&shared.talk.mara, &shared.team).await;
    shared.lost().await;
});

both!(a_thread_that_is_taken_back_is_not_heard_any_more, async |kind: Kind| {
    let mut shared = Shared::begin(kind).await;
    shared.set_visibility("private").await;
    shared.lost().await;
    shared.kept().await;
});

both!(a_change_that_takes_nothing_away_ends_no_stream, async |kind: Kind| {
    let mut shared = Shared::begin(kind).await;
    // Sharing what is shared, and another thread that is taken back.
    shared.set_visibility("shared").await;
    let body = json!({ "teamId": shared.team, "visibility": "shared" });
    let (app, mara) = (&shared.talk.app, &shared.talk.mara);
    let other = app.post("/api/threads", &mara.token, body).await.expect(201).json();
    let path = format!("/api/threads/{}", other["thread"]["id"].as_str().unwrap());
    let body = json!({ "visibility": "private" });
    app.call("PATCH", &path, &mara.token, Some(body)).await.expect(200);
    app.team(&shared.otto, "Another team").await;

    shared.exchange.say(" a time.");
    shared.otto_hears.hear("Once upon a time.").await;
    shared.mara_hears.hear("Once upon a time.").await;
    shared.exchange.finish();
    assert_eq!(shared.otto_hears.end().await["status"], "complete");
    assert_eq!(shared.mara_hears.end().await["status"], "complete");
});
