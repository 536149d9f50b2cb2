//! Starting an answer, letting it run, ending it.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::{projects, teams, threads};
use futures::{FutureExt, StreamExt};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use types::ErrorCode;
use types::chat::FinishReason;
use types::threads::{MessageStatus as WireStatus, Thread, Usage};

use super::context::{Assembled, Assembler, Budget, Turn};
use super::follow::Follower;
use super::keeper::LEASE;
use super::run::{Cut, Ended, Run};
use crate::access::Principal;
use crate::clock::new_id;
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::models::{ChatModel, ChatPrompt, ModelError, ModelEvent, StopReason, TokenUsage};
use crate::threads::{New, find_message, find_to_write, insert, model as model_exists, to_wire};
use crate::{Core, Error, text, usage};

/// Messages read at a time while a prompt is filled.
const HISTORY_PAGE: u64 = 50;
const TITLE_LENGTH: usize = 60;
const PREVIEW_LENGTH: usize = 140;
/// However patient its server is, an answer ends after this.
const LONGEST_RUN: Duration = Duration::from_mins(30);
/// How often the end of an answer is tried to be written when the database fails.
const WRITE_TRIES: u32 = 6;

/// The answers that are being written by this process.
#[derive(Debug)]
pub struct Engine {
    runs: Mutex<HashMap<String, Arc<Run>>>,
    owner: String,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    drained: CancellationToken,
}

impl Engine {
    /// An engine that writes so many answers at a time at most.
    pub fn new(most: usize) -> Self {
        Self {
            runs: Mutex::default(),
            owner: new_id(),
            places: Arc::new(Semaphore::new(most)),
            tasks: TaskTracker::new(),
            drained: CancellationToken::new(),
        }
    }

    /// The text so far of an answer that is being written here.
    pub fn text_of(&self, message_id: &str) -> Option<String> {
        self.run(message_id).map(|run| run.text())
    }

    /// Gives the answers that are being written a moment to complete; interrupts the rest, and writes it.
    pub(crate) async fn drain(&self, moment: Duration) {
        self.places.close();
        self.tasks.close();
        if tokio::time::timeout(moment, self.tasks.wait()).await.is_err() {
            for run in self.runs() {
                run.cut(Cut::Interrupted);
            }
            self.tasks.wait().await;
        }
        self.drained.cancel();
    }

    /// Resolves when everything is over.
    pub(super) async fn drained(&self) {
        self.drained.cancelled().await;
    }

    /// Ends the answers of a thread that was deleted.
    pub(crate) fn abandon_thread(&self, thread_id: &str) {
        for run in self.runs().iter().filter(|run| run.thread_id == thread_id) {
            run.abandon();
        }
    }

    /// Ends an answer that was deleted.
    pub(crate) fn abandon(&self, message_id: &str) {
        if let Some(run) = self.run(message_id) {
            run.abandon();
        }
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn run(&self, message_id: &str) -> Option<Arc<Run>> {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(message_id)
            .cloned()
    }

    pub(super) fn is_live(&self, message_id: &str) -> bool {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(message_id)
    }

    pub(super) fn runs(&self) -> Vec<Arc<Run>> {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn add(&self, run: &Arc<Run>) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.message_id.clone(), Arc::clone(run));
    }

    fn remove(&self, message_id: &str) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(message_id);
    }
}

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

/// What a run needs to know beyond its text.
struct Job {
    who: Principal,
    thread: threads::Model,
    user_seq: i64,
    content: String,
    model: Arc<dyn ChatModel>,
}

/// Writes what the user says and starts the answer. The answer then runs by itself, whoever follows it.
pub async fn start(core: &Arc<Core>, who: &Principal, ask: Ask, claim: Option<&Claim>) -> Result<Started, Error> {
    let mut problems = Problems::default();
    problems.note(text::body("content", &ask.content));
    if let Some(model) = &ask.model {
        problems.note(model_exists(core, model));
    }
    problems.finish()?;
    let place = Arc::clone(&core.chat.places)
        .try_acquire_owned()
        .map_err(|_| Error::Busy)?;

    let tx = core.db.begin().await?;
    let thread = match &ask.thread_id {
        Some(id) => find_to_write(&tx, who, id).await?,
        None => {
            let new = New {
                title: text::beginning(&ask.content, TITLE_LENGTH),
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
    core.chat.tasks.spawn(async move {
        live(&core_of_run, &run, job).await;
        drop(place);
    });
    Ok(started)
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
        lease_owner: Set(answers.map(|_| core.chat.owner.clone())),
        lease_until: Set(answers.map(|_| now.plus(LEASE))),
        created_at: Set(now),
        updated_at: Set(now),
        ..<messages::ActiveModel as Default>::default()
    };
    Ok(row.insert(tx).await?)
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

/// What a run came to, before it is written.
struct Outcome {
    status: MessageStatus,
    finish_reason: Option<FinishReason>,
    usage: Option<TokenUsage>,
    error: Option<(String, ErrorCode)>,
}

impl Outcome {
    fn cut(why: Cut) -> Self {
        let (status, finish_reason, error) = match why {
            Cut::Stopped => (MessageStatus::Stopped, Some(FinishReason::Stopped), None),
            Cut::Interrupted => (
                MessageStatus::Interrupted,
                None,
                Some((
                    "The server was shut down while this was being written. What had arrived is kept.".to_owned(),
                    ErrorCode::Unavailable,
                )),
            ),
        };
        Self {
            status,
            finish_reason,
            usage: None,
            error,
        }
    }

    fn failed(sentence: String, code: ErrorCode) -> Self {
        Self {
            status: MessageStatus::Failed,
            finish_reason: None,
            usage: None,
            error: Some((sentence, code)),
        }
    }
}

/// Why an answer could not be had.
enum Failure {
    Model(ModelError),
    Database(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The life of a run: prompt, answer, end. Nothing in here can leave it without an end.
async fn live(core: &Core, run: &Arc<Run>, job: Job) {
    let mut assembled = None;
    let answering = AssertUnwindSafe(answer(core, run, &job, &mut assembled)).catch_unwind();
    let outcome = tokio::select! {
        biased;
        why = run.until_cut() => Outcome::cut(why),
        () = tokio::time::sleep(LONGEST_RUN) => Outcome::failed(
            "The answer took longer than half an hour and was ended.".to_owned(),
            ErrorCode::ModelTimeout,
        ),
        outcome = answering => match outcome {
            Ok(Ok((reason, usage))) => Outcome {
                status: MessageStatus::Complete,
                finish_reason: Some(match reason {
                    StopReason::Stop => FinishReason::Stop,
                    StopReason::Length => FinishReason::Length,
                }),
                usage,
                error: None,
            },
            Ok(Err(Failure::Model(error))) => {
                tracing::warn!(%error, model = %job.model.info().id, message = %run.message_id, "the model failed");
                let code = if error.is_timeout() { ErrorCode::ModelTimeout } else { ErrorCode::ModelFailed };
                Outcome::failed(error.sentence(), code)
            }
            Ok(Err(Failure::Database(error))) => {
                tracing::error!(%error, message = %run.message_id, "a prompt could not be built");
                Outcome::failed("Something went wrong on our side. Please try again.".to_owned(), ErrorCode::Internal)
            }
            Err(_) => {
                tracing::error!(message = %run.message_id, "an answer panicked");
                Outcome::failed("Something went wrong on our side. Please try again.".to_owned(), ErrorCode::Internal)
            }
        },
    };
    finish(core, run, &job, assembled.as_ref(), outcome).await;
    core.chat.remove(&run.message_id);
}

async fn answer(
    core: &Core,
    run: &Run,
    job: &Job,
    assembled: &mut Option<Assembled>,
) -> Result<(StopReason, Option<TokenUsage>), Failure> {
    let prompt = assembled.insert(prompt(core, job).await?);
    let prompt = ChatPrompt {
        messages: prompt.messages.clone(),
        max_output_tokens: job
            .model
            .info()
            .context_window
            .map(|_| core.config.chat.reply_reserve_tokens),
    };
    let mut stream = job.model.stream(prompt).await.map_err(Failure::Model)?;
    while let Some(event) = stream.next().await {
        match event.map_err(Failure::Model)? {
            ModelEvent::Text(text) => run.push(&text),
            ModelEvent::Finished { reason, usage } => return Ok((reason, usage)),
        }
    }
    Err(Failure::Model(ModelError::EndedEarly {
        detail: "the stream ended without an end mark".to_owned(),
    }))
}

/// Fills the model's window: what the team and the project say, what was said last, and of the history, newest first,
/// as much as fits. Reads no more of it than that.
async fn prompt(core: &Core, job: &Job) -> Result<Assembled, DbErr> {
    use messages::Column;
    let system = system_parts(core, &job.thread).await?;
    let count = |text: &str| job.model.count_tokens(text);
    let budget = Budget {
        window: job.model.info().context_window,
        reply_reserve: core.config.chat.reply_reserve_tokens,
    };
    let mut assembler = Assembler::new(budget, &count, system, job.content.clone());
    let mut before = job.user_seq;
    loop {
        let page: Vec<(i64, MessageRole, String)> = messages::Entity::find()
            .select_only()
            .columns([Column::Seq, Column::Role, Column::Content])
            .filter(Column::ThreadId.eq(&job.thread.id))
            .filter(Column::Seq.lt(before))
            .filter(Column::InContext.eq(true))
            .filter(Column::Status.is_not_in([MessageStatus::Queued, MessageStatus::Streaming]))
            .order_by_desc(Column::Seq)
            .limit(HISTORY_PAGE)
            .into_tuple()
            .all(core.db.read())
            .await?;
        let last = page.len() < usize::try_from(HISTORY_PAGE).unwrap_or(usize::MAX);
        for (seq, role, content) in page {
            before = seq;
            let role = match role {
                MessageRole::System => types::threads::MessageRole::System,
                MessageRole::User => types::threads::MessageRole::User,
                MessageRole::Assistant => types::threads::MessageRole::Assistant,
            };
            if !assembler.offer(Turn { role, content }) {
                return Ok(assembler.finish());
            }
        }
        if last {
            return Ok(assembler.finish());
        }
    }
}

async fn system_parts(core: &Core, thread: &threads::Model) -> Result<Vec<String>, DbErr> {
    let mut parts = Vec::new();
    if let Some(team_id) = &thread.team_id
        && let Some(team) = teams::Entity::find_by_id(team_id).one(core.db.read()).await?
    {
        parts.push(team.context);
    }
    if let Some(project_id) = &thread.project_id
        && let Some(project) = projects::Entity::find_by_id(project_id).one(core.db.read()).await?
    {
        parts.push(project.context);
    }
    parts.retain(|part| !part.trim().is_empty());
    Ok(parts)
}

/// Writes the end, then tells the followers. They hear of it only when a reload would show the same.
async fn finish(core: &Core, run: &Run, job: &Job, assembled: Option<&Assembled>, outcome: Outcome) {
    let text = run.text();
    let counted = outcome.usage.unwrap_or_else(|| TokenUsage {
        input: assembled.map_or(0, |assembled| assembled.report.used),
        output: job.model.count_tokens(&text),
    });
    let usage = matches!(outcome.status, MessageStatus::Complete | MessageStatus::Stopped).then(|| Usage {
        input_tokens: counted.input.into(),
        output_tokens: counted.output.into(),
        total_tokens: i64::from(counted.input) + i64::from(counted.output),
    });
    let report = assembled.and_then(|assembled| serde_json::to_string(&assembled.report).ok());
    let mut ended = Ended {
        status: crate::threads::status_to_wire(outcome.status),
        usage,
        finish_reason: outcome.finish_reason,
        error: outcome.error.clone(),
    };
    if !run.is_abandoned() {
        let mut pause = Duration::from_millis(100);
        for attempt in 1..=WRITE_TRIES {
            match write_end(core, run, job, &text, &outcome, usage, report.clone()).await {
                Ok(()) => break,
                Err(error) if attempt == WRITE_TRIES => {
                    tracing::error!(%error, message = %run.message_id, "the end of an answer could not be written");
                    ended.status = WireStatus::Failed;
                    ended.error = Some((
                        "The answer could not be saved. Please try again.".to_owned(),
                        ErrorCode::Internal,
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, message = %run.message_id, "writing the end of an answer, trying again");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
            }
        }
    }
    run.end(ended);
}

async fn write_end(
    core: &Core,
    run: &Run,
    job: &Job,
    text: &str,
    outcome: &Outcome,
    used: Option<Usage>,
    report: Option<String>,
) -> Result<(), DbErr> {
    use messages::Column;
    let now = core.clock.now();
    let (error, error_code) = outcome.error.clone().map_or((None, None), |(sentence, code)| {
        let code = serde_json::to_value(code)
            .ok()
            .and_then(|code| code.as_str().map(str::to_owned));
        (Some(sentence), code)
    });
    let finish_reason = outcome.finish_reason.map(|reason| match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::Stopped => "stopped",
    });
    let tx = core.db.begin().await?;
    let written = messages::Entity::update_many()
        .col_expr(Column::Content, Expr::value(text.to_owned()))
        .col_expr(Column::Status, Expr::value(outcome.status))
        .col_expr(Column::PromptTokens, Expr::value(used.map(|used| used.input_tokens)))
        .col_expr(
            Column::CompletionTokens,
            Expr::value(used.map(|used| used.output_tokens)),
        )
        .col_expr(Column::FinishReason, Expr::value(finish_reason.map(str::to_owned)))
        .col_expr(Column::PromptReport, Expr::value(report))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::ErrorCode, Expr::value(error_code))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<entity::Timestamp>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Seq.eq(run.seq))
        .filter(Column::LeaseOwner.eq(core.chat.owner()))
        .exec(&tx)
        .await?;
    if written.rows_affected == 0 {
        // Deleted meanwhile, or ended by another server; there is nothing left to write to.
        return tx.commit().await;
    }
    if !text.is_empty() {
        threads::Entity::update_many()
            .col_expr(threads::Column::LastMessageAt, Expr::value(now))
            .col_expr(
                threads::Column::LastMessagePreview,
                Expr::value(Some(text::beginning(text, PREVIEW_LENGTH))),
            )
            .filter(threads::Column::Id.eq(&run.thread_id))
            .exec(&tx)
            .await?;
    }
    if let Some(used) = used {
        let used = usage::Used {
            user_id: &job.who.user_id,
            team_id: job.thread.team_id.as_deref(),
            api_key_id: job.who.api_key_id(),
            model: &job.model.info().id,
            prompt_tokens: used.input_tokens,
            completion_tokens: used.output_tokens,
        };
        usage::add(&tx, used, now).await?;
    }
    tx.commit().await
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
    crate::threads::message(core, who, message_id).await
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
