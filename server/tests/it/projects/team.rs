//! Projects of a team: who sees them, who writes, and what keys reach.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{delete, id, ids, list, make, patch, path, read};
use crate::both;
use crate::support::{Kind, TestApp, User};

const READ_ONLY: &str = "Viewers can read this team's projects but not change them";

/// A team of Olga's with Ada as administrator, Mara and Max as members and Vera as viewer; Nora is in no team.
struct Team {
    app: TestApp,
    id: String,
    olga: User,
    ada: User,
    mara: User,
    max: User,
    vera: User,
    nora: User,
}

impl Team {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let olga = app.user("olga").await;
        let id = app.team(&olga, "Team").await;
        let (ada, mara) = (app.user("ada").await, app.user("mara").await);
        let (max, vera) = (app.user("max").await, app.user("vera").await);
        for (user, role) in [
            (&ada, TeamRole::Admin),
            (&mara, TeamRole::Member),
            (&max, TeamRole::Member),
            (&vera, TeamRole::Viewer),
        ] {
            app.join(&olga, &id, user, role).await;
        }
        let nora = app.user("nora").await;
        Self {
            app,
            id,
            olga,
            ada,
            mara,
            max,
            vera,
            nora,
        }
    }

    async fn project(&self, maker: &User, sharing: &str) -> Value {
        let body = json!({ "name": sharing, "teamId": self.id, "sharing": sharing });
        make(&self.app, &maker.token, body).await
    }

    async fn key(&self, owner: &User) -> String {
        let body = json!({ "name": "Team CLI", "teamId": self.id });
        self.app.key(owner, body).await.secret
    }

    fn query(&self) -> String {
        format!("?teamId={}", self.id)
    }
}

both!(who_sees_a_project, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let personal = make(app, &team.mara.token, json!({ "name": "personal" })).await;
    let private = team.project(&team.mara, "private").await;
    let shared = team.project(&team.mara, "team").await;
    assert_eq!(
        (&private["teamId"], &shared["teamId"]),
        (&json!(team.id), &json!(team.id))
    );
    let keys = [
        team.key(&team.mara).await,
        team.key(&team.max).await,
        team.key(&team.vera).await,
    ];
    let own = app.key(&team.mara, json!({ "name": "CLI" })).await.secret;
    for (bearer, sees_personal, sees_private, sees_shared) in [
        (&team.mara.token, true, true, true),
        (&team.max.token, false, false, true),
        (&team.vera.token, false, false, true),
        // Those who manage the team don't see what somebody keeps to themself.
        (&team.olga.token, false, false, true),
        (&team.ada.token, false, false, true),
        (&team.nora.token, false, false, false),
        (&keys[0], false, true, true),
        (&keys[1], false, false, true),
        (&keys[2], false, false, true),
        (&own, true, false, false),
    ] {
        for (project, sees) in [
            (&personal, sees_personal),
            (&private, sees_private),
            (&shared, sees_shared),
        ] {
            let answer = app.get(&path(project), bearer).await;
            let status = if sees { 200 } else { 404 };
            assert_eq!(answer.status.as_u16(), status, "{}: {}", project["name"], answer.text);
        }
    }
    // Lists are of one realm each, and the personal one is what nobody says otherwise.
    let (personal, private, shared) = (id(&personal), id(&private), id(&shared));
    let in_team = team.query();
    for (bearer, query, expected) in [
        (&team.mara.token, "", &[personal][..]),
        (&team.mara.token, in_team.as_str(), &[shared, private]),
        (&team.max.token, "", &[]),
        (&team.max.token, &in_team, &[shared]),
        (&team.vera.token, &in_team, &[shared]),
        // A key is where it is, whatever it says.
        (&keys[0], "", &[shared, private]),
        (&keys[0], "?teamId=x", &[shared, private]),
        (&keys[1], "", &[shared]),
        (&own, &in_team, &[personal]),
    ] {
        assert_eq!(ids(&list(app, bearer, query).await), expected, "{query}");
    }
    app.get(&format!("/api/projects{in_team}"), &team.nora.token)
        .await
        .refused(403, "not_team_member", "You are not a member of this team");

    // Taken back, it is gone for the others; who leaves loses even their own.
    let project = json!({ "id": shared });
    patch(app, &team.mara.token, &project, json!({ "sharing": "private" }))
        .await
        .expect(200);
    app.get(&path(&project), &team.max.token).await.expect(404);
    app.remove(&team.olga, &team.id, &team.mara).await;
    app.get(&path(&project), &team.mara.token).await.expect(404);
    app.get(&format!("/api/projects{in_team}"), &team.mara.token)
        .await
        .expect(403);
});

both!(who_writes_to_a_project, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let shared = team.project(&team.mara, "team").await;
    let viewer_key = team.key(&team.vera).await;
    for bearer in [&team.vera.token, &viewer_key] {
        let body = json!({ "name": "Vera's", "teamId": team.id });
        for answer in [
            app.post("/api/projects", bearer, body).await,
            patch(app, bearer, &shared, json!({ "name": "Vera's" })).await,
            delete(app, bearer, &shared).await,
        ] {
            answer.refused(403, "forbidden", READ_ONLY);
        }
    }
    let member_key = team.key(&team.max).await;
    for (bearer, name) in [
        (&team.max.token, "Max's"),
        (&member_key, "Max's program's"),
        (&team.ada.token, "Ada's"),
        (&team.olga.token, "Olga's"),
        (&team.mara.token, "Mara's"),
    ] {
        let changed = patch(app, bearer, &shared, json!({ "name": name }))
            .await
            .expect(200)
            .json();
        assert_eq!(changed["project"]["name"], name);
    }
    // Only who made it takes it back. Saying how it is already is no change.
    for bearer in [&team.max.token, &member_key, &team.ada.token, &team.olga.token] {
        patch(app, bearer, &shared, json!({ "sharing": "private", "color": "red" }))
            .await
            .refused(
                403,
                "forbidden",
                "Only the person who made a project can share it or take it back",
            );
        patch(app, bearer, &shared, json!({ "sharing": "team" }))
            .await
            .expect(200);
    }
    assert_eq!(read(app, &team.mara.token, &shared).await["color"], "gray");
    // Who made it deletes it, and who manages the team.
    for bearer in [&team.max.token, &member_key] {
        delete(app, bearer, &shared).await.refused(
            403,
            "forbidden",
            "Only the person who made a project, and the owners and administrators of its team, can delete it",
        );
    }
    for (maker, bearer) in [
        (&team.max, &team.max.token),
        (&team.max, &member_key),
        (&team.max, &team.ada.token),
        (&team.max, &team.olga.token),
    ] {
        let project = team.project(maker, "team").await;
        delete(app, bearer, &project).await.expect(204);
        app.get(&path(&project), &maker.token).await.expect(404);
    }
    assert_eq!(ids(&list(app, &team.mara.token, &team.query()).await), [id(&shared)]);
    app.archive(&team.olga, &team.id).await;
    for answer in [
        app.get(&path(&shared), &team.mara.token).await,
        patch(app, &team.mara.token, &shared, json!({ "name": "Late" })).await,
        delete(app, &team.mara.token, &shared).await,
    ] {
        answer.expect(404);
    }
});

both!(a_key_makes_projects_where_it_is, async |kind: Kind| {
    let team = Team::make(kind).await;
    let app = &team.app;
    let other = app.team(&team.max, "Other").await;
    let of_team = team.key(&team.max).await;
    let personal = app.key(&team.max, json!({ "name": "CLI" })).await.secret;
    for team_id in [json!(other), json!(null), json!("x")] {
        let body = json!({ "name": "Key's", "teamId": team_id });
        assert_eq!(make(app, &of_team, body.clone()).await["teamId"], json!(team.id));
        assert_eq!(make(app, &personal, body.clone()).await["teamId"], json!(null));
        let shared = json!({ "name": "Key's", "teamId": team_id, "sharing": "team" });
        assert_eq!(make(app, &of_team, shared.clone()).await["sharing"], "team");
        app.post("/api/projects", &personal, shared).await.invalid(&["sharing"]);
    }
});
