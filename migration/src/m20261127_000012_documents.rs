//! Documents of projects: what was read in their files, as passages with a full-text index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Dialect::of(manager).growing_key;
        let of_one = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in BOTH.iter().chain(of_one).chain(INDEXES) {
            let statement = statement.replace("GROWING", key);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => BACK,
            _ => SQLITE_BACK,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const BOTH: &[&str] = &[
    "CREATE TABLE documents (
        id TEXT PRIMARY KEY NOT NULL,
        project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
        title TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('text', 'markdown', 'html', 'pdf', 'docx')),
        size_bytes BIGINT NOT NULL,
        characters BIGINT NOT NULL,
        passage_count BIGINT NOT NULL,
        digest TEXT NOT NULL,
        created_at TEXT NOT NULL
    )",
    "CREATE UNIQUE INDEX documents_digest_idx ON documents (project_id, digest)",
    "CREATE INDEX documents_project_idx ON documents (project_id, created_at, id)",
    "CREATE INDEX documents_user_id_idx ON documents (user_id)",
    // Which answers hold passages of a document, so that they go with it.
    "CREATE TABLE message_documents (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        message_seq BIGINT NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
        PRIMARY KEY (document_id, message_seq)
    )",
    "CREATE INDEX message_documents_message_idx ON message_documents (message_seq)",
];

const SQLITE: &[&str] = &[
    "CREATE TABLE passages (
        seq GROWING,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        content TEXT NOT NULL
    )",
    // Each token is indexed with its project before it, as messages are with their reach.
    "CREATE VIRTUAL TABLE passage_index USING fts5(terms, content='', contentless_delete=1, tokenize='ascii')",
    "CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
        DELETE FROM passage_index WHERE rowid = OLD.seq;
    END",
];

const POSTGRES: &[&str] = &[
    "CREATE TABLE passages (
        seq GROWING,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        content TEXT NOT NULL,
        tokens TSVECTOR NOT NULL,
        places TEXT[] GENERATED ALWAYS AS (ARRAY[project_id]) STORED
    )",
    "CREATE INDEX passages_terms_idx ON passages USING gin (places, tokens) WITH (fastupdate = off)",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX passages_document_idx ON passages (document_id, number)",
    "CREATE INDEX passages_project_idx ON passages (project_id)",
];

const BACK: &[&str] = &[
    "DROP TABLE message_documents",
    "DROP TABLE passages",
    "DROP TABLE documents",
];

const SQLITE_BACK: &[&str] = &[
    "DROP TABLE message_documents",
    // Its rows would go on to an index that is gone.
    "DROP TRIGGER passage_removed",
    "DROP TABLE passage_index",
    "DROP TABLE passages",
    "DROP TABLE documents",
];
