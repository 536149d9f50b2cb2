//! The search index. What a message says is tokenized by the domain and kept in `search_texts`; everything else about the
//! index (who may find a message, where it lies, that it is gone) follows here, by triggers, whoever makes the change.
//! Settled messages that have no up-to-date text stand in `search_pending`, in which everything from before this
//! migration stands too.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in [REACH].iter().chain(statements).chain([&BEFORE]) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES_BACK,
            _ => SQLITE_BACK,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Of a thread, as terms: who finds its messages, and where they lie. They are found by its user alone (u), by its user as a
/// member of its team (m), or by all of its team (s); by nobody while it is deleted. Each of the places, the thread and its
/// project, has a space before it.
const REACH: &str = "CREATE VIEW search_reach AS SELECT id AS thread_id,
        CASE
            WHEN deleted_at IS NOT NULL THEN NULL
            WHEN team_id IS NULL THEN 'u' || replace(user_id, '-', '')
            WHEN visibility = 'shared' THEN 's' || replace(team_id, '-', '')
            ELSE 'm' || replace(team_id, '-', '') || replace(user_id, '-', '')
        END AS reach,
        ' t' || replace(id, '-', '') || coalesce(' p' || replace(project_id, '-', ''), '') AS place
    FROM threads";

const SQLITE: &[&str] = &[
    // `tokens` has a space before each token.
    "CREATE TABLE search_texts (
        seq INTEGER PRIMARY KEY NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
        thread_id TEXT NOT NULL,
        tokens TEXT NOT NULL,
        reach TEXT,
        place TEXT NOT NULL
    )",
    "CREATE INDEX search_texts_thread_idx ON search_texts (thread_id)",
    "CREATE TABLE search_pending (
        seq INTEGER PRIMARY KEY NOT NULL REFERENCES messages (seq) ON DELETE CASCADE
    )",
    // Each token is indexed with its reach before it, so that a search reads the postings of what the caller may find and
    // no others, however large the instance is. What comes in is tokens already: `ascii` cuts at the spaces alone.
    "CREATE VIRTUAL TABLE search_index USING fts5(terms, content='', contentless_delete=1, tokenize='ascii')",
    "CREATE TRIGGER search_text_added AFTER INSERT ON search_texts WHEN NEW.reach IS NOT NULL BEGIN
        INSERT INTO search_index (rowid, terms)
        VALUES (NEW.seq, replace(NEW.tokens, ' ', ' ' || NEW.reach) || NEW.place);
    END",
    "CREATE TRIGGER search_text_changed AFTER UPDATE ON search_texts BEGIN
        DELETE FROM search_index WHERE rowid = OLD.seq AND OLD.reach IS NOT NULL;
        INSERT INTO search_index (rowid, terms)
        SELECT NEW.seq, replace(NEW.tokens, ' ', ' ' || NEW.reach) || NEW.place WHERE NEW.reach IS NOT NULL;
    END",
    "CREATE TRIGGER search_text_removed AFTER DELETE ON search_texts WHEN OLD.reach IS NOT NULL BEGIN
        DELETE FROM search_index WHERE rowid = OLD.seq;
    END",
    "CREATE TRIGGER search_thread_moved AFTER UPDATE OF user_id, team_id, project_id, visibility, deleted_at ON threads
     WHEN OLD.user_id <> NEW.user_id OR OLD.team_id IS NOT NEW.team_id OR OLD.project_id IS NOT NEW.project_id
        OR OLD.visibility <> NEW.visibility OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
     BEGIN
        UPDATE search_texts SET (reach, place) = (SELECT reach, place FROM search_reach WHERE thread_id = NEW.id)
        WHERE thread_id = NEW.id;
    END",
    "CREATE TRIGGER search_message_added AFTER INSERT ON messages
     WHEN NEW.status NOT IN ('queued', 'streaming') AND NEW.superseded_at IS NULL AND NEW.content <> ''
     BEGIN
        INSERT INTO search_pending (seq) VALUES (NEW.seq) ON CONFLICT (seq) DO NOTHING;
    END",
    "CREATE TRIGGER search_message_settled AFTER UPDATE OF content, status, superseded_at ON messages
     WHEN NEW.status NOT IN ('queued', 'streaming') AND NEW.superseded_at IS NULL
        AND (OLD.content <> NEW.content OR OLD.status IN ('queued', 'streaming') OR OLD.superseded_at IS NOT NULL)
     BEGIN
        INSERT INTO search_pending (seq) VALUES (NEW.seq) ON CONFLICT (seq) DO NOTHING;
    END",
    "CREATE TRIGGER search_message_superseded AFTER UPDATE OF superseded_at ON messages
     WHEN NEW.superseded_at IS NOT NULL
     BEGIN
        DELETE FROM search_texts WHERE seq = NEW.seq;
        DELETE FROM search_pending WHERE seq = NEW.seq;
    END",
];

const POSTGRES: &[&str] = &[
    "CREATE TABLE search_texts (
        seq BIGINT PRIMARY KEY NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
        thread_id TEXT NOT NULL,
        tokens TSVECTOR NOT NULL,
        reach TEXT,
        place TEXT NOT NULL,
        places TEXT[] GENERATED ALWAYS AS (string_to_array(reach || place, ' ')) STORED
    )",
    "CREATE INDEX search_texts_thread_idx ON search_texts (thread_id, seq)",
    // The newest of what somebody may find: where frequent words are looked for.
    "CREATE INDEX search_texts_reach_idx ON search_texts (reach, seq) WHERE reach IS NOT NULL",
    // Without the list of pending entries: it would be read from end to end by every search.
    "CREATE INDEX search_texts_terms_idx ON search_texts USING gin (places, tokens) WITH (fastupdate = off)",
    "CREATE TABLE search_pending (
        seq BIGINT PRIMARY KEY NOT NULL REFERENCES messages (seq) ON DELETE CASCADE
    )",
    "CREATE FUNCTION search_thread_moved() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
        UPDATE search_texts SET (reach, place) = (SELECT reach, place FROM search_reach WHERE thread_id = NEW.id)
        WHERE thread_id = NEW.id;
        RETURN NULL;
     END $$",
    "CREATE TRIGGER search_thread_moved AFTER UPDATE OF user_id, team_id, project_id, visibility, deleted_at ON threads
     FOR EACH ROW
     WHEN (OLD.user_id <> NEW.user_id OR OLD.team_id IS DISTINCT FROM NEW.team_id
        OR OLD.project_id IS DISTINCT FROM NEW.project_id OR OLD.visibility <> NEW.visibility
        OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
     EXECUTE FUNCTION search_thread_moved()",
    "CREATE FUNCTION search_message_settled() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
        INSERT INTO search_pending (seq) VALUES (NEW.seq) ON CONFLICT (seq) DO NOTHING;
        RETURN NULL;
     END $$",
    "CREATE TRIGGER search_message_added AFTER INSERT ON messages FOR EACH ROW
     WHEN (NEW.status NOT IN ('queued', 'streaming') AND NEW.superseded_at IS NULL AND NEW.content <> '')
     EXECUTE FUNCTION search_message_settled()",
    "CREATE TRIGGER search_message_settled AFTER UPDATE OF content, status, superseded_at ON messages FOR EACH ROW
     WHEN (NEW.status NOT IN ('queued', 'streaming') AND NEW.superseded_at IS NULL
        AND (OLD.content <> NEW.content OR OLD.status IN ('queued', 'streaming') OR OLD.superseded_at IS NOT NULL))
     EXECUTE FUNCTION search_message_settled()",
    "CREATE FUNCTION search_message_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
        DELETE FROM search_texts WHERE seq = NEW.seq;
        DELETE FROM search_pending WHERE seq = NEW.seq;
        RETURN NULL;
     END $$",
    "CREATE TRIGGER search_message_superseded AFTER UPDATE OF superseded_at ON messages FOR EACH ROW
     WHEN (NEW.superseded_at IS NOT NULL)
     EXECUTE FUNCTION search_message_superseded()",
];

const BEFORE: &str = "INSERT INTO search_pending (seq) SELECT seq FROM messages
    WHERE status NOT IN ('queued', 'streaming') AND superseded_at IS NULL AND content <> ''";

const SQLITE_BACK: &[&str] = &[
    "DROP TRIGGER search_message_superseded",
    "DROP TRIGGER search_message_settled",
    "DROP TRIGGER search_message_added",
    "DROP TRIGGER search_thread_moved",
    "DROP TABLE search_index",
    "DROP TABLE search_pending",
    // Its triggers would write to an index that is gone.
    "DROP TRIGGER search_text_added",
    "DROP TRIGGER search_text_changed",
    "DROP TRIGGER search_text_removed",
    "DROP TABLE search_texts",
    "DROP VIEW search_reach",
];

const POSTGRES_BACK: &[&str] = &[
    "DROP TRIGGER search_message_superseded ON messages",
    "DROP TRIGGER search_message_settled ON messages",
    "DROP TRIGGER search_message_added ON messages",
    "DROP TRIGGER search_thread_moved ON threads",
    "DROP FUNCTION search_message_superseded()",
    "DROP FUNCTION search_message_settled()",
    "DROP FUNCTION search_thread_moved()",
    "DROP TABLE search_pending",
    "DROP TABLE search_texts",
    "DROP VIEW search_reach",
];
