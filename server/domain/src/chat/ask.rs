//! Saying something, which starts an answer; and stopping one.

use std::sync::Arc;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::threads;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr,
};
use types::threads::Thread;

use super::PREVIEW_LENGTH;
use super::follow::Follower;
use super::keeper::LEASE;
use super::life::{Job, live};
use super::run::{Cut, Run};
use crate::access::Principal;
use crate::clock::new_id;
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::messages::find_message;
use crate::threads::{DEFAULT_TITLE, New, find_to_write, insert, model as model_exists, to_wire};
use crate::{Core, Error, text};

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
    /// A configured model; the thread's, then the instance's default otherwise.
    pub model: Option<String>,
}

/// An answer that has begun. What the user said is committed.
#[derive(Debug)]
pub struct Started {
    /// The thread.
    pub thread: Thread,
    /// Follows the answer from its beginning.
    pub follower: Follower,
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
    let thread = match &ask.thread_id {
        Some(id) => find_to_write(&tx, who, id).await?,
        None => {
            let new = New {
                title: title_from(&ask.content),
                team_id: ask.team_id,
                project_id: ask.project_id,
                model: ask.model.clone(),
                visibility: None,
            };
            insert(core, &tx, who, new).await?
        }
    };
    // A model that is no longer configured gives way to the default.
    let chosen = ask.model.as_deref().or(thread.model.as_deref());
    let model = chosen
        .and_then(|id| core.models.get(id))
        .unwrap_or_else(|| core.models.default_model());
    let said = write_message(core, &tx, who, &thread, MessageRole::User, &ask.content, None).await?;
    let model_id = model.info().id.clone();
    let answer = write_message(
        core,
        &tx,
        who,
        &thread,
        MessageRole::Assistant,
        "",
        Some((&said.id, &model_id)),
    )
    .await?;
    let thread = note_in_thread(core, &tx, thread, &ask.content).await?;
    if let Some(claim) = claim {
        claim.started(&tx, &answer.id).await?;
    }
    tx.commit().await?;

    let run = Run::new(
        answer.seq,
        answer.id,
        said.id,
        thread.id.clone(),
        core.clock.now().millis(),
    );
    let run = Arc::new(run);
    core.chat.add(&run);
    let started = Started {
        thread: to_wire(thread.clone()),
        follower: Follower::live(Arc::clone(&run), 0),
    };
    let job = Job {
        who: who.clone(),
        thread,
        user_seq: said.seq,
        content: ask.content,
        model,
    };
    let core_of_run = Arc::clone(core);
    core.chat.spawn(async move {
        live(&core_of_run, &run, job).await;
        drop(place);
    });
    Ok(started)
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

async fn write_message(
    core: &Core,
    tx: &impl ConnectionTrait,
    who: &Principal,
    thread: &threads::Model,
    role: MessageRole,
    content: &str,
    answers: Option<(&str, &str)>,
) -> Result<messages::Model, Error> {
    let now = core.clock.now();
    let row = messages::ActiveModel {
        id: Set(new_id()),
        thread_id: Set(thread.id.clone()),
        user_id: Set(who.user_id.clone()),
        api_key_id: Set(who.api_key_id().map(str::to_owned)),
        role: Set(role),
        content: Set(content.to_owned()),
        status: Set(if answers.is_some() {
            MessageStatus::Queued
        } else {
            MessageStatus::Complete
        }),
        reply_to: Set(answers.map(|(said, _)| said.to_owned())),
        model: Set(answers.map(|(_, model)| model.to_owned())),
        in_context: Set(true),
        lease_owner: Set(answers.map(|_| core.chat.owner().to_owned())),
        lease_until: Set(answers.map(|_| now.plus(LEASE))),
        created_at: Set(now),
        updated_at: Set(now),
        ..<messages::ActiveModel as Default>::default()
    };
    row.insert(tx).await.map_err(|error| match error.sql_err() {
        // The thread was deleted in this very moment.
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => Error::NotFound("Thread"),
        _ => Error::Database(error),
    })
}

async fn note_in_thread(
    core: &Core,
    tx: &impl ConnectionTrait,
    thread: threads::Model,
    content: &str,
) -> Result<threads::Model, Error> {
    use threads::Column;
    let now = core.clock.now();
    let preview = text::beginning(content, PREVIEW_LENGTH);
    threads::Entity::update_many()
        .col_expr(Column::MessageCount, Expr::col(Column::MessageCount).add(2))
        .col_expr(Column::LastMessageAt, Expr::value(now))
        .col_expr(Column::LastMessagePreview, Expr::value(Some(preview.clone())))
        .filter(Column::Id.eq(&thread.id))
        .exec(tx)
        .await?;
    Ok(threads::Model {
        message_count: thread.message_count + 2,
        last_message_at: now,
        last_message_preview: Some(preview),
        ..thread
    })
}

/// Ends an answer; what had arrived is kept. One that is over already stays as it is.
pub async fn stop(core: &Core, who: &Principal, message_id: &str) -> Result<types::threads::Message, Error> {
    let run = core.chat.run(message_id);
    let (message, _) = find_message(core.db.read(), who, message_id).await?;
    find_to_write(core.db.read(), who, &message.thread_id).await?;
    match run {
        Some(run) => {
            run.cut(Cut::Stopped);
            run.ended().await;
        }
        None => stop_elsewhere(core, message.seq).await?,
    }
    crate::messages::read(core, who, message_id).await
}

/// Takes the row from the server that is writing it; its next flush finds that out and ends the answer.
async fn stop_elsewhere(core: &Core, seq: i64) -> Result<(), DbErr> {
    use messages::Column;
    messages::Entity::update_many()
        .col_expr(Column::Status, Expr::value(MessageStatus::Stopped))
        .col_expr(Column::FinishReason, Expr::value(Some("stopped".to_owned())))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<entity::Timestamp>::None))
        .col_expr(Column::UpdatedAt, Expr::value(core.clock.now()))
        .filter(Column::Seq.eq(seq))
        .filter(Column::Status.is_in([MessageStatus::Queued, MessageStatus::Streaming]))
        .exec(core.db.write())
        .await
        .map(drop)
}
