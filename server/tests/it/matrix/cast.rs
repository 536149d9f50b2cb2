//! Everybody who asks, and the rows they ask for.

use domain::clock::new_id;
use entity::team_members::TeamRole;
use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::rules::{Who, Whose};
use crate::support::rows::texts;
use crate::support::{Key, Kind, TestApp, User};

const AT: &str = "2026-01-15T09:00:00.000Z";
const LATER: &str = "2026-01-16T09:00:00.000Z";

/// Everybody. The rows of others in the team are Wren's, who is a member; those of strangers are Nora's.
pub(super) struct Cast {
    pub(super) app: TestApp,
    pub(super) team: String,
    pub(super) noras_team: String,
    root: User,
    owner: User,
    admin: User,
    member: User,
    viewer: User,
    other: User,
    removed: User,
    suspended: User,
    wren: User,
    olga: User,
    pub(super) nora: User,
    key: Key,
    team_key: Key,
    viewers_team_key: Key,
    removed_team_key: Key,
    suspended_key: Key,
    revoked_key: Key,
    expired_key: Key,
}

impl Cast {
    pub(super) async fn make(kind: Kind) -> Self {
        let app = TestApp::with(kind, |config| config.api.allowed_endpoints.push("/v1/**".to_owned())).await;
        let root = app.user("root").await;
        let (owner, admin) = (app.user("owner").await, app.user("admin").await);
        let (member, viewer) = (app.user("member").await, app.user("viewer").await);
        let (other, removed) = (app.user("other").await, app.user("removed").await);
        let (suspended, wren) = (app.user("suspended").await, app.user("wren").await);
        let (olga, nora) = (app.user("olga").await, app.user("nora").await);
        let team = app.team(&owner, "Studio").await;
        for (user, role) in [
            (&admin, TeamRole::Admin),
            (&member, TeamRole::Member),
            (&viewer, TeamRole::Viewer),
            (&removed, TeamRole::Member),
            (&wren, TeamRole::Member),
            (&olga, TeamRole::Owner),
        ] {
            app.join(&owner, &team, user, role).await;
        }
        let noras_team = app.team(&nora, "Elsewhere").await;
        let personal = || json!({ "name": "CLI" });
        let of_team = || json!({ "name": "Team CLI", "teamId": team });
        let key = app.key(&member, personal()).await;
        let team_key = app.key(&member, of_team()).await;
        let viewers_team_key = app.key(&viewer, of_team()).await;
        let removed_team_key = app.key(&removed, of_team()).await;
        let suspended_key = app.key(&suspended, personal()).await;
        let revoked_key = app.key(&member, personal()).await;
        let soon = json!({ "name": "CLI", "expiresAt": "2026-01-15T10:00:01Z" });
        let expired_key = app.key(&member, soon).await;

        app.clock.advance(std::time::Duration::from_secs(2));
        app.remove(&owner, &team, &removed).await;
        let path = format!("/api/api-keys/{}", revoked_key.id);
        app.call("DELETE", &path, &member.token, None).await.expect(200);
        let path = format!("/api/admin/users/{}", suspended.id);
        let suspend = json!({ "suspended": true });
        app.call("PATCH", &path, &root.token, Some(suspend)).await.expect(200);
        Self {
            app,
            team,
            noras_team,
            root,
            owner,
            admin,
            member,
            viewer,
            other,
            removed,
            suspended,
            wren,
            olga,
            nora,
            key,
            team_key,
            viewers_team_key,
            removed_team_key,
            suspended_key,
            revoked_key,
            expired_key,
        }
    }

    /// As whom somebody acts.
    pub(super) fn user(&self, who: Who) -> &User {
        match who {
            Who::Root => &self.root,
            Who::Owner => &self.owner,
            Who::Admin => &self.admin,
            Who::Viewer | Who::ViewersTeamKey => &self.viewer,
            Who::Removed | Who::RemovedTeamKey => &self.removed,
            Who::Suspended | Who::SuspendedKey => &self.suspended,
            Who::Anonymous | Who::Other => &self.other,
            Who::Member | Who::Key | Who::TeamKey | Who::RevokedKey | Who::ExpiredKey => &self.member,
        }
    }

    /// What somebody shows.
    pub(super) fn bearer(&self, who: Who) -> &str {
        match who {
            Who::Anonymous => "",
            Who::Key => &self.key.secret,
            Who::TeamKey => &self.team_key.secret,
            Who::ViewersTeamKey => &self.viewers_team_key.secret,
            Who::RemovedTeamKey => &self.removed_team_key.secret,
            Who::SuspendedKey => &self.suspended_key.secret,
            Who::RevokedKey => &self.revoked_key.secret,
            Who::ExpiredKey => &self.expired_key.secret,
            _ => &self.user(who).token,
        }
    }

    /// A session of its own, for who ends it.
    pub(super) async fn another_session(&self, who: Who) -> String {
        let body = json!({ "email": self.user(who).email, "password": "correct horse" });
        let signed_in = self.app.post("/api/auth/login", "", body).await.expect(200).json();
        signed_in["token"].as_str().unwrap().to_owned()
    }

    async fn write(&self, sql: &str) {
        self.app.core.db.write().execute_unprepared(sql).await.unwrap();
    }

    /// Writes rows of the kind that a path or body names, of whoever the cell is about. Nothing is written for what is
    /// unknown: the ids are then nobody's.
    pub(super) async fn rows(&self, who: Who, whose: Whose, wanted: &str) -> Rows {
        let rows = Rows::new();
        let (user, team, shared) = match whose {
            Whose::Unknown => return rows,
            Whose::Own => (self.user(who), None, false),
            Whose::OwnInTeam => (self.user(who), Some(&self.team), false),
            Whose::Shared => (&self.wren, Some(&self.team), true),
            Whose::Private => (&self.wren, Some(&self.team), false),
            Whose::Foreign => (&self.nora, None, false),
            Whose::ForeignTeam => (&self.nora, Some(&self.noras_team), true),
        };
        let (user_id, team_id) = (&user.id, team.map_or("NULL".to_owned(), |team| format!("'{team}'")));
        let has = |names: &[&str]| names.iter().any(|name| wanted.contains(name));
        if has(&["{thread}", "{message}", "{answer}"]) {
            let visibility = if shared { "shared" } else { "private" };
            let Rows {
                thread,
                message,
                answer,
                ..
            } = &rows;
            self.write(&format!(
                "INSERT INTO threads (id, user_id, team_id, title, visibility, last_message_at, created_at, message_count)
                 VALUES ('{thread}', '{user_id}', {team_id}, 'Old', '{visibility}', '{AT}', '{AT}', 2)"
            ))
            .await;
            self.write(&format!(
                "INSERT INTO messages (id, thread_id, user_id, role, content, status, reply_to, created_at, updated_at)
                 VALUES ('{message}', '{thread}', '{user_id}', 'user', 'hello', 'complete', NULL, '{AT}', '{AT}'),
                    ('{answer}', '{thread}', '{user_id}', 'assistant', 'hello', 'complete', '{message}', '{AT}', '{AT}')"
            ))
            .await;
        }
        if has(&["{project}"]) || has(&["{document}"]) {
            let sharing = if shared { "team" } else { "private" };
            let project = &rows.project;
            self.write(&format!(
                "INSERT INTO projects (id, user_id, team_id, slug, name, sharing, created_at, updated_at)
                 VALUES ('{project}', '{user_id}', {team_id}, '{project}', 'Old', '{sharing}', '{AT}', '{AT}')"
            ))
            .await;
        }
        if has(&["{document}"]) {
            let Rows { project, document, .. } = &rows;
            self.write(&format!(
                "INSERT INTO documents (id, project_id, user_id, title, kind, size_bytes, characters, passage_count, digest, created_at)
                 VALUES ('{document}', '{project}', '{user_id}', 'Old', 'text', 3, 3, 0, '', '{AT}')"
            ))
            .await;
        }
        if has(&["{project}"]) && has(&["{thread}"]) {
            let Rows { thread, project, .. } = &rows;
            self.write(&format!(
                "UPDATE threads SET project_id = '{project}' WHERE id = '{thread}'"
            ))
            .await;
        }
        if has(&["{template}"]) {
            self.write(&format!(
                "INSERT INTO templates (id, user_id, team_id, name, prompt, created_at, updated_at)
                 VALUES ('{}', '{user_id}', {team_id}, 'Old', 'Old', '{AT}', '{AT}')",
                rows.template
            ))
            .await;
        }
        if has(&["{key}"]) {
            self.write(&format!(
                "INSERT INTO api_keys (id, user_id, team_id, name, key_prefix, key_hash, key_tag, created_at)
                 VALUES ('{}', '{user_id}', {team_id}, 'Old', 'sk-000000', 'x', 0, '{AT}')",
                rows.key
            ))
            .await;
        }
        if has(&["{user}"]) {
            return Rows {
                user: user_id.clone(),
                ..rows
            };
        }
        if has(&["{team}", "{token}"]) {
            self.team_of_its_own(&rows, whose == Whose::Shared).await;
        }
        rows
    }

    /// A team like the one everybody is in, or like Nora's, with an invitation to it.
    async fn team_of_its_own(&self, rows: &Rows, ours: bool) {
        let team = &rows.team;
        self.write(&format!(
            "INSERT INTO teams (id, name, created_at, updated_at) VALUES ('{team}', 'Old', '{AT}', '{AT}')"
        ))
        .await;
        let members: &[(&User, &str)] = if ours {
            &[
                (&self.owner, "owner"),
                (&self.olga, "owner"),
                (&self.admin, "admin"),
                (&self.member, "member"),
                (&self.wren, "member"),
                (&self.viewer, "viewer"),
            ]
        } else {
            &[(&self.nora, "owner"), (&self.wren, "member")]
        };
        for (user, role) in members {
            self.write(&format!(
                "INSERT INTO team_members (team_id, user_id, role, created_at) VALUES ('{team}', '{}', '{role}', '{AT}')",
                user.id
            ))
            .await;
        }
        self.write(&format!(
            "INSERT INTO team_invites (id, team_id, token_hash, role, created_by, created_at, expires_at)
             VALUES ('{}', '{team}', '{}', 'viewer', '{}', '{AT}', '{LATER}')",
            rows.invite,
            hex::encode(Sha256::digest(&rows.token)),
            members[0].0.id,
        ))
        .await;
    }

    /// Who is in a team of a cell beside those who ask.
    pub(super) fn wren(&self) -> &str {
        &self.wren.id
    }

    /// Removes the teams of cells, so that nobody comes to the limit of teams.
    pub(super) async fn tidy(&self) {
        let (team, noras_team) = (&self.team, &self.noras_team);
        self.write(&format!("DELETE FROM teams WHERE id NOT IN ('{team}', '{noras_team}')"))
            .await;
    }

    /// All there is of a cell's rows, to see that a refusal changed nothing.
    pub(super) async fn state(&self, rows: &Rows) -> Vec<String> {
        let db = self.app.core.db.read();
        let Rows {
            thread,
            project,
            document,
            template,
            key,
            team,
            invite,
            ..
        } = rows;
        let all = format!(
            "SELECT title || visibility || message_count FROM threads WHERE id = '{thread}'
             UNION ALL SELECT id || content || status || coalesce(feedback, '') FROM messages WHERE thread_id = '{thread}'
             UNION ALL SELECT name || user_id FROM projects WHERE id = '{project}'
             UNION ALL SELECT title FROM documents WHERE id = '{document}'
             UNION ALL SELECT name || user_id FROM templates WHERE id = '{template}'
             UNION ALL SELECT name || coalesce(revoked_at, '') FROM api_keys WHERE id = '{key}'
             UNION ALL SELECT name || coalesce(archived_at, '') FROM teams WHERE id = '{team}'
             UNION ALL SELECT user_id || role FROM team_members WHERE team_id = '{team}'
             UNION ALL SELECT coalesce(revoked_at, '') || coalesce(accepted_at, '') FROM team_invites WHERE id = '{invite}'
             ORDER BY 1"
        );
        texts(db, &all).await
    }
}

/// The ids that a cell may name.
pub(super) struct Rows {
    pub(super) thread: String,
    pub(super) message: String,
    pub(super) answer: String,
    pub(super) project: String,
    pub(super) document: String,
    pub(super) template: String,
    pub(super) key: String,
    pub(super) user: String,
    pub(super) team: String,
    pub(super) invite: String,
    pub(super) token: String,
}

impl Rows {
    fn new() -> Self {
        Self {
            thread: new_id(),
            message: new_id(),
            answer: new_id(),
            project: new_id(),
            document: new_id(),
            template: new_id(),
            key: new_id(),
            user: new_id(),
            team: new_id(),
            invite: new_id(),
            token: new_id(),
        }
    }
}
