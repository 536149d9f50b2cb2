//! Threads that were deleted and can come back, messages that others took the place of, and what each user has read.

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
    "ALTER TABLE threads ADD COLUMN deleted_at TEXT",
    "ALTER TABLE threads ADD COLUMN api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL",
    "ALTER TABLE messages ADD COLUMN superseded_at TEXT",
    "ALTER TABLE messages ADD COLUMN request_id TEXT",
    "CREATE TABLE thread_reads (
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
        read_at TEXT NOT NULL,
        PRIMARY KEY (user_id, thread_id)
    )",
    // What is there before anybody can say what they have read is not news.
    "INSERT INTO thread_reads (user_id, thread_id, read_at) SELECT user_id, id, last_message_at FROM threads",
    "CREATE INDEX thread_reads_thread_id_idx ON thread_reads (thread_id)",
    // The browser's list: pinned threads first, then the others by pages; neither walks over what is archived.
    "CREATE INDEX threads_pinned_idx ON threads (user_id, team_id, last_message_at, id)
        WHERE deleted_at IS NULL AND archived_at IS NULL AND pinned_at IS NOT NULL",
    "CREATE INDEX threads_unpinned_idx ON threads (user_id, team_id, last_message_at, id)
        WHERE deleted_at IS NULL AND archived_at IS NULL AND pinned_at IS NULL",
    "CREATE INDEX threads_archived_idx ON threads (user_id, team_id, last_message_at, id)
        WHERE deleted_at IS NULL AND archived_at IS NOT NULL",
    "CREATE INDEX threads_deleted_idx ON threads (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX threads_api_key_id_idx ON threads (api_key_id) WHERE api_key_id IS NOT NULL",
    // Which threads have an answer that is being written.
    "CREATE INDEX messages_running_idx ON messages (thread_id) WHERE lease_until IS NOT NULL",
];

const BACK: &[&str] = &[
    "DROP INDEX messages_running_idx",
    "DROP INDEX threads_api_key_id_idx",
    "DROP INDEX threads_deleted_idx",
    "DROP INDEX threads_archived_idx",
    "DROP INDEX threads_unpinned_idx",
    "DROP INDEX threads_pinned_idx",
    "DROP TABLE thread_reads",
    "ALTER TABLE messages DROP COLUMN request_id",
    "ALTER TABLE messages DROP COLUMN superseded_at",
    "ALTER TABLE threads DROP COLUMN api_key_id",
    "ALTER TABLE threads DROP COLUMN deleted_at",
];
