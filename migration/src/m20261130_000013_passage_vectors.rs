//! Vectors of passages, when an embedding model is configured.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bytes = match manager.get_database_backend() {
            DbBackend::Postgres => "BYTEA",
            _ => "BLOB",
        };
        for statement in UP {
            let statement = statement.replace("BYTES", bytes);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const UP: &[&str] = &[
    // Which model all passages of a document have vectors of; empty when none.
    "ALTER TABLE documents ADD COLUMN embedding_model TEXT NOT NULL DEFAULT ''",
    // Which process makes them, and until when it has to come back to it.
    "ALTER TABLE documents ADD COLUMN embedding_owner TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN embedding_until TEXT",
    "CREATE INDEX documents_embedding_model_idx ON documents (embedding_model, created_at)",
    // The vectors of passages that follow one another, in one row: they are read by projects, not one by one. Each has as many
    // bytes as it has dimensions, signed.
    "CREATE TABLE passage_vectors (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        first INTEGER NOT NULL,
        project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        model TEXT NOT NULL,
        passage_count INTEGER NOT NULL,
        vectors BYTES NOT NULL,
        PRIMARY KEY (document_id, model, first)
    )",
    "CREATE INDEX passage_vectors_project_idx ON passage_vectors (project_id, model, document_id, first)",
];

const DOWN: &[&str] = &[
    "DROP TABLE passage_vectors",
    "DROP INDEX documents_embedding_model_idx",
    "ALTER TABLE documents DROP COLUMN embedding_until",
    "ALTER TABLE documents DROP COLUMN embedding_owner",
    "ALTER TABLE documents DROP COLUMN embedding_model",
];
