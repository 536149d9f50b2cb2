//! Teams that are archived, and projects that are deleted.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{found, made, orphans, say, settle, tables_naming};
use crate::both;
use crate::support::rows::number;
use crate::support::{Kind, TestApp};

both!(of_an_archived_team_nothing_can_be_read, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (root, otto, mara) = (app.user("root").await, app.user("otto").await, app.user("mara").await);
    let team = app.team(&otto, "Studio").await;
    app.join(&otto, &team, &mara, TeamRole::Admin).await;
    let team_key = app.key(&mara, json!({ "name": "Team", "teamId": team })).await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let project = json!({ "name": "Ours", "teamId": team, "sharing": "team" });
    let project = made(&app, &mara.token, "project", project).await;
    let template = json!({ "name": "Ours", "prompt": "x", "teamId": team });
    let template = made(&app, &mara.token, "template", template).await;
    let mut threads = Vec::new();
    for visibility in ["shared", "private"] {
        let thread = json!({ "title": "Ours", "teamId": team, "visibility": visibility, "projectId": project });
        let thread = made(&app, &mara.token, "thread", thread).await;
        let said = say(&app, &mara.token, json!({ "content": "zanzibar", "threadId": thread })).await;
        threads.push(said);
    }
    settle(&app).await;
    app.get("/api/threads", &team_key.secret).await.expect(200);
    app.archive(&otto, &team).await;

    app.get("/api/threads", &team_key.secret).await.expect(401);
    for who in [&root.token, &otto.token, &mara.token, &key.secret] {
        for list in ["threads", "projects", "templates"] {
            let mut all = app.get(&format!("/api/{list}"), who).await.expect(200).json();
            all[list].as_array_mut().unwrap().retain(|row| row["isBuiltIn"] != true);
            assert_eq!(all[list], json!([]), "{all}");
        }
        if *who != key.secret {
            for list in ["threads?", "projects?", "templates?", "search?q=zanzibar&"] {
                app.get(&format!("/api/{list}teamId={team}"), who).await.expect(403);
            }
            app.get(&format!("/api/teams/{team}"), who).await.expect(404);
        }
        assert_eq!(found(&app, who, "zanzibar").await, Vec::<String>::new());
        app.get(&format!("/api/projects/{project}"), who).await.expect(404);
        let path = format!("/api/templates/{template}");
        app.call("PATCH", &path, who, Some(json!({ "name": "x" })))
            .await
            .expect(404);
        for (thread, said, answer) in &threads {
            for path in [
                format!("/api/threads/{thread}"),
                format!("/api/threads/{thread}/messages"),
                format!("/api/export/{thread}"),
                format!("/api/chat/{answer}/stream"),
            ] {
                app.get(&path, who).await.expect(404);
            }
            let path = format!("/api/threads/{thread}/messages/{said}");
            app.call("DELETE", &path, who, None).await.expect(404);
        }
    }
    orphans::none(&app).await;
});

both!(
    of_a_deleted_project_nothing_is_left_but_its_threads,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let project = json!({ "name": "Zanzibar", "context": "About zanzibar" });
        let project = made(&app, &mara.token, "project", project).await;
        let (thread, ..) = say(
            &app,
            &mara.token,
            json!({ "content": "madagascar", "projectId": project }),
        )
        .await;
        let (away, ..) = say(
            &app,
            &mara.token,
            json!({ "content": "put away", "projectId": project }),
        )
        .await;
        app.function(&mara.cookie, "delete_thread", json!({ "id": away }))
            .await
            .expect(200);
        settle(&app).await;
        let path = format!("/api/projects/{project}");
        app.call("DELETE", &path, &mara.token, None).await.expect(204);

        assert_eq!(tables_naming(&app, &project).await, ["audit_log"]);
        let db = app.core.db.read();
        assert_eq!(number(db, "SELECT COUNT(*) FROM projects").await, 0);
        orphans::none(&app).await;
        app.get(&path, &mara.token).await.expect(404);
        app.get(&format!("/api/search?q=madagascar&projectId={project}"), &mara.token)
            .await
            .expect(404);
        let left = app
            .get(&format!("/api/threads/{thread}"), &mara.token)
            .await
            .expect(200)
            .json();
        assert_eq!(left["thread"]["projectId"], Value::Null);
        assert_eq!(found(&app, &mara.token, "madagascar").await[0], "madagascar");
    }
);
