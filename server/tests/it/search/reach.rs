//! Who finds what.

use entity::team_members::TeamRole;
use serde_json::json;

use super::{ask, find, put, thread};
use crate::both;
use crate::support::{Key, Kind, TestApp, User};

/// Messages in every place that Mara and Otto have, each of which says where it is.
struct World {
    app: TestApp,
    mara: User,
    otto: User,
    nora: User,
    team: String,
    other: String,
    shared: String,
    private: String,
    personal: String,
}

impl World {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let (mara, otto, nora) = (app.user("mara").await, app.user("otto").await, app.user("nora").await);
        let team = app.team(&mara, "Team").await;
        let other = app.team(&otto, "Other").await;
        app.join(&mara, &team, &otto, TeamRole::Viewer).await;
        let personal = thread(&app, &mara.token, json!({})).await;
        let private = thread(&app, &mara.token, json!({ "teamId": team })).await;
        let shared = thread(&app, &mara.token, json!({ "teamId": team, "visibility": "shared" })).await;
        put(&app, &mara, &personal, &["needle personal of mara"]).await;
        put(&app, &mara, &private, &["needle private of mara"]).await;
        put(&app, &mara, &shared, &["needle shared"]).await;
        let ottos = thread(&app, &otto.token, json!({})).await;
        put(&app, &otto, &ottos, &["needle personal of otto"]).await;
        let ottos = thread(&app, &otto.token, json!({ "teamId": other, "visibility": "shared" })).await;
        put(&app, &otto, &ottos, &["needle other"]).await;
        Self {
            app,
            mara,
            otto,
            nora,
            team,
            other,
            shared,
            private,
            personal,
        }
    }

    async fn key(&self, owner: &User, team: Option<&str>) -> Key {
        self.app.key(owner, json!({ "name": "CLI", "teamId": team })).await
    }

    async fn change(&self, thread_id: &str, body: serde_json::Value) {
        let path = format!("/api/threads/{thread_id}");
        self.app
            .call("PATCH", &path, &self.mara.token, Some(body))
            .await
            .expect(200);
    }
}

const NONE: [&str; 0] = [];

both!(everybody_finds_what_they_may_see, async |kind: Kind| {
    let world = World::make(kind).await;
    let World {
        app,
        mara,
        otto,
        nora,
        team,
        other,
        ..
    } = &world;
    let maras = world.key(mara, None).await;
    let teams = world.key(mara, Some(team)).await;
    let ottos = world.key(otto, Some(team)).await;
    let everything = ["needle shared", "needle private of mara", "needle personal of mara"];
    let in_team = ["needle shared", "needle private of mara"];
    for (who, bearer, in_which, found) in [
        ("mara", &mara.token, None, &everything[..]),
        ("mara in the team", &mara.token, Some(team), &in_team),
        (
            "otto",
            &otto.token,
            None,
            &["needle other", "needle personal of otto", "needle shared"],
        ),
        ("otto in the team", &otto.token, Some(team), &["needle shared"]),
        ("otto in the other", &otto.token, Some(other), &["needle other"]),
        ("nora", &nora.token, None, &NONE),
        ("mara's key", &maras.secret, None, &["needle personal of mara"]),
        (
            "mara's key for the team",
            &maras.secret,
            Some(team),
            &["needle personal of mara"],
        ),
        ("mara's team key", &teams.secret, None, &in_team),
        ("mara's team key for another", &teams.secret, Some(other), &in_team),
        ("otto's team key", &ottos.secret, None, &["needle shared"]),
        (
            "otto's team key for the other",
            &ottos.secret,
            Some(other),
            &["needle shared"],
        ),
    ] {
        let mut parameters = vec![("q", "needle")];
        parameters.extend(in_which.map(|team| ("teamId", team.as_str())));
        assert_eq!(find(app, bearer, &parameters).await, found, "{who}");
    }
    for team in [team.as_str(), "x", ""] {
        let refused = ask(app, &nora.token, &[("q", "needle"), ("teamId", team)])
            .await
            .expect(403);
        assert_eq!(refused.error(), "You are not a member of this team");
    }

    app.remove(mara, team, otto).await;
    assert_eq!(
        find(app, &otto.token, &[("q", "needle")]).await,
        ["needle other", "needle personal of otto"]
    );
    ask(app, &otto.token, &[("q", "needle"), ("teamId", team)])
        .await
        .expect(403);
    app.archive(mara, team).await;
    assert_eq!(
        find(app, &mara.token, &[("q", "needle")]).await,
        ["needle personal of mara"]
    );
});

both!(filters_never_widen_it, async |kind: Kind| {
    let world = World::make(kind).await;
    let World {
        app, mara, otto, team, ..
    } = &world;
    let teams = world.key(otto, Some(team)).await;
    for (bearer, name, id, status) in [
        (&mara.token, "threadId", &world.personal, 200),
        (&mara.token, "threadId", &world.private, 200),
        (&otto.token, "threadId", &world.shared, 200),
        (&otto.token, "threadId", &world.private, 404),
        (&otto.token, "threadId", &world.personal, 404),
        (&teams.secret, "threadId", &world.private, 404),
        (&teams.secret, "threadId", &world.personal, 404),
        (&mara.token, "threadId", &"x".to_owned(), 404),
        (&mara.token, "threadId", &domain::clock::new_id(), 404),
        (&mara.token, "projectId", &"x".to_owned(), 404),
        (&mara.token, "projectId", &domain::clock::new_id(), 404),
    ] {
        let answer = ask(app, bearer, &[("q", "needle"), (name, id)]).await.expect(status);
        if status == 200 {
            assert_eq!(answer.json()["total"], 1, "{name}");
            assert_eq!(answer.json()["results"][0]["threadId"], **id);
        }
    }
    // Together they narrow.
    let both = [
        ("q", "needle"),
        ("threadId", world.personal.as_str()),
        ("teamId", team.as_str()),
    ];
    ask(app, &mara.token, &both).await.expect(404);

    let project = app
        .post("/api/projects", &mara.token, json!({ "name": "P" }))
        .await
        .expect(201)
        .json();
    let project = project["project"]["id"].as_str().unwrap().to_owned();
    let in_project = [("q", "needle"), ("projectId", project.as_str())];
    assert_eq!(find(app, &mara.token, &in_project).await, NONE);
    world.change(&world.personal, json!({ "projectId": project })).await;
    assert_eq!(find(app, &mara.token, &in_project).await, ["needle personal of mara"]);
    ask(app, &otto.token, &in_project).await.expect(404);
    let elsewhere = [
        ("q", "needle"),
        ("projectId", project.as_str()),
        ("threadId", world.private.as_str()),
    ];
    ask(app, &mara.token, &elsewhere).await.expect(404);
    world.change(&world.personal, json!({ "projectId": null })).await;
    assert_eq!(find(app, &mara.token, &in_project).await, NONE);
    assert_eq!(
        find(app, &mara.token, &[("q", "needle personal")]).await,
        ["needle personal of mara"]
    );
});

both!(sharing_and_taking_back_change_it_at_once, async |kind: Kind| {
    let world = World::make(kind).await;
    let World {
        app, mara, otto, team, ..
    } = &world;
    let found = async || find(app, &otto.token, &[("q", "needle"), ("teamId", team)]).await;
    assert_eq!(found().await, ["needle shared"]);
    world.change(&world.private, json!({ "visibility": "shared" })).await;
    assert_eq!(found().await, ["needle shared", "needle private of mara"]);
    world.change(&world.shared, json!({ "visibility": "private" })).await;
    assert_eq!(found().await, ["needle private of mara"]);
    // Written afterwards, and changed again: what is noted at both times is the same.
    put(app, mara, &world.private, &["needle late"]).await;
    assert_eq!(found().await, ["needle late", "needle private of mara"]);
    world.change(&world.private, json!({ "visibility": "private" })).await;
    assert_eq!(found().await, NONE);
    let own = find(app, &mara.token, &[("q", "needle"), ("teamId", team)]).await;
    assert_eq!(own, ["needle late", "needle shared", "needle private of mara"]);
});

both!(a_cursor_is_good_for_one_reach_and_query, async |kind: Kind| {
    let world = World::make(kind).await;
    let World {
        app, mara, otto, team, ..
    } = &world;
    let key = world.key(mara, Some(team)).await;
    let first = ask(app, &mara.token, &[("q", "needle"), ("limit", "1")])
        .await
        .expect(200)
        .json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let with = |bearer: &str, q: &str, team: Option<&str>| {
        let mut parameters = vec![("q", q), ("limit", "1"), ("cursor", cursor)];
        parameters.extend(team.map(|team| ("teamId", team)));
        let parameters: Vec<(String, String)> = parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let bearer = bearer.to_owned();
        async move {
            let parameters: Vec<(&str, &str)> = parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            ask(app, &bearer, &parameters).await.status.as_u16()
        }
    };
    assert_eq!(with(&mara.token, "needle", None).await, 200);
    assert_eq!(with(&mara.token, "needles", None).await, 400);
    assert_eq!(with(&mara.token, "needle", Some(team)).await, 400);
    assert_eq!(with(&otto.token, "needle", None).await, 400);
    assert_eq!(with(&key.secret, "needle", None).await, 400);
});
