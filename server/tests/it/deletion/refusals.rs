//! Who can't delete an account, and which can't be deleted yet.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{delete, delete_account, gone, goodbye};
use crate::both;
use crate::support::{Kind, TestApp};

both!(it_takes_the_password_and_the_words, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("root").await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let ask = async |bearer: &str, body: Value| app.call("DELETE", "/api/auth/me", bearer, Some(body)).await;
    let with = |password: &str, words: &str| json!({ "password": password, "confirmation": words });
    ask(&mara.token, with("wrong horse", "delete my account"))
        .await
        .invalid(&["password"]);
    ask(&mara.token, with("correct horse", "delete"))
        .await
        .invalid(&["confirmation"]);
    ask(&mara.token, json!({ "password": "correct horse" }))
        .await
        .expect_error(400, "malformed_request");
    ask("", goodbye()).await.expect_error(401, "unauthenticated");
    ask(&key.secret, goodbye())
        .await
        .expect_error(403, "endpoint_not_allowed");
    let wrong = json!({ "password": "wrong horse", "confirmation": "delete my account" });
    let answer = app.function(&mara.cookie, "delete_account", wrong).await.expect(400);
    assert_eq!(answer.json()["fields"][0]["field"], "password");
    app.get("/api/threads", &key.secret).await.expect(200);
    let answer = app
        .function(
            &mara.cookie,
            "delete_account",
            with("correct horse", " Delete my account "),
        )
        .await;
    assert!(answer.expect(200).header("set-cookie").contains("Max-Age=0"));
    gone(&app, &mara).await;
});

both!(guessing_is_as_slow_as_where_one_signs_in, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.limits.login_attempts_per_minute = 5).await;
    app.user("root").await;
    let mara = app.user("mara").await;
    let wrong = json!({ "password": "wrong horse", "confirmation": "delete my account" });
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = app
            .call("DELETE", "/api/auth/me", &mara.token, Some(wrong.clone()))
            .await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[4]), (400, 429), "{statuses:?}");
    // Also for who knows it.
    delete_account(&app, &mara.token).await.expect(429);
});

both!(an_instance_keeps_an_administrator, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (root, mara) = (app.user("root").await, app.user("mara").await);
    let sentence = "This is the last administrator. Make somebody else one first.";
    delete_account(&app, &root.token)
        .await
        .refused(409, "conflict", sentence);
    app.get("/api/auth/me", &root.token).await.expect(200);
    let path = format!("/api/admin/users/{}", mara.id);
    app.call("PATCH", &path, &root.token, Some(json!({ "role": "admin" })))
        .await
        .expect(200);
    delete(&app, &root).await;
    delete_account(&app, &mara.token)
        .await
        .refused(409, "conflict", sentence);
});

both!(a_team_with_others_keeps_an_owner, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (root, mara, otto) = (app.user("root").await, app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Studio").await;
    app.join(&mara, &team, &otto, TeamRole::Admin).await;
    let sentence = "The team “Studio” has no other owner. Make another member an owner first.";
    delete_account(&app, &mara.token)
        .await
        .refused(409, "conflict", sentence);
    // One who can't sign in is none.
    app.join(&mara, &team, &otto, TeamRole::Owner).await;
    let path = format!("/api/admin/users/{}", otto.id);
    let suspend = |yes: bool| Some(json!({ "suspended": yes }));
    app.call("PATCH", &path, &root.token, suspend(true)).await.expect(200);
    delete_account(&app, &mara.token)
        .await
        .refused(409, "conflict", sentence);
    app.call("PATCH", &path, &root.token, suspend(false)).await.expect(200);
    delete(&app, &mara).await;
    let login = json!({ "email": otto.email, "password": "correct horse" });
    let otto = app.post("/api/auth/login", "", login).await.expect(200).json();
    let team = app
        .get(&format!("/api/teams/{team}"), otto["token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    assert_eq!(team["team"]["members"].as_array().unwrap().len(), 1);
});

both!(of_two_owners_who_go_at_once_one_stays, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("root").await;
    for round in 0..5 {
        let (one, other) = (
            app.user(&format!("one{round}")).await,
            app.user(&format!("other{round}")).await,
        );
        let member = app.user(&format!("member{round}")).await;
        let team = app.team(&one, "Studio").await;
        app.join(&one, &team, &other, TeamRole::Owner).await;
        app.join(&one, &team, &member, TeamRole::Member).await;
        let (first, second) = tokio::join!(delete_account(&app, &one.token), delete_account(&app, &other.token));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{} {}", first.text, second.text);
    }
});
