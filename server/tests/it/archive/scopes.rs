use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{archive_of, export, import, imported, some_thread, threads, titles, unpacked};
use crate::both;
use crate::support::{Kind, TestApp, User};

async fn thread(app: &TestApp, bearer: &str, body: Value) {
    app.post("/api/threads", bearer, body).await.expect(201);
}

/// Rows in personal, team A and team B; the titles say which.
async fn rows(app: &TestApp, mara: &User, a: &str, b: &str) {
    for (team, name) in [(None, "personal"), (Some(a), "a"), (Some(b), "b")] {
        thread(app, &mara.token, json!({ "title": name, "teamId": team })).await;
        for (path, body) in [
            ("/api/projects", json!({ "name": name, "teamId": team })),
            ("/api/templates", json!({ "name": name, "prompt": "x", "teamId": team })),
        ] {
            app.post(path, &mara.token, body).await.expect(201);
        }
    }
}

/// What is in an archive: the titles of its threads, the names of its projects and templates, and whether settings are.
fn contents(archive: &[u8]) -> (Vec<String>, Vec<String>, Vec<String>, bool) {
    let files = unpacked(archive);
    let json = |name: &str| -> Value { serde_json::from_str(&files[name]).unwrap() };
    let names = |list: &Value| -> Vec<String> {
        let mut names: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let mut titles: Vec<String> = files
        .keys()
        .filter(|name| name.starts_with("threads/"))
        .map(|name| json(name)["thread"]["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    (
        titles,
        names(&json("projects.json")["projects"]),
        names(&json("templates.json")["templates"]),
        files.contains_key("settings.json"),
    )
}

both!(an_archive_has_what_its_asker_reaches, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, nora) = (app.user("mara").await, app.user("nora").await);
    let (a, b) = (app.team(&mara, "A").await, app.team(&mara, "B").await);
    app.join(&mara, &a, &nora, TeamRole::Member).await;
    rows(&app, &mara, &a, &b).await;
    // What others share is theirs.
    let shared = json!({ "title": "nora's", "teamId": a, "visibility": "shared" });
    thread(&app, &nora.token, shared).await;
    let team_key = app.key(&mara, json!({ "name": "A", "teamId": a })).await;
    let own_key = app.key(&mara, json!({ "name": "own" })).await;
    for (bearer, names, settings) in [
        (&mara.token, &["a", "b", "personal"][..], true),
        (&team_key.secret, &["a"], false),
        (&own_key.secret, &["personal"], true),
    ] {
        let found = contents(&export(&app, bearer).await);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(found, (names.clone(), names.clone(), names, settings));
    }
});

both!(what_a_key_imports_lands_where_it_reaches, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (a, b) = (app.team(&mara, "A").await, app.team(&mara, "B").await);
    rows(&app, &mara, &a, &b).await;
    let archive = export(&app, &mara.token).await;
    let key = app.key(&mara, json!({ "name": "A", "teamId": a })).await;
    // Its own team's row it knows; the others it can't see, and makes anew.
    let report = imported(&app, &key.secret, archive.clone()).await;
    assert_eq!(
        (&report["imported"]["threads"], &report["existing"]["threads"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(report["settings"], "skipped");
    let all = threads(&app, &key.secret).await;
    assert_eq!(titles(&all), ["a", "b", "personal"]);
    assert!(all.iter().all(|thread| thread["teamId"] == json!(a)));
    assert_eq!(titles(&threads(&app, &mara.token).await), ["personal"]);
    let report = imported(&app, &key.secret, archive.clone()).await;
    assert_eq!(report["imported"]["threads"], 0);
    let key = app.key(&mara, json!({ "name": "own" })).await;
    let report = imported(&app, &key.secret, archive).await;
    assert_eq!(
        (&report["imported"]["threads"], &report["existing"]["threads"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(titles(&threads(&app, &mara.token).await), ["a", "b", "personal"]);
});

both!(who_may_only_read_imports_nothing, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/import".to_owned(), "/api/export".to_owned()];
    })
    .await;
    let (mara, vera) = (app.user("mara").await, app.user("vera").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &vera, TeamRole::Member).await;
    let key = app.key(&vera, json!({ "name": "CLI", "teamId": team })).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let archive = archive_of([&some_thread("Mine")]);
    import(&app, &key.secret, archive.clone())
        .await
        .expect_error(403, "forbidden");
    app.remove(&mara, &team, &vera).await;
    for answer in [
        import(&app, &key.secret, archive.clone()).await,
        app.get("/api/export", &key.secret).await,
    ] {
        answer.refused(
            401,
            "api_key_not_team_member",
            "API key invalid - no longer a team member",
        );
    }
    import(&app, "", archive.clone())
        .await
        .expect_error(401, "unauthenticated");
    app.get("/api/export", "").await.expect_error(401, "unauthenticated");
    assert!(threads(&app, &vera.token).await.is_empty());
});

both!(no_id_in_a_file_reaches_a_row_of_somebody_else, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, nora) = (app.user("mara").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    let private = json!({ "content": "Mara's secret", "stream": false });
    let made = app.post("/api/chat", &mara.token, private).await.expect(200).json();
    let theirs = &made["thread"]["id"];
    let mut forged = some_thread("Forged");
    forged["id"] = theirs.clone();
    forged["userId"] = json!(mara.id);
    forged["teamId"] = json!(team);
    forged["parentThreadId"] = theirs.clone();
    forged["projectId"] = theirs.clone();
    forged["messages"][0]["id"] = made["message"]["id"].clone();
    forged["messages"][0]["userId"] = json!(mara.id);
    forged["messages"][1]["threadId"] = theirs.clone();
    let report = imported(&app, &nora.token, archive_of([&forged])).await;
    // It is new to her: that the id is taken she does not learn.
    assert_eq!(
        (&report["imported"]["threads"], &report["skippedCount"]),
        (&json!(1), &json!(0))
    );
    let mine = threads(&app, &nora.token).await;
    assert_ne!(&mine[0]["id"], theirs);
    assert!(mine[0]["teamId"].is_null() && mine[0]["projectId"].is_null());
    let still = app
        .get(&format!("/api/threads/{}", theirs.as_str().unwrap()), &mara.token)
        .await;
    let still = still.expect(200).json();
    assert_eq!(still["thread"]["messages"][0]["content"], "Mara's secret");
    assert_eq!(still["thread"]["messages"].as_array().unwrap().len(), 2);
});
