//! Keys of a team: who may make them, and how far they reach.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp};

const NOT_A_MEMBER: &str = "You are not a member of this team";

both!(only_members_make_keys_of_a_team, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let foreign = app.team(&mara, "Studio").await;
    let archived = app.team(&otto, "Old").await;
    app.archive(&otto, &archived).await;
    let unknown = domain::clock::new_id();
    for team in [&*foreign, &archived, &unknown, "x", "", "'; DROP TABLE teams"] {
        let answer = app
            .post("/api/api-keys", &otto.token, json!({ "name": "CLI", "teamId": team }))
            .await;
        answer.refused(403, "not_team_member", NOT_A_MEMBER);
    }
    app.join(&mara, &foreign, &otto, TeamRole::Member).await;
    let body = json!({ "name": "CLI", "teamId": foreign });
    let made = app.post("/api/api-keys", &otto.token, body).await.expect(201).json();
    assert_eq!(
        (&made["key"]["teamId"], &made["key"]["teamName"]),
        (&json!(foreign), &json!("Studio"))
    );
    let list = app.get("/api/api-keys", &otto.token).await.expect(200).json();
    assert_eq!(list["keys"][0]["team"], json!({ "id": foreign, "name": "Studio" }));
    assert_eq!(list["keys"][0]["teamId"], json!(foreign));
    // The other members don't see it: a key is its maker's.
    assert_eq!(app.get("/api/api-keys", &mara.token).await.json()["keys"], json!([]));
    let personal = app
        .post("/api/api-keys", &otto.token, json!({ "name": "CLI", "teamId": null }))
        .await
        .expect(201);
    assert_eq!(personal.json()["key"]["teamId"], Value::Null);
});

both!(
    a_member_who_has_left_can_still_rename_and_revoke_their_key,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let team = app.team(&mara, "Studio").await;
        app.join(&mara, &team, &otto, TeamRole::Member).await;
        let key = app.key(&otto, json!({ "name": "CLI", "teamId": team })).await;
        app.remove(&mara, &team, &otto).await;
        let path = format!("/api/api-keys/{}", key.id);
        // No way to move a key out of its team.
        let body = json!({ "name": "Old", "teamId": null });
        let changed = app
            .call("PATCH", &path, &otto.token, Some(body))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&changed["key"]["name"], &changed["key"]["teamId"]),
            (&json!("Old"), &json!(team))
        );
        app.get("/api/threads", &key.secret)
            .await
            .expect_error(401, "api_key_not_team_member");
        app.call("DELETE", &path, &otto.token, None).await.expect(200);
    }
);

both!(a_key_of_a_team_acts_inside_it_only, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (team, other) = (app.team(&mara, "Studio").await, app.team(&mara, "Other").await);
    let of_team = app.key(&mara, json!({ "name": "T", "teamId": team })).await;
    let personal = app.key(&mara, json!({ "name": "P" })).await;
    let make = async |bearer: &str, team: Value| {
        let made = app
            .post("/api/threads", bearer, json!({ "teamId": team }))
            .await
            .expect(201)
            .json();
        (
            made["thread"]["id"].as_str().unwrap().to_owned(),
            made["thread"]["teamId"].clone(),
        )
    };
    // Whatever the body asks for.
    let (first, where_to) = make(&of_team.secret, json!(other)).await;
    assert_eq!(where_to, json!(team));
    let (second, where_to) = make(&of_team.secret, Value::Null).await;
    assert_eq!(where_to, json!(team));
    let (mine, where_to) = make(&personal.secret, json!(team)).await;
    assert_eq!(where_to, Value::Null);
    let (others, _) = make(&mara.token, json!(other)).await;
    for (bearer, own, not_own) in [
        (&of_team.secret, vec![&first, &second], vec![&mine, &others]),
        (&personal.secret, vec![&mine], vec![&first, &others]),
    ] {
        for query in [
            String::new(),
            format!("?teamId={other}"),
            format!("?teamId={team}"),
            "?teamId=".to_owned(),
        ] {
            let list = app
                .get(&format!("/api/threads{query}"), bearer)
                .await
                .expect(200)
                .json();
            let mut ids: Vec<&str> = list["threads"]
                .as_array()
                .unwrap()
                .iter()
                .map(|thread| thread["id"].as_str().unwrap())
                .collect();
            ids.sort_unstable();
            assert_eq!(ids, own, "{query}");
        }
        for id in not_own {
            let path = format!("/api/threads/{id}");
            let chat = json!({ "content": "Hello", "threadId": id, "stream": false });
            app.get(&path, bearer)
                .await
                .refused(404, "not_found", "Thread not found");
            app.get(&format!("{path}/messages"), bearer)
                .await
                .refused(404, "not_found", "Thread not found");
            app.call("DELETE", &path, bearer, None)
                .await
                .refused(404, "not_found", "Thread not found");
            app.call("PATCH", &path, bearer, Some(json!({ "title": "x" })))
                .await
                .expect_error(404, "not_found");
            app.post("/api/chat", bearer, chat)
                .await
                .refused(404, "not_found", "Thread not found");
        }
    }
});
