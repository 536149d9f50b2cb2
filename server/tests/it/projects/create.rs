//! Making projects.

use entity::projects;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{id, make, read};
use crate::both;
use crate::support::{Kind, TestApp, send};

both!(a_new_project_is_as_it_was_asked_for, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let plain = make(&app, &mara.token, json!({ "name": "  Launch plan " })).await;
    let expected = json!({
        "id": id(&plain), "name": "Launch plan", "slug": "launch-plan", "color": "gray", "context": "",
        "sharing": "private", "teamId": null, "model": null, "threadCount": 0,
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-15T10:00:00.000Z",
    });
    assert_eq!(plain, expected);
    assert_eq!(read(&app, &mara.token, &plain).await, expected);

    let longest = "ü".repeat(8_000);
    let body = json!({
        "name": "Zoë", "color": "violet", "context": longest, "sharing": "team", "teamId": team, "model": "builtin",
        "id": "x", "slug": "x", "userId": "x", "threadCount": 7,
    });
    let whole = make(&app, &mara.token, body).await;
    let expected = json!({
        "id": id(&whole), "name": "Zoë", "slug": "zoe", "color": "violet", "context": longest, "sharing": "team",
        "teamId": team, "model": "builtin", "threadCount": 0,
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-15T10:00:00.000Z",
    });
    assert_eq!(whole, expected);
    assert_eq!(read(&app, &mara.token, &whole).await, expected);
});

both!(what_cannot_be_made_is_refused_with_the_fields, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for (body, fields) in [
        (json!({ "name": " " }), &["name"][..]),
        (json!({ "name": "x".repeat(101) }), &["name"]),
        (json!({ "name": "a\nb" }), &["name"]),
        (json!({ "name": "a\u{0}b" }), &["name"]),
        (json!({ "name": "a\u{202e}b" }), &["name"]),
        (json!({ "name": "A", "color": "mauve" }), &["color"]),
        (json!({ "name": "A", "color": "" }), &["color"]),
        (json!({ "name": "A", "context": "x".repeat(8_001) }), &["context"]),
        (json!({ "name": "A", "context": "a\u{0}b" }), &["context"]),
        (json!({ "name": "A", "model": "gpt-99" }), &["model"]),
        (json!({ "name": "A", "sharing": "team" }), &["sharing"]),
        (
            json!({ "name": "", "color": "mauve", "context": "\u{0}", "model": "gpt-99" }),
            &["name", "color", "context", "model"],
        ),
    ] {
        let answer = app.post("/api/projects", &mara.token, body).await;
        answer.invalid(fields);
    }
    for body in [
        json!({}),
        json!({ "name": 1 }),
        json!({ "name": "A", "sharing": "all" }),
    ] {
        app.post("/api/projects", &mara.token, body)
            .await
            .expect_error(400, "malformed_request");
    }
    for team in [domain::clock::new_id().as_str(), "x"] {
        let body = json!({ "name": "A", "teamId": team });
        app.post("/api/projects", &mara.token, body).await.refused(
            403,
            "not_team_member",
            "You are not a member of this team",
        );
    }
    let made = projects::Entity::find().count(app.core.db.read()).await.unwrap();
    assert_eq!(made, 0);
});

both!(a_repeated_request_makes_one_project, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let post = async |name: &str| {
        let request = app.request(Method::POST, "/api/projects").bearer_auth(&mara.token);
        let request = request.header("idempotency-key", "one").json(&json!({ "name": name }));
        send(request).await
    };
    let first = post("Launch").await.expect(201);
    let again = post("Launch").await.expect(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    post("Other").await.expect_error(422, "idempotency_key_reused");
    let made = projects::Entity::find().count(app.core.db.read()).await.unwrap();
    assert_eq!(made, 1);
});

both!(somebody_makes_so_many_and_no_more, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    let now = app.clock.now();
    let many = (0..499).map(|number| projects::ActiveModel {
        id: Set(domain::clock::new_id()),
        user_id: Set(mara.id.clone()),
        team_id: Set((number % 2 == 0).then(|| team.clone())),
        slug: Set(format!("p{number}")),
        name: Set("Project".to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    });
    for some in many.collect::<Vec<_>>().chunks(100) {
        projects::Entity::insert_many(some.to_vec())
            .exec(app.core.db.write())
            .await
            .unwrap();
    }
    // Of many at the same time one has room.
    let posts = (0..4).map(|_| app.post("/api/projects", &mara.token, json!({ "name": "Last" })));
    let mut statuses: Vec<u16> = Vec::new();
    for answer in futures::future::join_all(posts).await {
        statuses.push(answer.status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    let body = json!({ "name": "More", "teamId": team });
    app.post("/api/projects", &mara.token, body).await.refused(
        409,
        "conflict",
        "You have made 500 projects, which is the limit. Delete one that you no longer need.",
    );
    make(&app, &otto.token, json!({ "name": "Otto's" })).await;
});
