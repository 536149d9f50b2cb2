//! Users, sessions, teams, projects, threads, messages, API keys and what is kept around them.

use sea_orm_migration::prelude::*;

use crate::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager);
        for statement in TABLES {
            let statement = statement.replace("{growing_key}", dialect.growing_key);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO auth_epoch (id, value) VALUES (1, 0)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "auth_epoch",
            "instance",
            "audit_log",
            "usage_daily",
            "idempotency",
            "messages",
            "threads",
            "api_keys",
            "projects",
            "team_members",
            "teams",
            "sessions",
            "users",
        ] {
            manager
                .get_connection()
                .execute_unprepared(&format!("DROP TABLE {table}"))
                .await?;
        }
        Ok(())
    }
}

// Ids are UUIDv7 in text; times are RFC 3339 in UTC with milliseconds and `Z`, always 24 characters, so that they sort.
const TABLES: &[&str] = &[
    "CREATE TABLE users (
        id TEXT PRIMARY KEY NOT NULL,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
        plan TEXT NOT NULL,
        settings TEXT NOT NULL DEFAULT '{}',
        theme TEXT,
        suspended_at TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE TABLE sessions (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        token_hash TEXT NOT NULL UNIQUE,
        ip TEXT,
        user_agent TEXT,
        created_at TEXT NOT NULL,
        last_seen_at TEXT NOT NULL,
        expires_at TEXT NOT NULL
    )",
    "CREATE TABLE teams (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        context TEXT NOT NULL DEFAULT '',
        archived_at TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE TABLE team_members (
        team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
        created_at TEXT NOT NULL,
        PRIMARY KEY (team_id, user_id)
    )",
    // A project is also what the workspace dialect calls a workspace; hence the model settings.
    "CREATE TABLE projects (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        color TEXT,
        context TEXT NOT NULL DEFAULT '',
        sharing TEXT NOT NULL DEFAULT 'private' CHECK (sharing IN ('private', 'team')),
        model TEXT,
        temperature DOUBLE PRECISION,
        history INTEGER NOT NULL DEFAULT 20,
        top_n INTEGER NOT NULL DEFAULT 4,
        similarity DOUBLE PRECISION NOT NULL DEFAULT 0.25,
        chat_mode TEXT NOT NULL DEFAULT 'chat',
        refusal TEXT,
        archived_at TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE TABLE api_keys (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        key_prefix TEXT NOT NULL,
        key_hash TEXT NOT NULL,
        key_tag BIGINT NOT NULL,
        last_used_at TEXT,
        last_used_ip TEXT,
        request_count BIGINT NOT NULL DEFAULT 0,
        expires_at TEXT,
        revoked_at TEXT,
        created_at TEXT NOT NULL
    )",
    "CREATE TABLE threads (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
        project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
        title TEXT NOT NULL,
        model TEXT,
        visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'shared')),
        session_key TEXT,
        parent_thread_id TEXT REFERENCES threads (id) ON DELETE SET NULL,
        pinned_at TEXT,
        archived_at TEXT,
        last_message_at TEXT NOT NULL,
        last_message_preview TEXT,
        message_count INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL
    )",
    // seq is the order within a thread, the workspace dialect's chatId and the search index's row id.
    "CREATE TABLE messages (
        seq {growing_key},
        id TEXT NOT NULL UNIQUE,
        thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        api_key_id TEXT REFERENCES api_keys (id) ON DELETE SET NULL,
        reply_to TEXT,
        role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
        content TEXT NOT NULL,
        status TEXT NOT NULL
            CHECK (status IN ('queued', 'streaming', 'complete', 'stopped', 'failed', 'interrupted')),
        model TEXT,
        prompt_tokens BIGINT,
        completion_tokens BIGINT,
        finish_reason TEXT,
        sources TEXT,
        prompt_report TEXT,
        error TEXT,
        error_code TEXT,
        in_context BOOLEAN NOT NULL DEFAULT TRUE,
        feedback TEXT CHECK (feedback IN ('up', 'down')),
        feedback_comment TEXT,
        lease_owner TEXT,
        lease_until TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )",
    "CREATE TABLE idempotency (
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        owner TEXT NOT NULL,
        lease_until TEXT,
        status INTEGER,
        response TEXT,
        message_id TEXT,
        created_at TEXT NOT NULL,
        PRIMARY KEY (user_id, key)
    )",
    // team_id and api_key_id are '' for none: a primary key has no nulls, and the upsert needs one.
    "CREATE TABLE usage_daily (
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        team_id TEXT NOT NULL DEFAULT '',
        api_key_id TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL,
        day TEXT NOT NULL,
        messages BIGINT NOT NULL DEFAULT 0,
        prompt_tokens BIGINT NOT NULL DEFAULT 0,
        completion_tokens BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (user_id, day, model, team_id, api_key_id)
    )",
    "CREATE TABLE audit_log (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
        action TEXT NOT NULL,
        target_id TEXT,
        detail TEXT,
        ip TEXT,
        user_agent TEXT,
        created_at TEXT NOT NULL
    )",
    // What the instance must remember about itself: the secret that signs tokens.
    "CREATE TABLE instance (
        name TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    )",
    // One row. Whoever changes what a credential may do raises it in the same transaction; every process watches it.
    "CREATE TABLE auth_epoch (
        id INTEGER PRIMARY KEY NOT NULL,
        value BIGINT NOT NULL
    )",
];

const INDEXES: &[&str] = &[
    "CREATE INDEX users_created_idx ON users (created_at, id)",
    "CREATE INDEX sessions_user_id_idx ON sessions (user_id)",
    "CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)",
    "CREATE INDEX team_members_user_id_idx ON team_members (user_id)",
    "CREATE UNIQUE INDEX projects_own_slug_idx ON projects (user_id, slug) WHERE team_id IS NULL",
    "CREATE UNIQUE INDEX projects_team_slug_idx ON projects (team_id, slug) WHERE team_id IS NOT NULL",
    "CREATE INDEX projects_user_id_idx ON projects (user_id)",
    "CREATE INDEX api_keys_user_id_idx ON api_keys (user_id)",
    "CREATE INDEX api_keys_team_id_idx ON api_keys (team_id)",
    "CREATE INDEX api_keys_key_prefix_idx ON api_keys (key_prefix)",
    "CREATE INDEX threads_own_idx ON threads (user_id, team_id, last_message_at, id)",
    "CREATE INDEX threads_team_idx ON threads (team_id, last_message_at, id)",
    "CREATE INDEX threads_project_idx ON threads (project_id, last_message_at, id)",
    "CREATE INDEX threads_parent_idx ON threads (parent_thread_id) WHERE parent_thread_id IS NOT NULL",
    "CREATE INDEX messages_thread_idx ON messages (thread_id, seq)",
    "CREATE INDEX messages_user_id_idx ON messages (user_id, seq)",
    "CREATE INDEX messages_api_key_id_idx ON messages (api_key_id) WHERE api_key_id IS NOT NULL",
    "CREATE INDEX messages_lease_idx ON messages (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX idempotency_created_at_idx ON idempotency (created_at)",
    "CREATE INDEX audit_log_created_at_idx ON audit_log (created_at, id)",
    "CREATE INDEX audit_log_user_id_idx ON audit_log (user_id, created_at)",
];
