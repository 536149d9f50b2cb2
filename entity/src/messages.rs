//! Turns of conversations. No row is without its user, whichever door it came through.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;
use sea_orm::{DbBackend, ExprTrait as _, QueryOrder as _};

use crate::{Scope, Timestamp, threads};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum MessageRole {
    /// Instructions.
    #[sea_orm(string_value = "system")]
    System,
    /// The person or their program.
    #[sea_orm(string_value = "user")]
    User,
    /// The model.
    #[sea_orm(string_value = "assistant")]
    Assistant,
}

/// Where a message is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum MessageStatus {
    /// The model has not been asked yet.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// The model is answering.
    #[sea_orm(string_value = "streaming")]
    Streaming,
    /// The whole text is there.
    #[sea_orm(string_value = "complete")]
    Complete,
    /// The user stopped it.
    #[sea_orm(string_value = "stopped")]
    Stopped,
    /// The model failed.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// The server went away in the middle.
    #[sea_orm(string_value = "interrupted")]
    Interrupted,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// Order within a thread, and the number other dialects and the search index know it by.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// UUIDv7.
    #[sea_orm(unique)]
    pub id: String,
    /// The thread.
    #[sea_orm(column_type = "Text")]
    pub thread_id: String,
    /// Whose it is.
    #[sea_orm(column_type = "Text")]
    pub user_id: String,
    /// The key it came through.
    #[sea_orm(column_type = "Text", nullable)]
    pub api_key_id: Option<String>,
    /// For an answer: the user message it answers.
    #[sea_orm(column_type = "Text", nullable)]
    pub reply_to: Option<String>,
    /// Who speaks.
    pub role: MessageRole,
    /// The text so far.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// Where it is in its life.
    pub status: MessageStatus,
    /// The model that answers.
    #[sea_orm(column_type = "Text", nullable)]
    pub model: Option<String>,
    /// Tokens of the prompt.
    pub prompt_tokens: Option<i64>,
    /// Tokens of the answer.
    pub completion_tokens: Option<i64>,
    /// `stop`, `length` or `stopped`.
    #[sea_orm(column_type = "Text", nullable)]
    pub finish_reason: Option<String>,
    /// JSON array of passages.
    #[sea_orm(column_type = "Text", nullable)]
    pub sources: Option<String>,
    /// JSON: what went into the prompt.
    #[sea_orm(column_type = "Text", nullable)]
    pub prompt_report: Option<String>,
    /// What the model thought before it answered; no part of the answer.
    #[sea_orm(column_type = "Text", nullable)]
    pub reasoning: Option<String>,
    /// Why it failed, for a person.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// Why it failed, for a program.
    #[sea_orm(column_type = "Text", nullable)]
    pub error_code: Option<String>,
    /// Whether it may go into later prompts.
    pub in_context: bool,
    /// `up` or `down`.
    #[sea_orm(column_type = "Text", nullable)]
    pub feedback: Option<String>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub feedback_comment: Option<String>,
    /// The process that is writing it.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    /// Until when that process is believed alive.
    pub lease_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last grew or ended.
    pub updated_at: Timestamp,
    /// When another took its place. It is kept, and is in nothing that anybody is shown.
    pub superseded_at: Option<Timestamp>,
    /// Of an answer: the request that asked for it.
    #[sea_orm(column_type = "Text", nullable)]
    pub request_id: Option<String>,
    /// Whether who wrote it is gone; it then belongs to whoever has the thread.
    pub author_left: bool,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    /// By `ThreadId`.
    #[sea_orm(
        belongs_to = "threads::Entity",
        from = "Column::ThreadId",
        to = "super::threads::Column::Id"
    )]
    Thread,
    /// By `ApiKeyId`.
    #[sea_orm(
        belongs_to = "super::api_keys::Entity",
        from = "Column::ApiKeyId",
        to = "super::api_keys::Column::Id"
    )]
    ApiKey,
}

impl Related<threads::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Thread.def()
    }
}

impl Related<super::api_keys::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ApiKey.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The messages of the threads somebody may see.
    pub fn visible_to(scope: &Scope) -> Select<Self> {
        // A join, so that looking up one message looks at its own thread and not at all that are visible.
        scope
            .narrow(
                Self::find().inner_join(threads::Entity),
                threads::Column::UserId,
                threads::Column::TeamId,
                Condition::all().add(threads::Column::Visibility.eq(threads::Visibility::Shared)),
            )
            .filter(threads::Column::DeletedAt.is_null())
            .filter(Column::SupersededAt.is_null())
    }

    /// The messages that are in a thread: all but those that others took the place of.
    pub fn of_thread(thread_id: &str) -> Select<Self> {
        Self::find()
            .filter(Column::ThreadId.eq(thread_id))
            .filter(Column::SupersededAt.is_null())
    }

    /// The messages of [`of_thread`](Self::of_thread) up to this number, newest first, for pages of them.
    pub fn newest_of_thread(backend: DbBackend, thread_id: &str, last: i64) -> Select<Self> {
        match backend {
            DbBackend::Postgres => Self::find()
                .filter(place().lte(at(thread_id, last)))
                .filter(Column::ThreadId.gte(thread_id))
                .filter(Column::SupersededAt.is_null())
                .order_by_desc(Column::ThreadId),
            _ => Self::of_thread(thread_id).filter(Column::Seq.lte(last)),
        }
        .order_by_desc(Column::Seq)
    }

    /// The messages of [`of_thread`](Self::of_thread) from this number on, oldest first, for pages of them.
    pub fn oldest_of_thread(backend: DbBackend, thread_id: &str, first: i64) -> Select<Self> {
        match backend {
            DbBackend::Postgres => Self::find()
                .filter(place().gte(at(thread_id, first)))
                .filter(Column::ThreadId.lte(thread_id))
                .filter(Column::SupersededAt.is_null())
                .order_by_asc(Column::ThreadId),
            _ => Self::of_thread(thread_id).filter(Column::Seq.gte(first)),
        }
        .order_by_asc(Column::Seq)
    }
}

/// Where a message stands in the index of threads. `PostgreSQL` is asked by it for a page, because it does not know how far back
/// the messages of one thread are: for "of this thread, newest first" it may go through all messages of the instance from the
/// newest on, or read all of the thread and sort.
fn place() -> Expr {
    Expr::tuple([Expr::col((Entity, Column::ThreadId)), Expr::col((Entity, Column::Seq))])
}

fn at(thread_id: &str, seq: i64) -> Expr {
    Expr::tuple([Expr::value(thread_id), Expr::value(seq)])
}
