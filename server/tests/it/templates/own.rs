//! Somebody's own templates.

use std::time::Duration;

use entity::templates;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{delete, id, ids, list, make, named, patch};
use crate::both;
use crate::support::{Kind, TestApp, send};

both!(a_template_is_made_changed_and_deleted, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let prompt = "Dear {{ name }},\n{{text}}\n{{ name}} {{{x}}} {{";
    let body = json!({ "name": "  Letter ", "prompt": prompt, "id": "x", "isBuiltIn": true, "variables": ["y"] });
    let mut template = make(&app, &mara.token, body).await;
    let expected = json!({
        "id": id(&template), "name": "Letter", "prompt": prompt, "variables": ["name", "text", "x"],
        "isBuiltIn": false, "teamId": null,
    });
    assert_eq!(template, expected);
    assert_eq!(list(&app, &mara.token, "").await, [expected]);
    for (body, changed) in [
        (json!({ "name": " Note " }), json!({ "name": "Note" })),
        (
            json!({ "prompt": "{{b}} {{a}}" }),
            json!({ "prompt": "{{b}} {{a}}", "variables": ["b", "a"] }),
        ),
        (json!({}), json!({})),
        (json!({ "name": null, "prompt": null }), json!({})),
        (json!({ "isBuiltIn": true, "teamId": "x", "id": "x" }), json!({})),
    ] {
        for (field, value) in changed.as_object().unwrap() {
            template[field] = value.clone();
        }
        let answer = patch(&app, &mara.token, id(&template), body.clone()).await.expect(200);
        assert_eq!(answer.json(), json!({ "template": template }), "after {body}");
        assert_eq!(list(&app, &mara.token, "").await, [template.clone()], "after {body}");
    }
    let answer = delete(&app, &mara.token, id(&template)).await.expect(204);
    assert_eq!(answer.text, "");
    delete(&app, &mara.token, id(&template)).await.expect(404);
    patch(&app, &mara.token, id(&template), json!({})).await.expect(404);
    assert_eq!(list(&app, &mara.token, "").await.len(), 0);
});

both!(what_cannot_be_kept_is_refused_with_the_fields, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let own = make(&app, &mara.token, named("Own")).await;
    let variables = |count: usize| -> String {
        let each = (0..count).map(|number| format!("{{{{v{number}}}}}"));
        each.collect()
    };
    for (body, fields) in [
        (json!({ "name": " ", "prompt": "x" }), &["name"][..]),
        (json!({ "name": "x".repeat(101), "prompt": "x" }), &["name"]),
        (json!({ "name": "a\nb", "prompt": "x" }), &["name"]),
        (json!({ "name": "a\u{0}b", "prompt": "x" }), &["name"]),
        (json!({ "name": "A", "prompt": " \n" }), &["prompt"]),
        (json!({ "name": "A", "prompt": "a\u{0}b" }), &["prompt"]),
        (json!({ "name": "A", "prompt": "x".repeat(20_001) }), &["prompt"]),
        (json!({ "name": "A", "prompt": variables(33) }), &["prompt"]),
        (json!({ "name": "", "prompt": "" }), &["name", "prompt"]),
    ] {
        app.post("/api/templates", &mara.token, body.clone())
            .await
            .invalid(fields);
        patch(&app, &mara.token, id(&own), body).await.invalid(fields);
    }
    for body in [json!({}), json!({ "name": "A" }), json!({ "name": "A", "prompt": 1 })] {
        app.post("/api/templates", &mara.token, body)
            .await
            .expect_error(400, "malformed_request");
    }
    for team in [domain::clock::new_id().as_str(), "x"] {
        let body = json!({ "name": "A", "prompt": "x", "teamId": team });
        app.post("/api/templates", &mara.token, body).await.refused(
            403,
            "not_team_member",
            "You are not a member of this team",
        );
    }
    assert_eq!(list(&app, &mara.token, "").await, [own]);
    for prompt in ["ü".repeat(20_000), variables(32), format!("{0}{0}", variables(32))] {
        make(&app, &mara.token, json!({ "name": "A", "prompt": prompt })).await;
    }
});

both!(a_list_that_changes_between_pages_loses_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut there = Vec::new();
    for number in 0..8 {
        if number % 3 == 0 {
            app.clock.advance(Duration::from_secs(1));
        }
        there.push(make(&app, &mara.token, named(&format!("T{number}"))).await);
    }
    there.reverse();
    let (mut seen, mut next) = (Vec::new(), "/api/templates?limit=3".to_owned());
    loop {
        let page = app.get(&next, &mara.token).await.expect(200).json();
        let rows = page["templates"].as_array().unwrap();
        let own = rows.iter().filter(|row| row["isBuiltIn"] == false);
        for row in own {
            seen.push(id(row).to_owned());
            delete(&app, &mara.token, id(row)).await.expect(204);
        }
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        next = format!("/api/templates?limit=3&cursor={cursor}");
        make(&app, &mara.token, named("New")).await;
    }
    // What was made while the built-in ones were shown belongs to the list; the rest is as it was.
    seen.retain(|id| ids(&there).contains(&id.as_str()));
    assert_eq!(seen, ids(&there));
});

both!(a_repeated_request_makes_one_template, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let post = async |name: &str| {
        let request = app.request(Method::POST, "/api/templates").bearer_auth(&mara.token);
        send(request.header("idempotency-key", "one").json(&named(name))).await
    };
    let first = post("Letter").await.expect(201);
    let again = post("Letter").await.expect(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    post("Other").await.expect_error(422, "idempotency_key_reused");
    assert_eq!(list(&app, &mara.token, "").await.len(), 1);
});

both!(somebody_makes_so_many_and_no_more, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let now = app.clock.now();
    let many = (0..499).map(|number| templates::ActiveModel {
        id: Set(domain::clock::new_id()),
        user_id: Set(mara.id.clone()),
        team_id: Set((number % 2 == 0).then(|| team.clone())),
        name: Set("Template".to_owned()),
        prompt: Set("x".to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
    });
    for some in many.collect::<Vec<_>>().chunks(100) {
        templates::Entity::insert_many(some.to_vec())
            .exec(app.core.db.write())
            .await
            .unwrap();
    }
    let posts = (0..4).map(|_| app.post("/api/templates", &mara.token, named("Last")));
    let answers = futures::future::join_all(posts).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    let body = json!({ "name": "More", "prompt": "x", "teamId": team });
    app.post("/api/templates", &mara.token, body).await.refused(
        409,
        "conflict",
        "You have made 500 templates, which is the limit. Delete one that you no longer need.",
    );
    make(&app, &otto.token, named("Otto's")).await;
});

both!(a_deleted_account_takes_its_templates_with_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (otto, mara) = (app.user("otto").await, app.user("mara").await);
    make(&app, &otto.token, named("Otto's")).await;
    make(&app, &mara.token, named("Mara's")).await;
    entity::users::Entity::delete_by_id(&mara.id)
        .exec(app.core.db.write())
        .await
        .unwrap();
    let left = templates::Entity::find().count(app.core.db.read()).await.unwrap();
    assert_eq!(left, 1);
});
