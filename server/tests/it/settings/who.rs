//! Whose settings, and who may reach them.

use entity::team_members::TeamRole;
use reqwest::Method;
use serde_json::json;

use super::{PATH, patch, read, settings};
use crate::both;
use crate::support::{Kind, TestApp, send};

both!(
    everybody_has_their_own_and_a_key_reaches_its_owners,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        patch(&app, &key.secret, json!({ "settings": { "role": "Engineer" } }))
            .await
            .expect(200);
        let cookie = |method: Method| app.request(method, PATH).header("cookie", &mara.cookie);
        let own = cookie(Method::PATCH).header("origin", app.url(""));
        send(own.json(&json!({ "settings": { "wrapCode": true } })))
            .await
            .expect(200);
        let expected = settings("mara", &json!({ "role": "Engineer", "wrapCode": true }), "system");
        assert_eq!(read(&app, &mara.token).await, expected);
        assert_eq!(read(&app, &key.secret).await, expected);
        assert_eq!(send(cookie(Method::GET)).await.expect(200).json(), expected);
        assert_eq!(read(&app, &otto.token).await, settings("otto", &json!({}), "system"));

        let other = cookie(Method::PATCH).header("origin", "https://elsewhere.example");
        send(other.json(&json!({ "settings": { "role": "Taken" } })))
            .await
            .expect_error(403, "cross_origin");
        for method in ["GET", "PATCH"] {
            app.call(method, PATH, "", Some(json!({})))
                .await
                .refused(401, "unauthenticated", "You are not signed in");
        }
        assert_eq!(read(&app, &mara.token).await, expected);
    }
);

both!(a_key_needs_the_endpoint, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/threads/**".to_owned()];
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    for method in ["GET", "PATCH"] {
        app.call(method, PATH, &key.secret, Some(json!({})))
            .await
            .expect_error(403, "endpoint_not_allowed");
    }
});

both!(a_teams_key_does_not_reach_personal_settings, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    patch(&app, &otto.token, json!({ "settings": { "context": "Private" } }))
        .await
        .expect(200);
    let key = app.key(&otto, json!({ "name": "CLI", "teamId": team })).await;
    for method in ["GET", "PATCH"] {
        app.call(
            method,
            PATH,
            &key.secret,
            Some(json!({ "settings": { "context": null } })),
        )
        .await
        .refused(403, "forbidden", "A team's API key cannot reach personal settings");
    }
    assert_eq!(read(&app, &otto.token).await["settings"]["context"], "Private");
});
