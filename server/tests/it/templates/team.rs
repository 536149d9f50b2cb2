//! Templates of a team, and what keys reach.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{delete, id, ids, list, make, named, pages, patch};
use crate::both;
use crate::support::{Kind, TestApp, User};

const READ_ONLY: &str = "Viewers can read this team's templates but not change them";

fn in_team(name: &str, team: &str) -> Value {
    json!({ "name": name, "prompt": "Say {{what}}.", "teamId": team })
}

both!(everybody_in_the_team_reads_and_members_write, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let (vera, nora) = (app.user("vera").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let query = format!("&teamId={team}");
    let template = make(&app, &otto.token, in_team("Ours", &team)).await;
    assert_eq!(template["teamId"], json!(team));
    let personal = make(&app, &otto.token, named("Otto's")).await;
    let key = async |owner: &User| app.key(owner, json!({ "name": "CLI", "teamId": team })).await.secret;
    let (ottos_key, veras_key) = (key(&otto).await, key(&vera).await);

    for bearer in [&mara.token, &otto.token, &vera.token, &ottos_key, &veras_key] {
        let all = pages(&app, bearer, &query, 3).await;
        assert_eq!(all.len(), 5, "the built-in ones too");
        assert_eq!(all[4], template);
    }
    assert_eq!(ids(&list(&app, &otto.token, "").await), [id(&personal)]);
    app.get(&format!("/api/templates?{}", &query[1..]), &nora.token)
        .await
        .refused(403, "not_team_member", "You are not a member of this team");

    for bearer in [&vera.token, &veras_key] {
        for answer in [
            app.post("/api/templates", bearer, in_team("Vera's", &team)).await,
            patch(&app, bearer, id(&template), json!({ "name": "Vera's" })).await,
            delete(&app, bearer, id(&template)).await,
        ] {
            answer.refused(403, "forbidden", READ_ONLY);
        }
    }
    for (bearer, name) in [
        (&mara.token, "Mara's"),
        (&ottos_key, "Program's"),
        (&otto.token, "Otto's"),
    ] {
        let changed = patch(&app, bearer, id(&template), json!({ "name": name })).await;
        assert_eq!(changed.expect(200).json()["template"]["name"], name);
        let another = make(&app, bearer, in_team(name, &team)).await;
        delete(&app, &otto.token, id(&another)).await.expect(204);
    }
    // What is somebody's own is not the team's.
    patch(&app, &mara.token, id(&personal), json!({ "name": "x" }))
        .await
        .expect(404);

    app.remove(&mara, &team, &otto).await;
    patch(&app, &otto.token, id(&template), json!({ "name": "x" }))
        .await
        .expect(404);
    delete(&app, &otto.token, id(&template)).await.expect(404);
    assert_eq!(
        ids(&list(&app, &mara.token, &query).await),
        [id(&template)],
        "it stays the team's"
    );
    app.archive(&mara, &team).await;
    delete(&app, &mara.token, id(&template)).await.expect(404);
});

both!(a_key_is_where_it_is_whatever_it_says, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (team, other) = (app.team(&mara, "Team").await, app.team(&mara, "Other").await);
    let of_team = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await.secret;
    let personal = app.key(&mara, json!({ "name": "CLI" })).await.secret;
    let own = make(&app, &mara.token, named("Own")).await;
    let ours = make(&app, &mara.token, in_team("Ours", &team)).await;
    let others = make(&app, &mara.token, in_team("Others", &other)).await;
    for query in [
        String::new(),
        format!("&teamId={team}"),
        format!("&teamId={other}"),
        "&teamId=x".to_owned(),
    ] {
        assert_eq!(ids(&list(&app, &of_team, &query).await), [id(&ours)], "{query}");
        assert_eq!(ids(&list(&app, &personal, &query).await), [id(&own)], "{query}");
        assert_eq!(pages(&app, &personal, &query, 50).await.len(), 5);
    }
    for (bearer, hidden) in [
        (&of_team, &own),
        (&of_team, &others),
        (&personal, &ours),
        (&personal, &others),
    ] {
        patch(&app, bearer, id(hidden), json!({ "name": "x" }))
            .await
            .expect(404);
        delete(&app, bearer, id(hidden)).await.expect(404);
    }
    for team_id in [json!(other), json!(null), json!("x")] {
        let body = json!({ "name": "Key's", "prompt": "x", "teamId": team_id });
        assert_eq!(make(&app, &of_team, body.clone()).await["teamId"], json!(team));
        assert_eq!(make(&app, &personal, body).await["teamId"], json!(null));
    }
});
