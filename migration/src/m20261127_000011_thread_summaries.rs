//! What was said in a thread before what still fits into a prompt, in short.

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
    "CREATE TABLE thread_summaries (
        thread_id TEXT NOT NULL PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        up_to_seq BIGINT NOT NULL,
        text TEXT NOT NULL,
        model TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE INDEX thread_summaries_user_id_idx ON thread_summaries (user_id)",
];

const BACK: &[&str] = &["DROP TABLE thread_summaries"];
