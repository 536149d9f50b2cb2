//! Threads of a team: who sees them, and what a team key may do.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{all, id, ids, make, project, say};
use crate::both;
use crate::support::{Key, Kind, TestApp, User};

/// A team of Mara's with Otto as a member and Vera as a viewer; Nora is in no team.
struct Team {
    app: TestApp,
    id: String,
    mara: User,
    otto: User,
    vera: User,
    nora: User,
}

impl Team {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let (vera, nora) = (app.user("vera").await, app.user("nora").await);
        let (owner, origin) = (app.principal(&mara).await, app.origin());
        let team = domain::teams::create(&app.core, &owner, "Team", &origin).await.unwrap();
        for (user, role) in [(&otto, TeamRole::Member), (&vera, TeamRole::Viewer)] {
            domain::teams::set_member(&app.core, &owner, &team.id, &user.id, role, &origin)
                .await
                .unwrap();
        }
        Self {
            app,
            id: team.id,
            mara,
            otto,
            vera,
            nora,
        }
    }

    async fn thread(&self, bearer: &str, visibility: &str) -> Value {
        let body = json!({ "title": visibility, "teamId": self.id, "visibility": visibility });
        make(&self.app, bearer, body).await
    }

    async fn key(&self, owner: &User) -> Key {
        self.app
            .key(owner, json!({ "name": "Team CLI", "teamId": self.id }))
            .await
    }

    fn list(&self) -> String {
        format!("/api/threads?teamId={}", self.id)
    }
}

both!(members_see_what_is_shared_and_their_own, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let shared = team.thread(&team.mara.token, "shared").await;
    let private = team.thread(&team.mara.token, "private").await;
    let default = make(app, &team.mara.token, json!({ "teamId": team.id })).await;
    assert_eq!(default["visibility"], "private");
    let personal = make(app, &team.mara.token, json!({})).await;

    for member in [&team.otto, &team.vera] {
        assert_eq!(ids(&all(app, &member.token, &team.list()).await), [id(&shared)]);
        app.get(&format!("/api/threads/{}", id(&shared)), &member.token)
            .await
            .expect(200);
        for hidden in [&private, &default, &personal] {
            app.get(&format!("/api/threads/{}", id(hidden)), &member.token)
                .await
                .expect(404);
        }
        assert_eq!(all(app, &member.token, "/api/threads").await, [] as [Value; 0]);
    }
    assert_eq!(all(app, &team.mara.token, &team.list()).await.len(), 3);
    assert_eq!(ids(&all(app, &team.mara.token, "/api/threads").await), [id(&personal)]);

    app.get(&team.list(), &team.nora.token).await.expect(403);
    app.get(&format!("/api/threads/{}", id(&shared)), &team.nora.token)
        .await
        .expect(404);
    let refused = app
        .post("/api/threads", &team.nora.token, json!({ "teamId": team.id }))
        .await
        .expect(403);
    assert_eq!(refused.error(), "You are not a member of this team");
    let body = json!({ "content": "Hello", "teamId": team.id });
    app.post("/api/chat", &team.nora.token, body).await.expect(403);

    // Taken back, it is gone for the others.
    let path = format!("/api/threads/{}", id(&shared));
    app.call(
        "PATCH",
        &path,
        &team.mara.token,
        Some(json!({ "visibility": "private" })),
    )
    .await
    .expect(200);
    app.get(&path, &team.otto.token).await.expect(404);
});

both!(
    members_write_to_what_is_shared_and_viewers_do_not,
    async |kind: Kind| {
        let team = Team::make(kind).await;
        let app = &team.app;
        let shared = team.thread(&team.mara.token, "shared").await;
        let path = format!("/api/threads/{}", id(&shared));
        say(app, &team.otto.token, id(&shared), "From Otto").await;
        let messages = app.get(&path, &team.mara.token).await.expect(200).json()["thread"]["messages"].take();
        assert_eq!(
            (&messages[0]["userId"], &messages[1]["userId"]),
            (&json!(team.otto.id), &json!(team.otto.id))
        );

        // A member names it, but does not share, delete, or delete what others said in it.
        app.call("PATCH", &path, &team.otto.token, Some(json!({ "title": "Ours" })))
            .await
            .expect(200);
        app.call(
            "PATCH",
            &path,
            &team.otto.token,
            Some(json!({ "visibility": "private" })),
        )
        .await
        .expect(403);
        app.call("DELETE", &path, &team.otto.token, None).await.expect(403);
        say(app, &team.mara.token, id(&shared), "From Mara").await;
        let messages = app.get(&path, &team.mara.token).await.expect(200).json()["thread"]["messages"].take();
        let maras = format!("{path}/messages/{}", id(&messages[2]));
        app.call("DELETE", &maras, &team.otto.token, None).await.expect(403);

        let vieweds_key = team.key(&team.vera).await;
        let answer = id(&messages[1]);
        for bearer in [&team.vera.token, &vieweds_key.secret] {
            app.get(&path, bearer).await.expect(200);
            app.get(&format!("/api/chat/{answer}/stream"), bearer).await.expect(200);
            for (method, path, body) in [
                ("POST", "/api/threads".to_owned(), json!({ "teamId": team.id })),
                (
                    "POST",
                    "/api/chat".to_owned(),
                    json!({ "content": "Hello", "threadId": id(&shared) }),
                ),
                (
                    "POST",
                    "/api/chat".to_owned(),
                    json!({ "content": "Hello", "teamId": team.id }),
                ),
                ("POST", format!("/api/chat/{answer}/stop"), json!({})),
                ("PATCH", path.clone(), json!({ "title": "Vera's" })),
                ("DELETE", path.clone(), json!({})),
                ("DELETE", maras.clone(), json!({})),
            ] {
                let refused = app.call(method, &path, bearer, Some(body)).await;
                assert_eq!(refused.status, 403, "{method} {path}: {}", refused.text);
            }
        }
        assert_eq!(
            app.get(&path, &team.mara.token).await.expect(200).json()["thread"]["messageCount"],
            4
        );
    }
);

both!(a_team_key_is_inside_its_team_whatever_it_says, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let (owner, origin) = (app.principal(&team.otto).await, app.origin());
    let other = domain::teams::create(&app.core, &owner, "Other", &origin)
        .await
        .unwrap();
    let key = team.key(&team.otto).await;
    let shared = team.thread(&team.mara.token, "shared").await;
    team.thread(&team.mara.token, "private").await;
    let personal = make(app, &team.otto.token, json!({ "title": "personal" })).await;
    let elsewhere = make(
        app,
        &team.otto.token,
        json!({ "title": "elsewhere", "teamId": other.id }),
    )
    .await;

    let made = make(app, &key.secret, json!({ "teamId": other.id })).await;
    assert_eq!(made["teamId"], *team.id);
    let unnamed = make(app, &key.secret, json!({ "teamId": null })).await;
    assert_eq!(unnamed["teamId"], *team.id);
    let body = json!({ "content": "Hello", "teamId": other.id, "stream": false });
    let said = app.post("/api/chat", &key.secret, body).await.expect(200).json();
    assert_eq!(said["thread"]["teamId"], *team.id);
    assert_eq!(said["message"]["userId"], *team.otto.id);

    let mut seen = ids(&all(app, &key.secret, "/api/threads").await);
    seen.sort();
    let mut expected = [id(&shared), id(&made), id(&unnamed), id(&said["thread"])].map(str::to_owned);
    expected.sort();
    assert_eq!(seen, expected);
    for named in [other.id.as_str(), "x", ""] {
        let mut rows = ids(&all(app, &key.secret, &format!("/api/threads?teamId={named}")).await);
        rows.sort();
        assert_eq!(rows, expected, "?teamId={named}");
    }
    for hidden in [&personal, &elsewhere] {
        app.get(&format!("/api/threads/{}", id(hidden)), &key.secret)
            .await
            .expect(404);
        let body = json!({ "content": "Hello", "threadId": id(hidden) });
        app.post("/api/chat", &key.secret, body).await.expect(404);
    }
    // What the key wrote is a team's thread of its owner, and not among his personal ones.
    assert_eq!(ids(&all(app, &team.otto.token, "/api/threads").await), [id(&personal)]);
    app.get(&format!("/api/threads/{}", id(&made)), &team.otto.token)
        .await
        .expect(200);
});

both!(a_personal_key_is_outside_every_team, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let key = app.key(&team.mara, json!({ "name": "CLI" })).await;
    let shared = team.thread(&team.mara.token, "shared").await;
    app.get(&format!("/api/threads/{}", id(&shared)), &key.secret)
        .await
        .expect(404);
    let made = make(app, &key.secret, json!({ "teamId": team.id })).await;
    assert_eq!(made["teamId"], json!(null));
    assert_eq!(ids(&all(app, &key.secret, &team.list()).await), [id(&made)]);
});

both!(a_thread_lies_in_projects_of_its_own_team_only, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let personal = project(app, &team.mara, None, "private").await;
    let shared = project(app, &team.mara, Some(&team.id), "team").await;
    let hidden = project(app, &team.mara, Some(&team.id), "private").await;
    let post = |token: &str, project_id: &str, in_team: bool| {
        let body = json!({ "projectId": project_id, "teamId": in_team.then_some(&team.id) });
        let token = token.to_owned();
        async move { app.post("/api/threads", &token, body).await.status.as_u16() }
    };
    assert_eq!(post(&team.mara.token, &personal, false).await, 201);
    assert_eq!(post(&team.mara.token, &personal, true).await, 404);
    assert_eq!(post(&team.mara.token, &shared, false).await, 404);
    assert_eq!(post(&team.mara.token, &hidden, true).await, 201);
    assert_eq!(post(&team.otto.token, &shared, true).await, 201);
    assert_eq!(post(&team.otto.token, &hidden, true).await, 404);
    assert_eq!(post(&team.otto.token, &personal, false).await, 404);
    let thread = make(app, &team.otto.token, json!({ "teamId": team.id })).await;
    let path = format!("/api/threads/{}", id(&thread));
    for (project, status) in [(&shared, 200), (&hidden, 404), (&personal, 404)] {
        let body = json!({ "projectId": project });
        app.call("PATCH", &path, &team.otto.token, Some(body))
            .await
            .expect(status);
    }
});

both!(whoever_leaves_a_team_loses_its_threads, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let shared = team.thread(&team.mara.token, "shared").await;
    let ottos = team.thread(&team.otto.token, "private").await;
    let (owner, origin) = (app.principal(&team.mara).await, app.origin());
    domain::teams::remove_member(&app.core, &owner, &team.id, &team.otto.id, &origin)
        .await
        .unwrap();
    for thread in [&shared, &ottos] {
        app.get(&format!("/api/threads/{}", id(thread)), &team.otto.token)
            .await
            .expect(404);
        let body = json!({ "content": "Hello", "threadId": id(thread) });
        app.post("/api/chat", &team.otto.token, body).await.expect(404);
    }
    app.get(&team.list(), &team.otto.token).await.expect(403);
    // An archived team is gone for everybody.
    domain::teams::archive(&app.core, &owner, &team.id, &origin)
        .await
        .unwrap();
    app.get(&format!("/api/threads/{}", id(&shared)), &team.mara.token)
        .await
        .expect(404);
    app.get(&team.list(), &team.mara.token).await.expect(403);
});
