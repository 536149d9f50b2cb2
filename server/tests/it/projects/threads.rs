//! Threads in projects.

use entity::team_members::TeamRole;
use futures::future::join_all;
use serde_json::{Value, json};

use super::{delete, id, ids, list, make, path, read, shared_in, thread};
use crate::both;
use crate::support::rows::number;
use crate::support::{Kind, TestApp};

async fn threads_of(app: &TestApp, bearer: &str, query: &str) -> Vec<Value> {
    let json = app
        .get(&format!("/api/threads?{query}"), bearer)
        .await
        .expect(200)
        .json();
    json["threads"].as_array().unwrap().clone()
}

both!(threads_move_in_and_out, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let [first, second] = [
        make(&app, &mara.token, json!({ "name": "First" })).await,
        make(&app, &mara.token, json!({ "name": "Second" })).await,
    ];
    let moved = thread(&app, &mara.token, json!({ "projectId": id(&first) })).await;
    let said = json!({ "content": "Hello", "projectId": id(&second), "stream": false });
    let said = app.post("/api/chat", &mara.token, said).await.expect(200).json();
    assert_eq!(said["thread"]["projectId"], second["id"]);
    let outside = thread(&app, &mara.token, json!({})).await;
    let moving = format!("/api/threads/{}", id(&moved));
    for (to, in_first, in_second) in [
        (json!({}), 1, 1),
        (json!({ "projectId": second["id"] }), 0, 2),
        (json!({ "projectId": null }), 0, 1),
        (json!({ "projectId": first["id"] }), 1, 1),
        (json!({ "title": "Other" }), 1, 1),
    ] {
        app.call("PATCH", &moving, &mara.token, Some(to.clone()))
            .await
            .expect(200);
        for (project, count) in [(&first, in_first), (&second, in_second)] {
            let there = threads_of(&app, &mara.token, &format!("projectId={}", id(project))).await;
            assert_eq!(there.len(), count, "{to}");
            assert!(there.iter().all(|thread| thread["projectId"] == project["id"]));
            assert_eq!(read(&app, &mara.token, project).await["threadCount"], count, "{to}");
        }
        let counts: Vec<Value> = list(&app, &mara.token, "")
            .await
            .iter()
            .map(|project| project["threadCount"].clone())
            .collect();
        assert_eq!(counts, [json!(in_second), json!(in_first)], "{to}");
    }
    assert_eq!(threads_of(&app, &mara.token, "").await.len(), 3);
    let there = threads_of(&app, &mara.token, &format!("projectId={}", id(&first))).await;
    assert!(!ids(&there).contains(&id(&outside)));

    // A project's pages are its own.
    thread(&app, &mara.token, json!({ "projectId": id(&first) })).await;
    let page = app
        .get(&format!("/api/threads?projectId={}&limit=1", id(&first)), &mara.token)
        .await
        .expect(200)
        .json();
    let cursor = page["nextCursor"].as_str().unwrap();
    let next = format!("/api/threads?projectId={}&limit=1&cursor={cursor}", id(&first));
    let next = app.get(&next, &mara.token).await.expect(200).json();
    assert_eq!(next["threads"][0]["id"], moved["id"]);
    let elsewhere = format!("/api/threads?projectId={}&cursor={cursor}", id(&second));
    app.get(&elsewhere, &mara.token)
        .await
        .expect_error(400, "invalid_cursor");
});

both!(only_threads_that_are_seen_are_counted, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let body = json!({ "name": "Launch", "teamId": team, "sharing": "team" });
    let project = make(&app, &mara.token, body).await;
    let private = json!({ "teamId": team, "projectId": id(&project) });
    for user in [&mara, &otto] {
        thread(&app, &user.token, private.clone()).await;
    }
    thread(&app, &mara.token, private).await;
    let shared = thread(&app, &mara.token, shared_in(&team, &project)).await;
    let archived = thread(&app, &mara.token, shared_in(&team, &project)).await;
    let archive = json!({ "archived": true });
    app.call(
        "PATCH",
        &format!("/api/threads/{}", id(&archived)),
        &mara.token,
        Some(archive),
    )
    .await
    .expect(200);
    let gone = thread(&app, &mara.token, shared_in(&team, &project)).await;
    app.function(&mara.cookie, "delete_thread", json!({ "id": id(&gone) }))
        .await
        .expect(200);
    let key = app.key(&otto, json!({ "name": "CLI", "teamId": team })).await.secret;
    let query = format!("teamId={team}&projectId={}", id(&project));
    for (bearer, count) in [(&mara.token, 3), (&otto.token, 2), (&key, 2)] {
        assert_eq!(read(&app, bearer, &project).await["threadCount"], count);
        let listed = list(&app, bearer, &format!("?teamId={team}")).await;
        assert_eq!(listed[0]["threadCount"], count);
        let there = threads_of(&app, bearer, &query).await;
        assert_eq!(there.len(), count);
        assert!(ids(&there).contains(&id(&shared)));
    }
});

both!(a_thread_lies_where_its_project_does, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, vera) = (app.user("mara").await, app.user("otto").await, app.user("vera").await);
    let team = app.team(&mara, "Team").await;
    let other = app.team(&mara, "Other").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let in_team = |team: &str, sharing: &str| json!({ "name": "P", "teamId": team, "sharing": sharing });
    let personal = make(&app, &mara.token, json!({ "name": "P" })).await;
    let private = make(&app, &mara.token, in_team(&team, "private")).await;
    let shared = make(&app, &mara.token, in_team(&team, "team")).await;
    let elsewhere = make(&app, &mara.token, in_team(&other, "team")).await;
    let ottos = make(&app, &otto.token, json!({ "name": "P" })).await;
    let unknown = json!({ "id": domain::clock::new_id() });
    let team_key = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await.secret;
    let own_key = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    for (bearer, team_id, project, status) in [
        (&mara.token, None, &personal, 200),
        (&mara.token, None, &shared, 404),
        (&mara.token, None, &ottos, 404),
        (&mara.token, None, &unknown, 404),
        (&mara.token, Some(&team), &shared, 200),
        (&mara.token, Some(&team), &private, 200),
        (&mara.token, Some(&team), &personal, 404),
        (&mara.token, Some(&team), &elsewhere, 404),
        (&otto.token, Some(&team), &shared, 200),
        (&otto.token, Some(&team), &private, 404),
        (&otto.token, Some(&team), &ottos, 404),
        (&vera.token, Some(&team), &shared, 403),
        (&team_key, None, &shared, 200),
        (&team_key, None, &private, 200),
        (&team_key, None, &personal, 404),
        (&team_key, Some(&other), &elsewhere, 404),
        (&own_key, None, &personal, 200),
        (&own_key, Some(&team), &shared, 404),
    ] {
        let what = format!("{team_id:?} {project} {status}");
        let body = json!({ "projectId": project["id"], "teamId": team_id });
        let made = app.post("/api/threads", bearer, body).await;
        assert_eq!(
            made.status.as_u16(),
            if status == 200 { 201 } else { status },
            "{what}: {}",
            made.text
        );
        let body = json!({ "content": "Hi", "projectId": project["id"], "teamId": team_id, "stream": false });
        let said = app.post("/api/chat", bearer, body).await;
        assert_eq!(said.status.as_u16(), status, "{what}: {}", said.text);
        if status == 403 {
            continue;
        }
        let free = thread(&app, bearer, json!({ "teamId": team_id })).await;
        let moving = format!("/api/threads/{}", id(&free));
        let body = json!({ "projectId": project["id"] });
        let moved = app.call("PATCH", &moving, bearer, Some(body)).await;
        assert_eq!(moved.status.as_u16(), status, "{what}: {}", moved.text);
        if status == 404 {
            for answer in [made, said, moved] {
                answer.refused(404, "not_found", "Project not found");
            }
        }
    }
});

both!(threads_come_while_their_project_goes, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let token = &mara.token;
    for _ in 0..8 {
        let project = &make(&app, token, json!({ "name": "Brief" })).await;
        let mut moving = Vec::new();
        for number in 0..6 {
            let body = json!({ "projectId": (number % 2 == 0).then(|| id(project)) });
            moving.push(thread(&app, token, body).await);
        }
        let moves = moving.iter().enumerate().map(|(number, thread)| {
            let to = (number % 2 == 1).then(|| id(project));
            let path = format!("/api/threads/{}", id(thread));
            let body = json!({ "projectId": to, "title": "Moved" });
            let app = &app;
            async move { app.call("PATCH", &path, token, Some(body)).await }
        });
        let says = (0..3).map(|_| {
            let body = json!({ "content": "Hi", "projectId": id(project), "stream": false });
            app.post("/api/chat", token, body)
        });
        let (moved, said, gone) = tokio::join!(join_all(moves), join_all(says), delete(&app, token, project));
        gone.expect(204);
        for answer in moved.into_iter().chain(said) {
            assert!(matches!(answer.status.as_u16(), 200 | 404), "{}", answer.text);
        }
        app.get(&path(project), token).await.expect(404);
    }
    let left = "SELECT COUNT(*) FROM threads WHERE project_id IS NOT NULL";
    assert_eq!(number(app.core.db.read(), left).await, 0);
});
