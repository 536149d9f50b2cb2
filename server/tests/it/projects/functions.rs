//! Projects as our own pages have them.

use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::{id, make, patch, thread};
use crate::both;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn call(app: &TestApp, user: &User, name: &str, arguments: Value) -> Value {
    app.function(&user.cookie, name, arguments).await.expect(200).json()
}

both!(a_project_is_made_opened_changed_and_deleted, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "project": { "name": "Launch", "color": "teal", "context": "Be brief." } });
    let project = call(&app, &mara, "create_project", body).await;
    let at = json!({ "id": id(&project) });
    for _ in 0..51 {
        thread(&app, &mara.token, json!({ "projectId": id(&project) })).await;
    }
    thread(&app, &mara.token, json!({})).await;
    let open = call(&app, &mara, "open_project", at.clone()).await;
    assert_eq!(open["project"]["context"], "Be brief.");
    assert_eq!(open["project"]["threadCount"], 51);
    let marks = ["author", "writable", "deletable"].map(|mark| open[mark].clone());
    assert_eq!(marks, [json!(null), json!(true), json!(true)]);
    let threads = open["threads"]["threads"].as_array().unwrap();
    assert_eq!(threads.len(), 50);
    assert!(threads.iter().all(|row| row["project"] == "Launch"));
    let more = json!({ "id": id(&project), "cursor": open["threads"]["nextCursor"] });
    let more = call(&app, &mara, "project_threads", more).await;
    assert_eq!(more["threads"].as_array().unwrap().len(), 1);
    assert_eq!(more["nextCursor"], Value::Null);

    let change = json!({ "id": id(&project), "change": { "name": "Landing", "context": null } });
    let changed = call(&app, &mara, "change_project", change).await;
    assert_eq!((&changed["name"], &changed["context"]), (&json!("Landing"), &json!("")));
    let row = json!({
        "id": id(&project), "name": "Landing", "color": "teal", "sharing": "private", "teamId": null, "model": null,
        "threadCount": 51,
    });
    assert_eq!(call(&app, &mara, "project_row", at.clone()).await, row);
    assert_eq!(
        call(&app, &mara, "project_rows", json!({})).await["projects"],
        json!([row])
    );

    let bad = json!({ "project": { "name": " ", "context": "x".repeat(8_001) } });
    app.function(&mara.cookie, "create_project", bad)
        .await
        .invalid(&["name", "context"]);
    call(&app, &mara, "delete_project", at.clone()).await;
    for name in ["open_project", "project_row", "project_threads", "delete_project"] {
        app.function(&mara.cookie, name, at.clone()).await.expect(404);
    }
    let rows = call(&app, &mara, "sidebar", json!({})).await;
    assert_eq!(rows["threads"].as_array().unwrap().len(), 52);
    assert!(
        rows["threads"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["project"].is_null())
    );
});

both!(they_say_what_may_be_done, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (olga, mara, vera, nora) = (
        app.user("olga").await,
        app.user("mara").await,
        app.user("vera").await,
        app.user("nora").await,
    );
    let team = app.team(&olga, "Team").await;
    app.join(&olga, &team, &mara, TeamRole::Member).await;
    app.join(&olga, &team, &vera, TeamRole::Viewer).await;
    let body = |sharing: &str| json!({ "name": sharing, "teamId": team, "sharing": sharing });
    let shared = make(&app, &mara.token, body("team")).await;
    let private = make(&app, &mara.token, body("private")).await;
    for (user, author, writable, deletable) in [
        (&mara, json!(null), true, true),
        (&olga, json!("mara"), true, true),
        (&vera, json!("mara"), false, false),
    ] {
        let open = call(&app, user, "open_project", json!({ "id": id(&shared) })).await;
        assert_eq!(
            (&open["author"], &open["writable"], &open["deletable"]),
            (&author, &json!(writable), &json!(deletable))
        );
    }
    patch(&app, &mara.token, &shared, json!({ "color": "red" }))
        .await
        .expect(200);
    for (user, project) in [(&olga, &private), (&nora, &shared), (&nora, &private)] {
        for name in ["open_project", "project_row", "project_threads", "delete_project"] {
            app.function(&user.cookie, name, json!({ "id": id(project) }))
                .await
                .expect(404);
        }
    }
    let change = json!({ "id": id(&shared), "change": { "name": "Vera's" } });
    app.function(&vera.cookie, "change_project", change).await.expect(403);
    let rows = |answer: Value| answer["projects"].as_array().unwrap().len();
    let of_team = json!({ "team_id": team });
    assert_eq!(rows(call(&app, &mara, "project_rows", of_team.clone()).await), 2);
    assert_eq!(rows(call(&app, &vera, "project_rows", of_team.clone()).await), 1);
    assert_eq!(rows(call(&app, &mara, "project_rows", json!({})).await), 0);
    app.function(&nora.cookie, "project_rows", of_team).await.expect(403);
    // A list's cursor is good in that list alone.
    for number in 0..50 {
        make(&app, &mara.token, json!({ "name": number.to_string() })).await;
    }
    make(&app, &mara.token, json!({ "name": "Last" })).await;
    let first = call(&app, &mara, "project_rows", json!({})).await;
    assert_eq!(rows(first.clone()), 50);
    let cursor = &first["nextCursor"];
    assert_eq!(
        rows(call(&app, &mara, "project_rows", json!({ "cursor": cursor })).await),
        1
    );
    let elsewhere = json!({ "team_id": team, "cursor": cursor });
    app.function(&mara.cookie, "project_rows", elsewhere)
        .await
        .expect_error(400, "invalid_cursor");
});

both!(they_are_for_people, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/**".to_owned(), "/_fn/**".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    let project = make(&app, &mara.token, json!({ "name": "Launch" })).await;
    let id = id(&project);
    for (name, arguments) in [
        ("project_rows", json!({})),
        ("project_row", json!({ "id": id })),
        ("open_project", json!({ "id": id })),
        ("project_threads", json!({ "id": id })),
        ("create_project", json!({ "project": { "name": "Taken" } })),
        ("change_project", json!({ "id": id, "change": { "name": "Taken" } })),
        ("delete_project", json!({ "id": id })),
    ] {
        app.function("", name, arguments.clone()).await.expect(401);
        let with_key = app
            .request(Method::POST, &format!("/_fn/{name}"))
            .bearer_auth(&key)
            .json(&arguments);
        let refused = send(with_key).await;
        assert!(matches!(refused.status.as_u16(), 401 | 403), "{name}: {}", refused.text);
    }
    assert_eq!(
        call(&app, &mara, "project_row", json!({ "id": id })).await["name"],
        "Launch"
    );
});

/// The document at a path, for somebody whose browser remembers a team.
async fn document(app: &TestApp, user: &User, path: &str, team: &str) -> Answer {
    let cookies = format!("{}; team={team}", user.cookie);
    send(app.request(Method::GET, path).header("cookie", cookies)).await
}

both!(a_document_begins_in_the_realm_of_what_it_shows, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Crew").await;
    let project = make(&app, &mara.token, json!({ "name": "Own project" })).await;
    let of_team = make(&app, &mara.token, json!({ "name": "Crew project", "teamId": team })).await;
    let ottos = make(&app, &otto.token, json!({ "name": "Hush" })).await;
    let own = thread(&app, &mara.token, json!({ "title": "Own thread" })).await;
    let theirs = thread(&app, &mara.token, json!({ "title": "Crew thread", "teamId": team })).await;
    let new_in = |project: &Value| format!("/?project={}", id(project));
    for (path, remembered, in_team) in [
        ("/".to_owned(), "", false),
        ("/".to_owned(), team.as_str(), true),
        ("/projects".to_owned(), &team, true),
        // What is no team of theirs is nothing.
        ("/".to_owned(), "0198a000-0000-7000-8000-000000000000", false),
        ("/".to_owned(), "%00'", false),
        // What the address says counts more.
        (format!("/chat/{}", id(&own)), &team, false),
        (format!("/chat/{}", id(&theirs)), "", true),
        (format!("/projects/{}", id(&project)), &team, false),
        (format!("/projects/{}", id(&of_team)), "", true),
        (new_in(&project), &team, false),
        (new_in(&of_team), "", true),
        (new_in(&ottos), &team, true),
    ] {
        let page = document(&app, &mara, &path, remembered).await.expect(200);
        assert_eq!(page.text.contains("Crew thread"), in_team, "{path} {remembered}");
        assert_eq!(page.text.contains("Own thread"), !in_team, "{path} {remembered}");
        assert!(!page.text.contains("Hush"), "{path}");
    }
    let title = document(&app, &mara, &format!("/projects/{}", id(&of_team)), "").await;
    assert!(title.text.contains("<title>Crew project · Latchkey</title>"));
    document(&app, &mara, &format!("/projects/{}", id(&ottos)), "")
        .await
        .expect(404);
    document(&app, &mara, "/projects/x", "").await.expect(404);
    // Without a script the new chat goes where the page says.
    let page = document(&app, &mara, &new_in(&of_team), "").await.text;
    for field in [("team_id", team.as_str()), ("project_id", id(&of_team))] {
        let field = format!("name=\"{}\" value=\"{}\"", field.0, field.1);
        assert!(page.contains(&field), "{field}");
    }
});
