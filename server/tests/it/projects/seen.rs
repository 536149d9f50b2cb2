//! Whoever sees a thread sees its project: what is shared lies in what is shared, whichever of the two changes.

use entity::team_members::TeamRole;
use futures::future::join_all;
use serde_json::{Value, json};

use super::{id, make, patch, read, thread};
use crate::both;
use crate::support::rows::number;
use crate::support::{Answer, Kind, TestApp, User};

const NOT_THERE: &str = "A chat that the team sees can only lie in a project that the team sees";

/// Olga's team with Mara and Otto in it.
struct Scene {
    app: TestApp,
    team: String,
    mara: User,
    otto: User,
}

impl Scene {
    async fn begin(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let (olga, mara, otto) = (app.user("olga").await, app.user("mara").await, app.user("otto").await);
        let team = app.team(&olga, "Team").await;
        for user in [&mara, &otto] {
            app.join(&olga, &team, user, TeamRole::Member).await;
        }
        Self { app, team, mara, otto }
    }

    async fn project(&self, maker: &User, sharing: &str) -> Value {
        let body = json!({ "name": sharing, "teamId": self.team, "sharing": sharing });
        make(&self.app, &maker.token, body).await
    }

    async fn thread(&self, maker: &User, visibility: &str, project: Option<&Value>) -> Value {
        let body = json!({ "teamId": self.team, "visibility": visibility, "projectId": project.map(id) });
        thread(&self.app, &maker.token, body).await
    }

    async fn change(&self, user: &User, thread: &Value, body: Value) -> Answer {
        let path = format!("/api/threads/{}", id(thread));
        self.app.call("PATCH", &path, &user.token, Some(body)).await
    }

    /// Where somebody sees a thread lie.
    async fn place(&self, user: &User, thread: &Value) -> Value {
        let path = format!("/api/threads/{}", id(thread));
        let read = self.app.get(&path, &user.token).await.expect(200).json();
        read["thread"]["projectId"].clone()
    }
}

/// The rule itself, over all rows.
async fn holds(app: &TestApp) {
    let broken = "SELECT COUNT(*) FROM threads JOIN projects ON projects.id = threads.project_id
        WHERE projects.sharing = 'private' AND projects.team_id IS NOT NULL
        AND (threads.visibility = 'shared' OR threads.user_id <> projects.user_id)";
    assert_eq!(number(app.core.db.read(), broken).await, 0);
}

both!(
    what_the_team_sees_moves_only_where_the_team_sees_it,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let (mara, otto) = (&scene.mara, &scene.otto);
        let (private, shared) = (scene.project(mara, "private").await, scene.project(mara, "team").await);
        let ottos = scene.project(otto, "private").await;
        for (owner, visibility, mover, project, allowed) in [
            (mara, "private", mara, &private, Ok(())),
            (mara, "private", mara, &shared, Ok(())),
            (otto, "private", otto, &shared, Ok(())),
            (otto, "shared", mara, &shared, Ok(())),
            // Not into the mover's own, nor into their own by who started it.
            (otto, "shared", mara, &private, Err(400)),
            (mara, "shared", mara, &private, Err(400)),
            (otto, "shared", otto, &ottos, Err(400)),
            (mara, "private", mara, &ottos, Err(404)),
            (otto, "shared", mara, &ottos, Err(404)),
        ] {
            let what = format!("{visibility} {project} {allowed:?}");
            let thread = scene.thread(owner, visibility, None).await;
            let moved = scene.change(mover, &thread, json!({ "projectId": id(project) })).await;
            match allowed {
                Ok(()) => _ = moved.expect(200),
                Err(400) => {
                    let error = moved.expect(400).json();
                    assert_eq!(
                        error["fields"][0],
                        json!({ "field": "projectId", "message": NOT_THERE }),
                        "{what}"
                    );
                }
                Err(status) => _ = moved.expect(status),
            }
            let expected = if allowed.is_ok() {
                json!(id(project))
            } else {
                Value::Null
            };
            assert_eq!(scene.place(owner, &thread).await, expected, "{what}");
        }
        // Nor is one made there.
        let body = json!({ "teamId": scene.team, "visibility": "shared", "projectId": id(&private) });
        scene
            .app
            .post("/api/threads", &mara.token, body)
            .await
            .invalid(&["projectId"]);
        holds(&scene.app).await;
    }
);

both!(a_thread_that_is_shared_leaves_a_private_project, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let mara = &scene.mara;
    let (private, shared) = (scene.project(mara, "private").await, scene.project(mara, "team").await);
    for (project, body, after) in [
        (&private, json!({ "visibility": "shared" }), Value::Null),
        (&shared, json!({ "visibility": "shared" }), json!(id(&shared))),
        (
            &private,
            json!({ "visibility": "shared", "projectId": id(&shared) }),
            json!(id(&shared)),
        ),
        (&private, json!({ "visibility": "private" }), json!(id(&private))),
        (&private, json!({ "title": "Other" }), json!(id(&private))),
    ] {
        let thread = scene.thread(mara, "private", Some(project)).await;
        let changed = scene.change(mara, &thread, body.clone()).await.expect(200).json();
        assert_eq!(changed["thread"]["projectId"], after, "{body}");
        assert_eq!(scene.place(mara, &thread).await, after, "{body}");
    }
    let thread = scene.thread(mara, "private", Some(&private)).await;
    let both = json!({ "visibility": "shared", "projectId": id(&private) });
    scene.change(mara, &thread, both).await.invalid(&["projectId"]);
    assert_eq!(scene.place(mara, &thread).await, json!(id(&private)));
    holds(&scene.app).await;
});

both!(
    a_project_that_is_taken_back_keeps_what_only_its_owner_sees,
    async |kind: Kind| {
        let scene = Scene::begin(kind).await;
        let (app, mara, otto) = (&scene.app, &scene.mara, &scene.otto);
        let project = scene.project(mara, "team").await;
        let own = scene.thread(mara, "private", Some(&project)).await;
        let shown = scene.thread(mara, "shared", Some(&project)).await;
        let ottos = scene.thread(otto, "private", Some(&project)).await;
        let ottos_shown = scene.thread(otto, "shared", Some(&project)).await;
        let away = scene.thread(otto, "private", Some(&project)).await;
        app.function(&otto.cookie, "delete_thread", json!({ "id": id(&away) }))
            .await
            .expect(200);
        patch(app, &mara.token, &project, json!({ "sharing": "private" }))
            .await
            .expect(200);
        assert_eq!(scene.place(mara, &own).await, json!(id(&project)));
        for (owner, thread) in [(mara, &shown), (otto, &ottos), (otto, &ottos_shown)] {
            assert_eq!(scene.place(owner, thread).await, Value::Null);
        }
        // What was deleted then and comes back does so outside it.
        let back = app
            .function(&otto.cookie, "restore_thread", json!({ "id": id(&away) }))
            .await
            .expect(200);
        assert_eq!(back.json()["thread"]["projectId"], Value::Null);
        assert_eq!(read(app, &mara.token, &project).await["threadCount"], 1);
        holds(app).await;
    }
);

both!(the_rule_holds_while_both_change, async |kind: Kind| {
    let scene = Scene::begin(kind).await;
    let (app, mara, otto) = (&scene.app, &scene.mara, &scene.otto);
    for _ in 0..6 {
        let project = scene.project(mara, "team").await;
        let mut threads = Vec::new();
        for number in 0..6 {
            let (owner, visibility) = [(mara, "private"), (otto, "shared"), (mara, "shared")][number % 3];
            let inside = (number < 3).then_some(&project);
            threads.push((owner, scene.thread(owner, visibility, inside).await));
        }
        let moves = threads.iter().enumerate().map(|(number, (owner, thread))| {
            let body = if number < 3 {
                json!({ "title": "Other" })
            } else {
                json!({ "projectId": id(&project) })
            };
            scene.change(owner, thread, body)
        });
        let share = json!({ "visibility": "shared" });
        let (moved, shared, taken) = tokio::join!(
            join_all(moves),
            scene.change(mara, &threads[0].1, share),
            patch(app, &mara.token, &project, json!({ "sharing": "private" })),
        );
        taken.expect(200);
        shared.expect(200);
        for answer in moved {
            assert!(matches!(answer.status.as_u16(), 200 | 400 | 404), "{}", answer.text);
        }
        holds(app).await;
    }
});
