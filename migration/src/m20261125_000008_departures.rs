//! Accounts that are deleted, and what those who had them leave to others.

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
    "ALTER TABLE users ADD COLUMN deleted_at TEXT",
    "CREATE INDEX users_deleted_idx ON users (deleted_at) WHERE deleted_at IS NOT NULL",
    "ALTER TABLE messages ADD COLUMN author_left BOOLEAN NOT NULL DEFAULT FALSE",
];

const BACK: &[&str] = &[
    "ALTER TABLE messages DROP COLUMN author_left",
    "DROP INDEX users_deleted_idx",
    "ALTER TABLE users DROP COLUMN deleted_at",
];
