//! Teams as a test needs them at its start, without invitations.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use domain::teams;
use entity::team_members::TeamRole;

use super::{TestApp, User};

impl TestApp {
    /// Makes a team; its id.
    pub(crate) async fn team(&self, owner: &User, name: &str) -> String {
        teams::create(&self.core, &self.principal(owner).await, name, &self.origin())
            .await
            .unwrap()
            .id
    }

    /// Takes somebody into a team, or gives them another role in it.
    pub(crate) async fn join(&self, owner: &User, team: &str, member: &User, role: TeamRole) {
        let who = self.principal(owner).await;
        teams::set_member(&self.core, &who, team, &member.id, role, &self.origin())
            .await
            .unwrap();
    }

    /// Removes somebody from a team.
    pub(crate) async fn remove(&self, owner: &User, team: &str, member: &User) {
        let who = self.principal(owner).await;
        teams::remove_member(&self.core, &who, team, &member.id, &self.origin())
            .await
            .unwrap();
    }

    /// Archives a team.
    pub(crate) async fn archive(&self, owner: &User, team: &str) {
        let who = self.principal(owner).await;
        teams::archive(&self.core, &who, team, &self.origin()).await.unwrap();
    }
}
