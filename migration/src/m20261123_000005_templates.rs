//! Templates for prompts, and projects in the order of their lists.

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
    "CREATE TABLE templates (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        prompt TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE INDEX templates_own_idx ON templates (user_id, team_id, created_at, id)",
    "CREATE INDEX templates_team_idx ON templates (team_id, created_at, id)",
    "CREATE INDEX projects_own_idx ON projects (user_id, team_id, created_at, id)",
    "CREATE INDEX projects_team_idx ON projects (team_id, created_at, id)",
];

const BACK: &[&str] = &[
    "DROP INDEX projects_team_idx",
    "DROP INDEX projects_own_idx",
    "DROP TABLE templates",
];
