//! Teams: made, changed, left; who may do what in them, and how people come into them.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod acts;
mod at_once;
mod audit;
mod context;
mod invites;
mod owners;
mod rules;

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use crate::support::{Answer, Kind, TestApp, User};

/// A team with somebody in each role. Nora is in no team, and neither is the administrator of the instance.
struct Cast {
    app: TestApp,
    team: String,
    root: User,
    owner: User,
    admin: User,
    member: User,
    viewer: User,
    nora: User,
}

impl Cast {
    async fn make(kind: Kind) -> Self {
        Self::on(TestApp::new(kind).await).await
    }

    async fn on(app: TestApp) -> Self {
        let root = app.user("root").await;
        let (owner, admin) = (app.user("owner").await, app.user("admin").await);
        let (member, viewer) = (app.user("member").await, app.user("viewer").await);
        let nora = app.user("nora").await;
        let team = app.team(&owner, "Studio").await;
        let cast = Self {
            app,
            team,
            root,
            owner,
            admin,
            member,
            viewer,
            nora,
        };
        cast.join_all(&cast.team).await;
        cast
    }

    /// Takes everybody but the owner into a team of theirs.
    async fn join_all(&self, team: &str) {
        for (user, role) in [
            (&self.admin, TeamRole::Admin),
            (&self.member, TeamRole::Member),
            (&self.viewer, TeamRole::Viewer),
        ] {
            self.app.join(&self.owner, team, user, role).await;
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/teams/{}{rest}", self.team)
    }

    fn member_path(&self, user: &User) -> String {
        self.path(&format!("/members/{}", user.id))
    }

    async fn patch(&self, path: &str, who: &User, body: Value) -> Answer {
        self.app.call("PATCH", path, &who.token, Some(body)).await
    }

    async fn delete(&self, path: &str, who: &User) -> Answer {
        self.app.call("DELETE", path, &who.token, None).await
    }

    /// Makes an invitation; as it is answered.
    async fn invite(&self, who: &User, body: Value) -> Value {
        let made = self.app.post(&self.path("/invites"), &who.token, body).await;
        made.expect(201).json()["invite"].take()
    }

    async fn accept(&self, who: &User, token: &str) -> Answer {
        self.app
            .post(&format!("/api/invites/{token}/accept"), &who.token, json!({}))
            .await
    }

    /// What everybody in the team is, by name, as the owner is told.
    async fn roles(&self) -> Value {
        let team = self.app.get(&self.path(""), &self.owner.token).await.expect(200).json();
        let members = team["team"]["members"].as_array().unwrap();
        let role = |member: &Value| (member["name"].as_str().unwrap().to_owned(), member["role"].clone());
        Value::Object(members.iter().map(role).collect())
    }
}

fn token(invite: &Value) -> &str {
    invite["token"].as_str().unwrap()
}
