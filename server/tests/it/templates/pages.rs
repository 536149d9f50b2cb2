//! Templates as the pages show them: what the settings list, what the composer and the empty screen offer.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{delete, id, ids, make, named, patch};
use crate::both;
use crate::support::rows::texts;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn call(app: &TestApp, who: &User, name: &str, arguments: Value) -> Answer {
    app.function(&who.cookie, name, arguments).await
}

fn array(answer: &Value) -> &[Value] {
    answer.as_array().unwrap()
}

/// Names of what the composer offers.
async fn offered(app: &TestApp, who: &User, team: Option<&str>, q: &str) -> Vec<String> {
    let arguments = json!({ "team_id": team, "q": q });
    let choices = call(app, who, "choose_template", arguments).await.expect(200).json();
    names(&choices["templates"])
}

fn names(templates: &Value) -> Vec<String> {
    let name = |template: &Value| template["name"].as_str().unwrap().to_owned();
    array(templates).iter().map(name).collect()
}

const BUILT_IN: [&str; 4] = [
    "Explain something",
    "Summarise a text",
    "Draft a message",
    "Review code",
];

both!(the_settings_show_whose_they_are, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let (zebra, apes) = (app.team(&mara, "Zebras").await, app.team(&otto, "Apes").await);
    app.join(&otto, &apes, &mara, TeamRole::Viewer).await;
    let own = make(&app, &mara.token, named("Own")).await;
    let ours = json!({ "name": "Ours", "prompt": "Say {{what}}.", "teamId": apes });
    let ours = make(&app, &otto.token, ours).await;
    make(&app, &otto.token, named("Otto's own")).await;

    let view = call(&app, &mara, "my_templates", json!({ "q": "" }))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&view["builtIn"]), BUILT_IN);
    let group = |team: Value, name: &str, writable: bool, templates: Vec<&Value>| {
        json!({
            "teamId": team, "name": name, "writable": writable, "templates": templates, "nextCursor": null,
        })
    };
    let expected = json!([
        group(json!(null), "", true, vec![&own]),
        group(json!(apes), "Apes", false, vec![&ours]),
        group(json!(zebra), "Zebras", true, vec![]),
    ]);
    assert_eq!(view["groups"], expected);

    let found = call(&app, &mara, "my_templates", json!({ "q": "OU" }))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&found["builtIn"]), [] as [&str; 0]);
    assert_eq!(names(&found["groups"][0]["templates"]), [] as [&str; 0]);
    assert_eq!(names(&found["groups"][1]["templates"]), ["Ours"]);

    app.remove(&otto, &apes, &mara).await;
    let view = call(&app, &mara, "my_templates", json!({ "q": "" }))
        .await
        .expect(200)
        .json();
    assert_eq!(array(&view["groups"]).len(), 2);
    let arguments = json!({ "team_id": apes, "cursor": "x" });
    call(&app, &mara, "more_templates", arguments)
        .await
        .expect_error(403, "not_team_member");
    let arguments = json!({ "id": id(&ours) });
    call(&app, &mara, "open_template", arguments).await.expect(404);
});

both!(many_come_page_by_page, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut made = Vec::new();
    for number in 0..45 {
        made.insert(0, make(&app, &mara.token, named(&format!("Number {number}"))).await);
    }
    let view = call(&app, &mara, "my_templates", json!({ "q": "" }))
        .await
        .expect(200)
        .json();
    let mut all = array(&view["groups"][0]["templates"]).to_vec();
    let mut cursor = view["groups"][0]["nextCursor"].clone();
    while let Some(at) = cursor.as_str() {
        let arguments = json!({ "team_id": null, "cursor": at });
        let page = call(&app, &mara, "more_templates", arguments).await.expect(200).json();
        all.extend_from_slice(array(&page["templates"]));
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(ids(&all), ids(&made));
    for arguments in [
        json!({ "team_id": null, "cursor": "x" }),
        json!({ "team_id": null, "cursor": "" }),
    ] {
        call(&app, &mara, "more_templates", arguments)
            .await
            .expect_error(400, "invalid_cursor");
    }
    let long = json!({ "q": "x".repeat(101) });
    call(&app, &mara, "my_templates", long).await.invalid(&["q"]);
});

both!(the_composer_offers_what_fits_its_chat, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let (team, other) = (app.team(&mara, "Team").await, app.team(&mara, "Other").await);
    app.join(&mara, &team, &otto, TeamRole::Viewer).await;
    make(&app, &mara.token, named("Mara's")).await;
    make(&app, &otto.token, named("Überblick 100 %")).await;
    for (name, team) in [("Ours", &team), ("Others", &other)] {
        let body = json!({ "name": name, "prompt": "x", "teamId": team });
        make(&app, &mara.token, body).await;
    }
    let with = |first: &[&'static str]| [first, &BUILT_IN].concat();
    assert_eq!(offered(&app, &mara, None, "").await, with(&["Mara's"]));
    assert_eq!(offered(&app, &mara, Some(&team), "").await, with(&["Mara's", "Ours"]));
    assert_eq!(
        offered(&app, &otto, Some(&team), "").await,
        with(&["Überblick 100 %", "Ours"])
    );
    for (q, found) in [
        ("über", &["Überblick 100 %"][..]),
        ("%", &["Überblick 100 %"]),
        ("100 ÜBER", &["Überblick 100 %"]),
        ("_", &[]),
        ("mess", &["Draft a message"]),
        ("' OR 1=1 --", &[]),
    ] {
        assert_eq!(offered(&app, &otto, Some(&team), q).await, found, "{q}");
    }
    let answer = call(&app, &otto, "choose_template", json!({ "team_id": team, "q": "" })).await;
    let choices = answer.expect(200).json();
    assert_eq!((&choices["team"], &choices["more"]), (&json!("Team"), &json!(false)));
    for foreign in [other.as_str(), "x"] {
        let arguments = json!({ "team_id": foreign, "q": "" });
        call(&app, &otto, "choose_template", arguments)
            .await
            .expect_error(403, "not_team_member");
        let arguments = json!({ "team_id": foreign });
        call(&app, &otto, "suggested_templates", arguments)
            .await
            .expect_error(403, "not_team_member");
    }
});

both!(what_is_too_much_at_once_is_looked_for, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for number in 0..12 {
        let body = json!({ "name": format!("Long {number}"), "prompt": "x".repeat(20_000) });
        make(&app, &mara.token, body).await;
    }
    let answer = call(&app, &mara, "choose_template", json!({ "team_id": null, "q": "" })).await;
    let choices = answer.expect(200).json();
    assert_eq!(choices["more"], json!(true));
    assert_eq!(array(&choices["templates"]).len(), 10, "200,000 characters and no more");
    assert_eq!(offered(&app, &mara, None, "long 0").await, ["Long 10", "Long 0"]);
    let ways = call(&app, &mara, "suggested_templates", json!({ "team_id": null })).await;
    for way in array(&ways.expect(200).json()) {
        assert_eq!(way["prompt"], json!(null), "a long text does not go along");
        let opened = call(&app, &mara, "open_template", json!({ "id": way["id"] })).await;
        assert_eq!(opened.expect(200).json()["prompt"].as_str().unwrap().len(), 20_000);
    }
});

both!(the_empty_screen_comes_with_ways_to_begin, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let ways = async |team: Option<&str>| {
        let answer = call(&app, &mara, "suggested_templates", json!({ "team_id": team })).await;
        names(&answer.expect(200).json())
    };
    assert_eq!(ways(None).await, BUILT_IN);
    make(&app, &otto.token, named("Otto's")).await;
    make(&app, &mara.token, named("First")).await;
    make(&app, &mara.token, named("Second")).await;
    let body = json!({ "name": "Ours", "prompt": "x", "teamId": team });
    make(&app, &mara.token, body).await;
    assert_eq!(ways(None).await, ["Second", "First", BUILT_IN[0], BUILT_IN[1]]);
    assert_eq!(ways(Some(&team)).await, ["Ours", "Second", "First", BUILT_IN[0]]);

    // The document has them, so that nothing comes after it.
    let page = app.request(reqwest::Method::GET, "/").header("cookie", &mara.cookie);
    let page = send(page.header("accept", "text/html")).await.expect(200).text;
    for shown in ["Second", "First", "Explain … to somebody who has never heard of it."] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("Otto&#x27;s") && !page.contains("Otto's"));
});

both!(they_are_made_changed_and_deleted_by_who_may, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, vera, nora) = (app.user("mara").await, app.user("vera").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let new = |name: &str, prompt: &str| json!({ "name": name, "prompt": prompt, "team_id": team });
    let made = call(&app, &mara, "create_template", new("Ours", "Say {{what}}.")).await;
    let made = made.expect(200).json();
    assert_eq!((&made["teamId"], &made["variables"]), (&json!(team), &json!(["what"])));
    for (who, status) in [(&vera, 403), (&nora, 404)] {
        let change = json!({ "id": id(&made), "name": "x", "prompt": "x" });
        call(&app, who, "change_template", change).await.expect(status);
        let delete = json!({ "id": id(&made) });
        call(&app, who, "delete_template", delete).await.expect(status);
    }
    call(&app, &vera, "create_template", new("x", "x")).await.expect(403);
    call(&app, &nora, "create_template", new("x", "x"))
        .await
        .expect_error(403, "not_team_member");
    call(&app, &mara, "create_template", new(" ", ""))
        .await
        .invalid(&["name", "prompt"]);
    let change = json!({ "id": id(&made), "name": "Changed", "prompt": "Plain" });
    let changed = call(&app, &mara, "change_template", change).await.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["variables"]),
        (&json!("Changed"), &json!([]))
    );
    let delete = json!({ "id": id(&made) });
    call(&app, &mara, "delete_template", delete.clone()).await.expect(200);
    call(&app, &mara, "delete_template", delete).await.expect(404);

    // Nobody, and no key.
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    for (name, arguments) in [
        ("my_templates", json!({ "q": "" })),
        ("choose_template", json!({ "team_id": null, "q": "" })),
        ("suggested_templates", json!({ "team_id": null })),
        (
            "create_template",
            json!({ "name": "x", "prompt": "x", "team_id": null }),
        ),
    ] {
        app.function("", name, arguments.clone()).await.expect(401);
        let request = app
            .function_request(&mara.cookie, name, &arguments)
            .bearer_auth(&key.secret);
        send(request).await.expect_error(403, "endpoint_not_allowed");
    }
});

both!(what_a_team_is_offered_is_on_record, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let own = make(&app, &mara.token, named("Own")).await;
    patch(&app, &mara.token, id(&own), json!({ "name": "Mine" }))
        .await
        .expect(200);
    delete(&app, &mara.token, id(&own)).await.expect(204);
    let body = json!({ "name": "Ours", "prompt": "x", "teamId": team });
    let ours = make(&app, &mara.token, body).await;
    patch(&app, &mara.token, id(&ours), json!({ "name": "Ours" }))
        .await
        .expect(200);
    patch(&app, &mara.token, id(&ours), json!({ "prompt": "y" }))
        .await
        .expect(200);
    delete(&app, &mara.token, id(&ours)).await.expect(204);
    let db = app.database.connect().await;
    let sql = "SELECT action || ' ' || user_id || ' ' || target_id || ' ' || detail FROM audit_log \
               WHERE action LIKE 'template.%' ORDER BY created_at, id";
    let detail = json!({ "name": "Ours", "teamId": team });
    let row = |action: &str| format!("{action} {} {} {detail}", mara.id, id(&ours));
    assert_eq!(
        texts(&db, sql).await,
        ["template.created", "template.changed", "template.deleted"].map(row)
    );
    db.close().await.unwrap();
});
