//! Saying something, or asking for an answer anew: what starts an answer. And stopping one.

use std::sync::Arc;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::{api_keys, threads};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, SqlErr,
};
use tokio::sync::OwnedSemaphorePermit;
use types::threads::Thread;

use super::PREVIEW_LENGTH;
use super::basis::{Basis, Wishes};
use super::follow::Follower;
use super::keeper::LEASE;
use super::life::{Job, live};
use super::reset::take_out;
use super::run::{Cut, Run};
use super::supersede::supersede;
use crate::access::Principal;
use crate::clock::new_id;
use crate::error::Problems;
use crate::feed::{Kind, changes};
use crate::idempotency::Claim;
use crate::messages::find_message;
use crate::models::ChatModel;
use crate::settings::preferred_model;
use crate::threads::{
    DEFAULT_TITLE, New, Session, find_to_write, insert, lock_to_write, model as model_exists, note_read, of_session,
    to_wire,
};
use crate::usage::quota;
use crate::{Core, Error, projects, search, text};

const TITLE_LENGTH: usize = 60;

/// What somebody says.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The text.
    pub content: String,
    /// The thread to write to; a new one when absent.
    pub thread_id: Option<String>,
    /// Project of a new thread.
    pub project_id: Option<String>,
    /// Team of a new thread.
    pub team_id: Option<String>,
    /// A configured model; the thread's, the project's, the user's, then the instance's default
    /// otherwise.
    pub model: Option<String>,
    /// A message of the caller's own that this one takes the place of, with everything after it.
    pub replaces: Option<String>,
    /// The request that asks.
    pub request_id: Option<String>,
    /// The conversation of a session, instead of a thread that is named.
    pub session: Option<Session>,
    /// Whether what was said in it before is taken out of this and later prompts.
    pub reset: bool,
    /// What it is answered from.
    pub basis: Basis,
    /// How it is to be answered.
    pub wishes: Wishes,
}

/// An answer that somebody wants anew.
#[derive(Debug, Clone, Default)]
pub struct Anew {
    /// The answer.
    pub message_id: String,
    /// A configured model; the thread's, the project's, the user's, then the instance's default
    /// otherwise.
    pub model: Option<String>,
    /// The request that asks.
    pub request_id: Option<String>,
}

/// An answer that has begun. What the user said is committed.
#[derive(Debug)]
pub struct Started {
    /// The thread.
    pub thread: Thread,
    /// Follows the answer from its beginning.
    pub follower: Follower,
    /// What left the thread for it.
    pub superseded: Vec<String>,
}

/// Writes what the user says and starts the answer. The answer then runs by itself, whoever follows it.
pub async fn start(core: &Arc<Core>, who: &Principal, ask: Ask, claim: Option<&Claim>) -> Result<Started, Error> {
    let mut problems = Problems::default();
    problems.note(text::body("content", &ask.content));
    if let Some(model) = &ask.model {
        problems.note(model_exists(core, model));
    }
    problems.finish()?;
    let place = core.chat.place()?;

    let tx = core.db.begin().await?;
    let thread = match (&ask.thread_id, &ask.replaces) {
        (Some(id), _) => lock_to_write(&tx, who, id).await?,
        (None, Some(replaced)) => {
            let (replaced, _) = find_message(&tx, who, replaced).await?;
            lock_to_write(&tx, who, &replaced.thread_id).await?
        }
        (None, None) if let Some(session) = ask.session => {
            of_session(core, &tx, who, session, title_from(&ask.content)).await?
        }
        (None, None) => {
            let new = New {
                title: title_from(&ask.content),
                team_id: ask.team_id,
                project_id: ask.project_id,
                model: ask.model.clone(),
                ..New::default()
            };
            insert(core, &tx, who, new).await?
        }
    };
    if ask.reset {
        take_out(&tx, who, &thread).await?;
    }
    let superseded = match &ask.replaces {
        Some(id) => {
            let replaced = own(&tx, who, &thread, id, MessageRole::User).await?;
            supersede(core, &tx, &thread.id, replaced.seq).await?
        }
        None => Vec::new(),
    };
    let said = Written {
        role: MessageRole::User,
        content: &ask.content,
        ..Written::default()
    };
    let said = said.write(core, &tx, who, &thread).await?;
    let begin = Begin {
        core,
        who,
        place,
        thread,
        model: ask.model.as_deref(),
        request_id: ask.request_id,
        superseded,
        claim,
        basis: ask.basis,
        wishes: ask.wishes,
    };
    let written = Kind::Message(said.id.clone());
    begin.answer(tx, said, Some(written)).await
}

/// Starts a new answer to the message that an answer answers. That answer and everything after it leaves the thread.
pub async fn regenerate(
    core: &Arc<Core>,
    who: &Principal,
    anew: Anew,
    claim: Option<&Claim>,
) -> Result<Started, Error> {
    if let Some(model) = &anew.model {
        model_exists(core, model).map_err(|problem| Error::Invalid(vec![problem]))?;
    }
    let place = core.chat.place()?;
    let tx = core.db.begin().await?;
    let (seen, _) = find_message(&tx, who, &anew.message_id).await?;
    let thread = lock_to_write(&tx, who, &seen.thread_id).await?;
    // What it was before the lock may be over.
    let answer = own(&tx, who, &thread, &anew.message_id, MessageRole::Assistant).await?;
    let said = match &answer.reply_to {
        Some(said) => {
            messages::Entity::of_thread(&thread.id)
                .filter(messages::Column::Id.eq(said))
                .one(&tx)
                .await?
        }
        None => None,
    };
    let said = said.ok_or(Error::Conflict("The message it answers was deleted"))?;
    let superseded = supersede(core, &tx, &thread.id, answer.seq).await?;
    if !said.in_context {
        // It was refused or reset. Who wants another answer to it goes on from it, and an answer without its question would
        // say nothing to the next one.
        messages::Entity::update_many()
            .col_expr(messages::Column::InContext, Expr::value(true))
            .filter(messages::Column::Seq.eq(said.seq))
            .exec(&tx)
            .await?;
    }
    let begin = Begin {
        core,
        who,
        place,
        thread,
        model: anew.model.as_deref(),
        request_id: anew.request_id,
        superseded,
        claim,
        basis: Basis::default(),
        wishes: Wishes::default(),
    };
    begin.answer(tx, said, None).await
}

/// A message of the caller's own in a thread. What is somebody else's looks like what is not there.
async fn own(
    tx: &impl ConnectionTrait,
    who: &Principal,
    thread: &threads::Model,
    id: &str,
    role: MessageRole,
) -> Result<messages::Model, Error> {
    let (message, _): (_, Option<api_keys::Model>) = find_message(tx, who, id).await?;
    let fits = message.thread_id == thread.id && message.user_id == who.user_id && message.role == role;
    if fits {
        Ok(message)
    } else {
        Err(Error::NotFound("Message"))
    }
}

/// What an answer needs to begin.
struct Begin<'a> {
    core: &'a Arc<Core>,
    who: &'a Principal,
    place: OwnedSemaphorePermit,
    thread: threads::Model,
    model: Option<&'a str>,
    request_id: Option<String>,
    superseded: Vec<String>,
    claim: Option<&'a Claim>,
    basis: Basis,
    wishes: Wishes,
}

impl Begin<'_> {
    /// Writes the empty answer to a message, commits, and lets it run.
    async fn answer(
        self,
        tx: sea_orm::DatabaseTransaction,
        said: messages::Model,
        written: Option<Kind>,
    ) -> Result<Started, Error> {
        let Self { core, who, .. } = self;
        quota::take(core, &tx, who).await?;
        let project = projects::of_thread(&tx, who, &self.thread).await?;
        let model = chosen(core, &tx, who, &self.thread, project.as_ref(), self.model).await?;
        let answer = Written {
            role: MessageRole::Assistant,
            answers: Some((&said.id, &model.info().id)),
            request_id: self.request_id,
            ..Written::default()
        };
        let answer = answer.write(core, &tx, who, &self.thread).await?;
        let gone = i32::try_from(self.superseded.len()).unwrap_or(i32::MAX);
        let more = 1 + i32::from(written.is_some()) - gone;
        let thread = note_in_thread(core, &tx, self.thread, &said.content, more).await?;
        if !who.is_key() {
            note_read(&tx, &who.user_id, &thread.id, thread.last_message_at).await?;
        }
        if let Some(claim) = self.claim {
            claim.started(&tx, &answer.id).await?;
        }
        tx.commit().await?;

        let gone = self.superseded.iter().cloned().map(Kind::MessageGone);
        let more_in_project = thread.project_id.is_some() && thread.message_count == more;
        let news = gone
            .chain(written)
            .chain([Kind::Began(answer.id.clone()), Kind::Thread])
            .chain(more_in_project.then_some(Kind::Projects));
        let news = changes(&thread, news);
        let begun_at = answer.created_at;
        let run = Arc::new(Run::new(
            answer.seq,
            answer.id,
            said.id,
            thread.id.clone(),
            core.clock.now().millis(),
        ));
        core.chat.add(&run);
        core.feed.publish_all(news);
        let started = Started {
            thread: to_wire(thread.clone()),
            follower: Follower::live(Arc::clone(&run), 0),
            superseded: self.superseded,
        };
        let job = Job {
            who: who.clone(),
            thread,
            user_seq: said.seq,
            content: said.content,
            model,
            begun_at,
            basis: self.basis,
            wishes: self.wishes,
            most_turns: project.as_ref().map(most_turns),
            temperature: project.and_then(|project| project.temperature),
        };
        let core_of_run = Arc::clone(core);
        let place = self.place;
        core.chat.spawn(async move {
            live(&core_of_run, &run, job).await;
            drop(place);
        });
        Ok(started)
    }
}

/// The model that was asked for, or the thread's; one that is no longer configured gives way to the project's, then to the
/// user's, then to the server's.
async fn chosen(
    core: &Core,
    tx: &impl ConnectionTrait,
    who: &Principal,
    thread: &threads::Model,
    project: Option<&entity::projects::Model>,
    asked: Option<&str>,
) -> Result<Arc<dyn ChatModel>, DbErr> {
    let named = asked.or(thread.model.as_deref());
    if let Some(model) = named.and_then(|id| core.models.get(id)) {
        return Ok(model);
    }
    let of_project = project.and_then(|project| core.models.get(project.model.as_deref()?));
    match of_project {
        Some(model) => Ok(model),
        None => preferred_model(core, tx, &who.user_id).await,
    }
}

/// A project's limit is one of exchanges, each of two messages.
fn most_turns(project: &entity::projects::Model) -> u32 {
    u32::try_from(project.history).unwrap_or(0).saturating_mul(2)
}

/// The title of a thread that begins with this.
fn title_from(content: &str) -> String {
    let title = text::beginning(content, TITLE_LENGTH);
    if title.is_empty() {
        DEFAULT_TITLE.to_owned()
    } else {
        title
    }
}

/// A message to be written.
struct Written<'a> {
    role: MessageRole,
    content: &'a str,
    /// Of an answer: the message it answers, and the model.
    answers: Option<(&'a str, &'a str)>,
    request_id: Option<String>,
}

impl Default for Written<'_> {
    fn default() -> Self {
        Self {
            role: MessageRole::User,
            content: "",
            answers: None,
            request_id: None,
        }
    }
}

impl Written<'_> {
    async fn write(
        self,
        core: &Core,
        tx: &impl ConnectionTrait,
        who: &Principal,
        thread: &threads::Model,
    ) -> Result<messages::Model, Error> {
        let now = core.clock.now();
        let row = messages::ActiveModel {
            id: Set(new_id()),
            thread_id: Set(thread.id.clone()),
            user_id: Set(who.user_id.clone()),
            api_key_id: Set(who.api_key_id().map(str::to_owned)),
            role: Set(self.role),
            content: Set(self.content.to_owned()),
            status: Set(if self.answers.is_some() {
                MessageStatus::Queued
            } else {
                MessageStatus::Complete
            }),
            reply_to: Set(self.answers.map(|(said, _)| said.to_owned())),
            model: Set(self.answers.map(|(_, model)| model.to_owned())),
            in_context: Set(true),
            lease_owner: Set(self.answers.map(|_| core.chat.owner().to_owned())),
            lease_until: Set(self.answers.map(|_| now.plus(LEASE))),
            request_id: Set(self.request_id),
            created_at: Set(now),
            updated_at: Set(now),
            ..<messages::ActiveModel as Default>::default()
        };
        let row = row.insert(tx).await.map_err(|error| match error.sql_err() {
            // The thread was deleted in this very moment.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Error::NotFound("Thread"),
            _ => Error::Database(error),
        })?;
        if self.answers.is_none() {
            search::index(tx, row.seq, &row.content).await?;
        }
        Ok(row)
    }
}

/// Notes so many more messages in a thread, of which this is the newest text.
async fn note_in_thread(
    core: &Core,
    tx: &impl ConnectionTrait,
    thread: threads::Model,
    content: &str,
    more: i32,
) -> Result<threads::Model, Error> {
    use threads::Column;
    let now = core.clock.now();
    let preview = text::beginning(content, PREVIEW_LENGTH);
    threads::Entity::update_many()
        .col_expr(Column::MessageCount, Expr::col(Column::MessageCount).add(more))
        .col_expr(Column::LastMessageAt, Expr::value(now))
        .col_expr(Column::LastMessagePreview, Expr::value(Some(preview.clone())))
        .filter(Column::Id.eq(&thread.id))
        .exec(tx)
        .await?;
    Ok(threads::Model {
        message_count: thread.message_count + more,
        last_message_at: now,
        last_message_preview: Some(preview),
        ..thread
    })
}

/// Ends an answer; what had arrived is kept. One that is over already stays as it is.
pub async fn stop(core: &Core, who: &Principal, message_id: &str) -> Result<types::threads::Message, Error> {
    let run = core.chat.run(message_id);
    let (message, _) = find_message(core.db.read(), who, message_id).await?;
    let thread = find_to_write(core.db.read(), who, &message.thread_id).await?;
    match run {
        Some(run) => {
            run.cut(Cut::Stopped);
            run.ended().await;
        }
        None => {
            if stop_elsewhere(core, message.seq).await? {
                let news = [Kind::Ended(message.id), Kind::Thread];
                core.feed.publish_all(changes(&thread, news));
            }
        }
    }
    crate::messages::read(core, who, message_id).await
}

/// Takes those answers that are being written and are meant from the servers that write them, in the transaction of what ends
/// them; those find it out when they flush next. Their ids.
pub(crate) async fn stop_all(core: &Core, tx: &impl ConnectionTrait, which: Condition) -> Result<Vec<String>, DbErr> {
    use messages::Column;
    // In the order of the rows, as those who flush lock them.
    let running: Vec<(i64, String)> = messages::Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Id])
        .filter(which)
        .filter(Column::LeaseUntil.is_not_null())
        .order_by_asc(Column::Seq)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(tx)
        .await?;
    if !running.is_empty() {
        messages::Entity::update_many()
            .col_expr(Column::Status, Expr::value(MessageStatus::Stopped))
            .col_expr(Column::FinishReason, Expr::value(Some("stopped".to_owned())))
            .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<entity::Timestamp>::None))
            .col_expr(Column::UpdatedAt, Expr::value(core.clock.now()))
            .filter(Column::Seq.is_in(running.iter().map(|(seq, _)| *seq)))
            .exec(tx)
            .await?;
    }
    Ok(running.into_iter().map(|(_, id)| id).collect())
}

/// Takes the row from the server that is writing it; its next flush finds that out and ends the answer.
async fn stop_elsewhere(core: &Core, seq: i64) -> Result<bool, DbErr> {
    use messages::Column;
    let stopped = messages::Entity::update_many()
        .col_expr(Column::Status, Expr::value(MessageStatus::Stopped))
        .col_expr(Column::FinishReason, Expr::value(Some("stopped".to_owned())))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<entity::Timestamp>::None))
        .col_expr(Column::UpdatedAt, Expr::value(core.clock.now()))
        .filter(Column::Seq.eq(seq))
        .filter(Column::Status.is_in([MessageStatus::Queued, MessageStatus::Streaming]))
        .exec(core.db.write())
        .await?;
    Ok(stopped.rows_affected > 0)
}
