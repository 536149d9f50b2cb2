//! Invitations to teams.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in CHANGES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in BACK {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const CHANGES: &[&str] = &[
    "CREATE TABLE team_invites (
        id TEXT PRIMARY KEY NOT NULL,
        team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        token_hash TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
        email TEXT,
        created_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        accepted_at TEXT,
        accepted_by TEXT REFERENCES users (id) ON DELETE SET NULL,
        revoked_at TEXT
    )",
    "CREATE INDEX team_invites_team_id_idx ON team_invites (team_id, created_at)",
    "CREATE INDEX team_invites_created_by_idx ON team_invites (created_by)",
    "CREATE INDEX team_invites_accepted_by_idx ON team_invites (accepted_by) WHERE accepted_by IS NOT NULL",
    "CREATE INDEX team_invites_expires_at_idx ON team_invites (expires_at)",
    // Members in the order in which they came.
    "CREATE INDEX team_members_joined_idx ON team_members (team_id, created_at, user_id)",
];

const BACK: &[&str] = &["DROP INDEX team_members_joined_idx", "DROP TABLE team_invites"];
