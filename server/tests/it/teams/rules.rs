//! What a team may be called, how it is shown and listed.

use entity::team_members::TeamRole;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cast, token};
use crate::both;
use crate::support::{Kind, TestApp, User, send};

both!(a_team_is_made_shown_changed_and_archived, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let made = app
        .post(
            "/api/teams",
            &mara.token,
            json!({ "name": "  Studio ", "id": "x", "role": "viewer" }),
        )
        .await
        .expect(201)
        .json();
    let at = "2026-01-15T10:00:00.000Z";
    let id = made["team"]["id"].as_str().unwrap().to_owned();
    let mut expected = json!({ "team": {
        "id": id, "name": "Studio", "context": "", "role": "owner",
        "members": [
            { "userId": mara.id, "name": "mara", "email": mara.email, "role": "owner", "createdAt": at },
        ],
        "membersCursor": null, "invites": [], "createdAt": at, "updatedAt": at,
    } });
    assert_eq!(made, expected);
    let path = format!("/api/teams/{id}");
    let get = async || app.get(&path, &mara.token).await.expect(200).json();
    assert_eq!(get().await, expected);

    app.clock.advance(std::time::Duration::from_secs(1));
    let later = "2026-01-15T10:00:01.000Z";
    // What is not named stays, and what is not changed does not count as a change.
    let context = "Line one\n\u{202e}Line two ";
    for (body, field, value, updated) in [
        (json!({}), "name", "Studio", at),
        (json!({ "name": "Studio" }), "name", "Studio", at),
        (json!({ "context": context }), "context", context, later),
        (json!({ "name": "Atelier" }), "name", "Atelier", later),
        (json!({ "context": null }), "context", "", later),
        (
            json!({ "context": "x", "role": "viewer", "members": [] }),
            "context",
            "x",
            later,
        ),
        (json!({ "context": " \n" }), "context", "", later),
    ] {
        let changed = app.call("PATCH", &path, &mara.token, Some(body)).await.expect(200);
        expected["team"][field] = json!(value);
        expected["team"]["updatedAt"] = json!(updated);
        assert_eq!(changed.json(), expected);
        assert_eq!(get().await, expected);
    }

    let summary = json!({ "teams": [
        { "id": id, "name": "Atelier", "role": "owner", "memberCount": 1, "createdAt": at },
    ], "nextCursor": null });
    assert_eq!(app.get("/api/teams", &mara.token).await.expect(200).json(), summary);
    let archived = app.call("DELETE", &path, &mara.token, None).await.expect(204);
    assert_eq!(archived.text, "");
    for (method, body) in [
        ("GET", None),
        ("DELETE", None),
        ("PATCH", Some(json!({ "name": "Back" }))),
    ] {
        app.call(method, &path, &mara.token, body)
            .await
            .refused(404, "not_found", "Team not found");
    }
    let none = json!({ "teams": [], "nextCursor": null });
    assert_eq!(app.get("/api/teams", &mara.token).await.expect(200).json(), none);
});

both!(names_and_texts_have_bounds, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let path = format!("/api/teams/{}", app.team(&mara, "Kept").await);
    let (long_name, long_text) = ("ä".repeat(101), "ä".repeat(4_001));
    for (body, fields) in [
        (json!({ "name": "" }), vec!["name"]),
        (json!({ "name": " \t" }), vec!["name"]),
        (json!({ "name": long_name }), vec!["name"]),
        (json!({ "name": "a\u{0}b" }), vec!["name"]),
        (json!({ "name": "two\nlines" }), vec!["name"]),
        (json!({ "name": "a\u{202e}b" }), vec!["name"]),
        (json!({ "name": "Fine", "context": long_text }), vec!["context"]),
        (json!({ "name": "Fine", "context": "a\u{0}b" }), vec!["context"]),
        (json!({ "name": "", "context": long_text }), vec!["name", "context"]),
    ] {
        app.post("/api/teams", &mara.token, body.clone()).await.invalid(&fields);
        app.call("PATCH", &path, &mara.token, Some(body)).await.invalid(&fields);
    }
    for body in [
        json!({ "name": 5 }),
        json!([]),
        json!("x"),
        json!({ "name": "x", "context": 5 }),
    ] {
        app.post("/api/teams", &mara.token, body.clone())
            .await
            .expect_error(400, "malformed_request");
        app.call("PATCH", &path, &mara.token, Some(body))
            .await
            .expect_error(400, "malformed_request");
    }
    app.post("/api/teams", &mara.token, json!({ "context": "x" }))
        .await
        .expect_error(400, "malformed_request");
    let (name, text) = ("ä".repeat(100), "ä".repeat(4_000));
    let body = json!({ "name": name, "context": text });
    let made = app.post("/api/teams", &mara.token, body).await.expect(201).json();
    assert_eq!(
        (&made["team"]["name"], &made["team"]["context"]),
        (&json!(name), &json!(text))
    );
    for body in [
        json!({ "role": "king" }),
        json!({ "role": null }),
        json!({}),
        json!({ "role": "Owner" }),
    ] {
        let member = format!("{path}/members/{}", mara.id);
        app.call("PATCH", &member, &mara.token, Some(body))
            .await
            .expect_error(400, "malformed_request");
    }
});

/// Every page of a list.
async fn pages(app: &TestApp, user: &User, path: &str, name: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut page = app
            .get(&format!("{path}?limit={limit}{cursor}"), &user.token)
            .await
            .expect(200)
            .json();
        let Value::Array(more) = page[name].take() else {
            panic!("no list in {page}")
        };
        assert!(!more.is_empty() && more.len() <= limit);
        rows.extend(more);
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

both!(lists_come_in_pages_and_whole, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let app = &cast.app;
    // Some at the same moment, so that more than the time decides about the order.
    let mut expected = vec![
        cast.owner.id.clone(),
        cast.admin.id.clone(),
        cast.member.id.clone(),
        cast.viewer.id.clone(),
    ];
    for at in 0..4 {
        app.clock.advance(std::time::Duration::from_millis(at % 2));
        let user = app.user(&format!("user{at}")).await;
        app.join(&cast.owner, &cast.team, &user, TeamRole::Viewer).await;
        expected.push(user.id);
    }
    // Another role is no reason to stand elsewhere.
    cast.patch(&cast.member_path(&cast.owner), &cast.owner, json!({ "role": "owner" }))
        .await
        .expect(200);
    cast.patch(&cast.member_path(&cast.admin), &cast.owner, json!({ "role": "viewer" }))
        .await
        .expect(200);
    let members = cast.path("/members");
    for limit in [1, 2, 3, 7, 8, 100] {
        let rows = pages(app, &cast.viewer, &members, "members", limit).await;
        let ids: Vec<&str> = rows.iter().map(|row| row["userId"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "limit={limit}");
    }
    // A cursor is good for this team and this member alone.
    let first = app
        .get(&format!("{members}?limit=1"), &cast.owner.token)
        .await
        .expect(200)
        .json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let other = app.team(&cast.owner, "Other").await;
    for (path, user) in [
        (format!("/api/teams/{other}/members?cursor={cursor}"), &cast.owner),
        (format!("{members}?cursor={cursor}"), &cast.admin),
        (format!("/api/teams?cursor={cursor}"), &cast.owner),
        (format!("{members}?cursor=x"), &cast.owner),
        (format!("{members}?limit=0"), &cast.owner),
        (format!("{members}?limit=101"), &cast.owner),
    ] {
        app.get(&path, &user.token).await.expect(400);
    }

    // Teams by name, and of the same name in the order in which they were made.
    for name in ["Zoo", "alpha", "Zoo", "Äther", "Beta", "Zoo"] {
        app.team(&cast.nora, name).await;
    }
    let all = pages(app, &cast.nora, "/api/teams", "teams", 100).await;
    assert_eq!(all.len(), 6);
    for limit in [1, 2, 4, 5, 6] {
        assert_eq!(
            pages(app, &cast.nora, "/api/teams", "teams", limit).await,
            all,
            "limit={limit}"
        );
    }
    let counted = app.get("/api/teams", &cast.viewer.token).await.expect(200).json();
    assert_eq!(
        (&counted["teams"][0]["memberCount"], &counted["teams"][0]["role"]),
        (&json!(8), &json!("viewer"))
    );
});

both!(nobody_is_in_more_than_a_hundred_teams, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let creates = (0..110).map(|_| {
        cast.app
            .post("/api/teams", &cast.nora.token, json!({ "name": "One of many" }))
    });
    let answers = join_all(creates).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 100);
    let sentence = "You are in 100 teams, which is the limit. Leave one that you no longer need.";
    let body = json!({ "name": "Too many" });
    cast.app
        .post("/api/teams", &cast.nora.token, body)
        .await
        .refused(409, "conflict", sentence);
    let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
    cast.accept(&cast.nora, token(&invite))
        .await
        .refused(409, "conflict", sentence);
    // Those that are archived don't count, and the invitation was not used up.
    let id = made[0].json()["team"]["id"].as_str().unwrap().to_owned();
    cast.app.archive(&cast.nora, &id).await;
    cast.accept(&cast.nora, token(&invite)).await.expect(200);
});

both!(a_repeated_request_makes_one_team, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let post = async |key: &str, name: &str| {
        let request = app.request(Method::POST, "/api/teams").bearer_auth(&mara.token);
        send(request.header("idempotency-key", key).json(&json!({ "name": name }))).await
    };
    let first = post("k", "Studio").await.expect(201);
    let again = post("k", "Studio").await.expect(201);
    assert_eq!(
        (again.header("idempotent-replayed"), again.json()),
        ("true".to_owned(), first.json())
    );
    post("k", "Other").await.expect_error(422, "idempotency_key_reused");
    let list = app.get("/api/teams", &mara.token).await.expect(200).json();
    assert_eq!(list["teams"].as_array().unwrap().len(), 1);
});
