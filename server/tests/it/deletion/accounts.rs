//! An account with something everywhere is deleted.

use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::{delete, found, goodbye, made, orphans, say, settle, tables_naming, text};
use crate::both;
use crate::support::rows::{number, texts};
use crate::support::{Key, Kind, TestApp, User, send, until};

/// Mara with something everywhere: by herself, in a team with others, and in a team that only she is in.
struct Scene {
    app: TestApp,
    mara: User,
    otto: User,
    wren: User,
    team: String,
    keys: [Key; 3],
    /// Ids of what goes.
    goes: Vec<String>,
    /// Of what stays.
    project: String,
    template: String,
    shared: String,
    ottos: String,
    said: String,
}

impl Scene {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        app.user("root").await;
        let (otto, mara, wren) = (app.user("otto").await, app.user("mara").await, app.user("wren").await);
        let team = app.team(&otto, "Studio").await;
        app.join(&otto, &team, &wren, TeamRole::Member).await;
        app.clock.advance(std::time::Duration::from_secs(1));
        app.join(&otto, &team, &mara, TeamRole::Admin).await;
        let alone = app.team(&mara, "Alone").await;
        app.join(&mara, &alone, &wren, TeamRole::Member).await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let team_key = app.key(&mara, json!({ "name": "Team", "teamId": team })).await;
        let alone_key = app.key(&mara, json!({ "name": "Alone", "teamId": alone })).await;
        let mut scene = Self {
            goes: vec![mara.id.clone(), alone.clone()],
            keys: [key, team_key, alone_key],
            app,
            mara,
            otto,
            wren,
            team,
            project: String::new(),
            template: String::new(),
            shared: String::new(),
            ottos: String::new(),
            said: String::new(),
        };
        scene.goes.extend(scene.keys.clone().map(|key| key.id));
        scene.by_herself().await;
        scene.in_the_team_for_herself().await;
        scene.in_the_team_for_all().await;
        scene.in_the_team_she_is_alone_in(&alone).await;
        settle(&scene.app).await;
        scene
    }

    async fn by_herself(&mut self) {
        let (app, me) = (&self.app, &self.mara.token);
        let project = json!({ "name": "Hers", "context": "About zanzibar" });
        let project = made(app, me, "project", project).await;
        let template = json!({ "name": "Zanzibar", "prompt": "Say zanzibar" });
        let template = made(app, me, "template", template).await;
        let by_hand = json!({ "content": "zanzibar by hand", "projectId": project });
        let (by_hand, said, answer) = say(app, me, by_hand).await;
        let again = json!({ "content": "zanzibar again", "replaces": said });
        say(app, me, again).await;
        let by_key = json!({ "content": "zanzibar by key" });
        let (by_key, ..) = say(app, &self.keys[0].secret, by_key).await;
        let (away, ..) = say(app, me, json!({ "content": "zanzibar put away" })).await;
        let arguments = json!({ "id": away });
        app.function(&self.mara.cookie, "delete_thread", arguments)
            .await
            .expect(200);
        let once = app
            .request(Method::POST, "/api/threads")
            .bearer_auth(me)
            .header("idempotency-key", "zanzibar")
            .json(&json!({ "title": "zanzibar once" }));
        let once = text(&send(once).await.expect(201).json()["thread"]["id"]);
        let role = json!({ "settings": { "role": "zanzibar" } });
        app.call("PATCH", "/api/user/settings", me, Some(role))
            .await
            .expect(200);
        self.goes
            .extend([project, template, by_hand, said, answer, by_key, away, once]);
    }

    async fn in_the_team_for_herself(&mut self) {
        let (app, me, team) = (&self.app, &self.mara.token, &self.team);
        let project = json!({ "name": "Private", "teamId": team });
        let project = made(app, me, "project", project).await;
        let kept = json!({ "content": "zanzibar in the team", "teamId": team, "projectId": project });
        let (thread, ..) = say(app, me, kept).await;
        let path = format!("/api/teams/{team}/invites");
        let invite = app.post(&path, me, json!({ "role": "viewer" })).await.expect(201);
        let invite = text(&invite.json()["invite"]["id"]);
        self.goes.extend([project, thread, invite]);
    }

    async fn in_the_team_for_all(&mut self) {
        let (app, me, team) = (&self.app, &self.mara.token, &self.team);
        let project = json!({ "name": "Ours", "teamId": team, "sharing": "team" });
        self.project = made(app, me, "project", project).await;
        let template = json!({ "name": "Ours", "prompt": "Say it", "teamId": team });
        self.template = made(app, me, "template", template).await;
        let of_all = |title: &str, project: Option<&str>| json!({ "title": title, "teamId": team, "visibility": "shared", "projectId": project });
        self.shared = made(app, me, "thread", of_all("Ours", Some(&self.project))).await;
        self.ottos = made(app, &self.otto.token, "thread", of_all("Otto's", None)).await;
        let by = |content: &str, thread: &str| json!({ "content": content, "threadId": thread });
        (_, self.said, _) = say(app, me, by("madagascar by hand", &self.shared)).await;
        say(app, &self.keys[1].secret, by("madagascar by key", &self.shared)).await;
        say(app, &self.wren.token, by("madagascar by Wren", &self.shared)).await;
        say(app, me, by("madagascar with Otto", &self.ottos)).await;
    }

    /// Once Wren has left it, who has been in it too.
    async fn in_the_team_she_is_alone_in(&mut self, alone: &str) {
        let (app, me) = (&self.app, &self.mara.token);
        for (who, content) in [
            (me, "zanzibar alone"),
            (&self.keys[2].secret, "zanzibar alone by key"),
            (&self.wren.token, "zanzibar of Wren"),
        ] {
            let (thread, ..) = say(app, who, json!({ "content": content, "teamId": alone })).await;
            self.goes.push(thread);
        }
        let project = json!({ "name": "Alone", "teamId": alone, "sharing": "team" });
        self.goes.push(made(app, me, "project", project).await);
        let template = json!({ "name": "Alone", "prompt": "x", "teamId": alone });
        self.goes.push(made(app, me, "template", template).await);
        app.remove(&self.mara, alone, &self.wren).await;
    }

    async fn messages(&self, thread: &str, bearer: &str) -> Vec<Value> {
        let path = format!("/api/threads/{thread}/messages");
        let json = self.app.get(&path, bearer).await.expect(200).json();
        json["messages"].as_array().unwrap().clone()
    }
}

both!(nothing_is_left_and_nothing_can_be_read, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    let app = &scene.app;
    orphans::none(app).await;
    assert!(!tables_naming(app, "zanzibar").await.is_empty());
    delete(app, &scene.mara).await;

    // Of what was hers alone nothing is there any more; the record alone still names it.
    for id in &scene.goes {
        let tables = tables_naming(app, id).await;
        assert!(tables.iter().all(|table| table == "audit_log"), "{id}: {tables:?}");
    }
    let db = app.core.db.read();
    assert_eq!(
        number(db, "SELECT COUNT(*) FROM audit_log WHERE action = 'user.deleted'").await,
        1
    );
    assert_eq!(tables_naming(app, &scene.mara.email).await, Vec::<String>::new());
    assert_eq!(tables_naming(app, "zanzibar").await, Vec::<String>::new());
    orphans::none(app).await;
    for who in [&scene.otto, &scene.wren] {
        assert_eq!(found(app, &who.token, "zanzibar").await, Vec::<String>::new());
    }
});

both!(what_was_shared_stays_with_the_team, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    let (app, otto, wren) = (&scene.app, &scene.otto, &scene.wren);
    let before = scene.messages(&scene.shared, &wren.token).await;
    let others = scene.messages(&scene.ottos, &otto.token).await;
    delete(app, &scene.mara).await;

    // Every word is there, for everybody in the team, and is found.
    let after = scene.messages(&scene.shared, &wren.token).await;
    let contents = |messages: &[Value]| {
        messages
            .iter()
            .map(|message| text(&message["content"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(contents(&after), contents(&before));
    assert_eq!(
        contents(&scene.messages(&scene.ottos, &otto.token).await),
        contents(&others)
    );
    for who in [otto, wren] {
        let mut found = found(app, &who.token, "madagascar").await;
        found.retain(|content| content.starts_with("madagascar"));
        found.sort();
        let said = [
            "madagascar by Wren",
            "madagascar by hand",
            "madagascar by key",
            "madagascar with Otto",
        ];
        assert_eq!(found, said);
    }
    // It is the oldest owner's now; what Wren wrote is still Wren's.
    for message in &after {
        let expected = if message["content"] == "madagascar by Wren" {
            &wren.id
        } else {
            &otto.id
        };
        if message["role"] == "user" {
            assert_eq!(message["userId"], **expected, "{message}");
        }
    }
    // It does not pass for what they wrote.
    for (who, own) in [(otto, false), (wren, true)] {
        let opened = app
            .function(&who.cookie, "open_thread", json!({ "id": scene.shared }))
            .await
            .expect(200)
            .json();
        for message in opened["messages"].as_array().unwrap() {
            let author = match text(&message["text"]).as_str() {
                "" => continue,
                "madagascar by Wren" if own => Value::Null,
                "madagascar by Wren" => json!("wren"),
                _ => json!("Former member"),
            };
            assert_eq!(
                (&message["author"], &message["mine"]),
                (&author, &json!(author.is_null()))
            );
        }
    }
    let markdown = app
        .get(&format!("/api/export/{}?format=markdown", scene.shared), &otto.token)
        .await
        .expect(200);
    assert!(
        markdown.text.contains("## Former member") && !markdown.text.contains("## You"),
        "{}",
        markdown.text
    );

    // Otto can do with it what Mara could.
    let project = app
        .get(&format!("/api/projects/{}", scene.project), &wren.token)
        .await
        .expect(200)
        .json();
    assert_eq!(project["project"]["threadCount"], 1);
    let share = json!({ "sharing": "private" });
    let path = format!("/api/projects/{}", scene.project);
    app.call("PATCH", &path, &wren.token, Some(share.clone()))
        .await
        .expect(403);
    app.call("PATCH", &path, &otto.token, Some(share)).await.expect(200);
    let rename = json!({ "name": "Still ours" });
    app.call(
        "PATCH",
        &format!("/api/templates/{}", scene.template),
        &wren.token,
        Some(rename),
    )
    .await
    .expect(200);
    let message = format!("/api/threads/{}/messages/{}", scene.shared, scene.said);
    app.call("DELETE", &message, &wren.token, None).await.expect(403);
    app.call("DELETE", &message, &otto.token, None).await.expect(204);
    let hello = json!({ "content": "madagascar goes on", "threadId": scene.shared });
    say(app, &wren.token, hello).await;
    let members = app
        .get(&format!("/api/teams/{}/members", scene.team), &otto.token)
        .await
        .expect(200)
        .json();
    assert_eq!(members["members"].as_array().unwrap().len(), 2);
    app.call("DELETE", &format!("/api/threads/{}", scene.shared), &otto.token, None)
        .await
        .expect(204);
    orphans::none(app).await;
});

both!(nobody_gets_in_with_it_from_that_moment_on, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    let (app, mara) = (&scene.app, &scene.mara);
    // All of them are known from requests before.
    app.get("/api/threads", &mara.token).await.expect(200);
    for key in &scene.keys {
        app.get("/api/threads", &key.secret).await.expect(200);
    }
    let answer = app
        .call("DELETE", "/api/auth/me", &mara.token, Some(goodbye()))
        .await
        .expect(204);
    assert!(
        answer.header("set-cookie").contains("Max-Age=0"),
        "{:?}",
        answer.headers
    );
    for key in &scene.keys {
        app.get("/api/threads", &key.secret)
            .await
            .refused(401, "invalid_api_key", "Invalid API key");
    }
    app.get("/api/threads", &mara.token)
        .await
        .expect_error(401, "unauthenticated");
    let cookie = app.request(Method::GET, "/api/threads").header("cookie", &mara.cookie);
    send(cookie).await.expect_error(401, "unauthenticated");
    let login = json!({ "email": mara.email, "password": "correct horse" });
    app.post("/api/auth/login", "", login)
        .await
        .expect_error(401, "invalid_credentials");

    // The address is free, and whoever takes it finds nothing.
    let again = app.user("mara").await;
    assert_ne!(again.id, mara.id);
    let threads = app.get("/api/threads", &again.token).await.expect(200).json();
    assert_eq!(threads["threads"], json!([]));
    assert_eq!(found(app, &again.token, "zanzibar").await, Vec::<String>::new());
    app.get(&format!("/api/threads?teamId={}", scene.team), &again.token)
        .await
        .expect(403);
});

both!(
    what_a_server_that_ended_did_not_clear_is_cleared_later,
    async |kind: Kind| {
        let scene = Scene::make(kind).await;
        let (app, mara) = (&scene.app, &scene.mara);
        // As it is after the first step.
        let db = app.core.db.write();
        for sql in [
            format!(
                "UPDATE users SET deleted_at = created_at, suspended_at = created_at, name = '', email = 'x' WHERE id = '{}'",
                mara.id
            ),
            format!(
                "DELETE FROM team_members WHERE user_id = '{}' AND team_id = '{}'",
                mara.id, scene.team
            ),
        ] {
            sea_orm::ConnectionTrait::execute_unprepared(db, &sql).await.unwrap();
        }
        // Until then it is in no list, and has no name.
        let root = json!({ "email": "root@example.com", "password": "correct horse" });
        let root = app.post("/api/auth/login", "", root).await.expect(200).json();
        let root = text(&root["token"]);
        let users = app.get("/api/admin/users", &root).await.expect(200).json();
        assert_eq!(users["users"].as_array().unwrap().len(), 3);
        assert_eq!(app.get("/api/admin/stats", &root).await.expect(200).json()["users"], 3);
        let path = format!("/api/admin/users/{}", mara.id);
        app.call("PATCH", &path, &root, Some(json!({}))).await.expect(404);
        let opened = app
            .function(&scene.wren.cookie, "open_thread", json!({ "id": scene.shared }))
            .await
            .expect(200)
            .json();
        assert_eq!(opened["messages"][0]["author"], "Former member");

        app.core.forget().await;
        until("it is cleared away", async || {
            tables_naming(app, &mara.id).await == ["audit_log"]
        })
        .await;
        let owner = format!("SELECT user_id FROM threads WHERE id = '{}'", scene.shared);
        assert_eq!(texts(app.core.db.read(), &owner).await, [scene.otto.id.as_str()]);
        orphans::none(app).await;
    }
);
