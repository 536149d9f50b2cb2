//! The browser's list in each realm.

use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::make;
use crate::both;
use crate::support::{Kind, TestApp, User, send};

async fn titles(app: &TestApp, user: &User, team: Option<&str>) -> Vec<String> {
    let list = app
        .function(&user.cookie, "sidebar", json!({ "team_id": team }))
        .await
        .expect(200)
        .json();
    let title = |row: &Value| row["thread"]["title"].as_str().unwrap().to_owned();
    let rows = [&list["pinned"], &list["threads"]];
    rows.iter()
        .flat_map(|rows| rows.as_array().unwrap())
        .map(title)
        .collect()
}

both!(a_realm_lists_what_lies_in_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, nora) = (app.user("mara").await, app.user("otto").await, app.user("nora").await);
    let team = app.team(&mara, "Crew").await;
    let other = app.team(&mara, "Other").await;
    app.join(&mara, &team, &otto, TeamRole::Viewer).await;
    let own = |title: &str| json!({ "title": title });
    let private = |title: &str| json!({ "title": title, "teamId": team });
    let shared = |title: &str| json!({ "title": title, "teamId": team, "visibility": "shared" });
    make(&app, &mara.token, own("Mara")).await;
    make(&app, &otto.token, own("Otto")).await;
    make(&app, &mara.token, private("Mara in Crew")).await;
    let mut pinned = shared("Pinned");
    pinned["visibility"] = json!("shared");
    let pinned = make(&app, &mara.token, pinned).await;
    app.clock.advance(std::time::Duration::from_secs(1));
    make(&app, &mara.token, shared("Shared")).await;
    let path = format!("/api/threads/{}", pinned["id"].as_str().unwrap());
    app.call("PATCH", &path, &mara.token, Some(json!({ "pinned": true })))
        .await
        .expect(200);
    for (user, team, expected) in [
        (&mara, None, &["Mara"][..]),
        (&otto, None, &["Otto"]),
        (&mara, Some(&team), &["Pinned", "Shared", "Mara in Crew"]),
        (&otto, Some(&team), &["Pinned", "Shared"]),
        (&mara, Some(&other), &[]),
    ] {
        assert_eq!(titles(&app, user, team.map(String::as_str)).await, expected);
    }
    for name in ["sidebar", "archived_threads", "project_rows"] {
        let foreign = json!({ "team_id": team });
        app.function(&nora.cookie, name, foreign).await.refused(
            403,
            "not_team_member",
            "You are not a member of this team",
        );
    }

    // Others' threads say whose they are; one's own don't.
    for (user, author) in [(&otto, json!("mara")), (&mara, Value::Null)] {
        let list = app.function(&user.cookie, "sidebar", json!({ "team_id": team })).await;
        assert_eq!(list.expect(200).json()["threads"][0]["author"], author);
    }

    // What is archived in a team is found there.
    app.call("PATCH", &path, &mara.token, Some(json!({ "archived": true })))
        .await
        .expect(200);
    let archived = app
        .function(&mara.cookie, "archived_threads", json!({ "team_id": team }))
        .await
        .json();
    assert_eq!(archived["threads"][0]["thread"]["title"], "Pinned");
    let archived = app.function(&mara.cookie, "archived_threads", json!({})).await.json();
    assert_eq!(archived["threads"], json!([]));

    // A new chat lies where it was begun, and nobody else sees it.
    let say = async |user: &User, content: &str| {
        let request = app.request(Method::POST, "/_fn/say").header("cookie", &user.cookie);
        let form = [("content", content), ("team_id", team.as_str())];
        send(
            request
                .header("origin", app.url(""))
                .header("accept", "application/json")
                .form(&form),
        )
        .await
    };
    let said = say(&mara, "Only mine").await.expect(200).json();
    assert_eq!(said["row"]["thread"]["teamId"], json!(team));
    assert_eq!(said["row"]["thread"]["visibility"], "private");
    say(&otto, "A viewer").await.expect(403);
    assert_eq!(titles(&app, &otto, Some(&team)).await, ["Shared"]);

    // Who was removed has nothing there any more.
    app.remove(&mara, &team, &otto).await;
    app.function(&otto.cookie, "sidebar", json!({ "team_id": team }))
        .await
        .expect(403);
});

both!(the_newest_projects_stand_beside_the_first_page, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Crew").await;
    for number in 0..8 {
        app.clock.advance(std::time::Duration::from_secs(1));
        let body = json!({ "name": format!("P{number}"), "color": "teal" });
        app.post("/api/projects", &mara.token, body).await.expect(201);
    }
    let body = json!({ "name": "Crew's", "teamId": team });
    app.post("/api/projects", &mara.token, body).await.expect(201);
    let list = async |team: Option<&str>| {
        let list = json!({ "team_id": team });
        app.function(&mara.cookie, "sidebar", list).await.expect(200).json()["projects"].take()
    };
    let own = list(None).await;
    let names: Vec<&str> = own["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["P7", "P6", "P5", "P4", "P3", "P2"]);
    assert!(own["nextCursor"].is_string());
    let of_team = list(Some(&team)).await;
    assert_eq!(of_team["projects"][0]["name"], "Crew's");
    assert_eq!(of_team["nextCursor"], Value::Null);
});
