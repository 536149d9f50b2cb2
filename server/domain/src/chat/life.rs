//! The life of an answer: its prompt is built, the model answers, the end is written.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use entity::messages::{self, MessageStatus};
use entity::{Timestamp, threads};
use futures::{FutureExt, StreamExt};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use types::ErrorCode;
use types::chat::FinishReason;
use types::threads::{MessageStatus as WireStatus, Usage};

use super::PREVIEW_LENGTH;
use super::context::Assembled;
use super::prompt::prompt;
use super::run::{Cut, Ended, Run};
use super::summaries;
use crate::access::Principal;
use crate::feed::{Kind, changes};
use crate::messages::{refresh_preview, status_to_wire};
use crate::models::{ChatModel, ChatPrompt, ModelError, ModelEvent, StopReason, TokenUsage};
use crate::{Core, search, text, usage};

/// However patient its server is, an answer ends after this.
const LONGEST_RUN: Duration = Duration::from_mins(30);
/// How often the end of an answer is tried to be written once the server is ending.
const LAST_TRIES: u32 = 6;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a run needs to know beyond its text.
pub(super) struct Job {
    pub(super) who: Principal,
    pub(super) thread: threads::Model,
    pub(super) user_seq: i64,
    pub(super) content: String,
    pub(super) model: Arc<dyn ChatModel>,
    /// When the answer was taken from the plan.
    pub(super) begun_at: Timestamp,
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
pub(super) async fn live(core: &Arc<Core>, run: &Arc<Run>, job: Job) {
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
    let is_whole = outcome.status == MessageStatus::Complete;
    finish(core, run, &job, assembled.as_ref(), outcome).await;
    core.chat.remove(&run.message_id);
    tell(core, run, &job).await;
    if let Some(assembled) = assembled.filter(|_| is_whole) {
        summaries::after_answer(core, job.thread, job.model, &assembled);
    }
}

/// Tells of the end whoever may see the thread, as it is now.
async fn tell(core: &Core, run: &Run, job: &Job) {
    let now = threads::Entity::find_by_id(&run.thread_id).one(core.db.read()).await;
    let thread = match &now {
        Ok(Some(thread)) => thread,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%error, "whom to tell of the end of an answer is not known");
            &job.thread
        }
    };
    let news = [Kind::Ended(run.message_id.clone()), Kind::Thread];
    core.feed.publish_all(changes(thread, news));
}

async fn answer(
    core: &Core,
    run: &Run,
    job: &Job,
    assembled: &mut Option<Assembled>,
) -> Result<(StopReason, Option<TokenUsage>), Failure> {
    let known = job.model.window();
    let first = assembled.insert(prompt(core, job, known).await?);
    let refused = match attempt(run, job, first, known).await {
        Err(Failure::Model(ModelError::Overflow { window, detail })) if run.text().is_empty() => {
            let smaller = smaller(first.report.window, window);
            tracing::info!(detail, smaller, model = %job.model.info().id, "a prompt was too long, trying a shorter one");
            smaller
        }
        other => return other,
    };
    let second = assembled.insert(prompt(core, job, Some(refused)).await?);
    let answered = attempt(run, job, second, Some(refused)).await;
    if answered.is_ok() || !run.text().is_empty() {
        job.model.refused_above(refused);
    }
    answered
}

/// What to take for the window, in tokens, once a server has refused a prompt made for one of `assumed`: what it `named`,
/// or half when it named none or one that the prompt was meant to fit into.
fn smaller(assumed: u32, named: Option<u32>) -> u32 {
    let named = named.filter(|named| (1..assumed).contains(named));
    Ord::max(named.unwrap_or(assumed / 2), 1)
}

/// Sends a prompt, and takes in the answer as it comes.
async fn attempt(
    run: &Run,
    job: &Job,
    prompt: &Assembled,
    window: Option<u32>,
) -> Result<(StopReason, Option<TokenUsage>), Failure> {
    let prompt = ChatPrompt {
        messages: prompt.messages.clone(),
        // What the prompt leaves free; in a small window that is less than what is configured.
        max_output_tokens: window.map(|_| Ord::max(prompt.report.reserve, 1)),
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
        status: status_to_wire(outcome.status),
        usage,
        finish_reason: outcome.finish_reason,
        error: outcome.error.clone(),
    };
    let mut pause = Duration::from_millis(100);
    let mut tries = 0;
    loop {
        match write_end(core, run, job, &text, &outcome, usage, report.clone()).await {
            Ok(Written::Ours | Written::Gone) => break,
            Ok(Written::Elsewhere(status)) => {
                ended.status = status_to_wire(status);
                ended.finish_reason = Some(FinishReason::Stopped);
                break;
            }
            // While the server lives the answer is kept in memory and tried again: it is not lost to a database that is
            // away for a while.
            Err(error) if tries >= LAST_TRIES && core.chat.is_ending() => {
                tracing::error!(%error, message = %run.message_id, "the end of an answer could not be written");
                ended.status = WireStatus::Failed;
                ended.error = Some((
                    "The answer could not be saved. Please try again.".to_owned(),
                    ErrorCode::Internal,
                ));
                break;
            }
            Err(error) => {
                tracing::warn!(%error, message = %run.message_id, "writing the end of an answer, trying again");
                tries += 1;
                tokio::time::sleep(pause).await;
                pause = Ord::min(pause * 2, LONGEST_PAUSE);
            }
        }
    }
    run.end(ended);
}

/// Whose the row of an answer was at its end.
enum Written {
    /// Ours.
    Ours,
    /// Another server ended it, as this; what it could not know of text and cost is added.
    Elsewhere(MessageStatus),
    /// Nobody's: it was deleted.
    Gone,
}

async fn write_end(
    core: &Core,
    run: &Run,
    job: &Job,
    text: &str,
    outcome: &Outcome,
    used: Option<Usage>,
    report: Option<String>,
) -> Result<Written, DbErr> {
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
    // The thread before its messages: deleting a thread takes its locks in this order too.
    if !text.is_empty() {
        let preview = text::beginning(text, PREVIEW_LENGTH);
        threads::Entity::update_many()
            .col_expr(threads::Column::LastMessageAt, Expr::value(now))
            .col_expr(threads::Column::LastMessagePreview, Expr::value(Some(preview)))
            .filter(threads::Column::Id.eq(&run.thread_id))
            .exec(&tx)
            .await?;
    }
    let content = messages::Entity::update_many()
        .col_expr(Column::Content, Expr::value(text.to_owned()))
        .col_expr(Column::PromptTokens, Expr::value(used.map(|used| used.input_tokens)))
        .col_expr(
            Column::CompletionTokens,
            Expr::value(used.map(|used| used.output_tokens)),
        )
        .col_expr(Column::PromptReport, Expr::value(report))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Seq.eq(run.seq));
    let ours = content
        .clone()
        .col_expr(Column::Status, Expr::value(outcome.status))
        .col_expr(Column::FinishReason, Expr::value(finish_reason.map(str::to_owned)))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::ErrorCode, Expr::value(error_code))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<Timestamp>::None))
        .filter(Column::LeaseOwner.eq(core.chat.owner()))
        .exec(&tx)
        .await?;
    let written = if ours.rows_affected > 0 {
        Written::Ours
    } else {
        content.filter(Column::LeaseOwner.is_null()).exec(&tx).await?;
        let status: Option<MessageStatus> = messages::Entity::find()
            .select_only()
            .column(Column::Status)
            .filter(Column::Seq.eq(run.seq))
            .into_tuple()
            .one(&tx)
            .await?;
        status.map_or(Written::Gone, Written::Elsewhere)
    };
    if !matches!(written, Written::Ours) {
        // What was deleted, or has been superseded since it was stopped, must not live on as the beginning of the thread's
        // newest message.
        refresh_preview(&tx, &run.thread_id).await?;
    }
    if !text.is_empty() {
        search::index(&tx, run.seq, text).await?;
    }
    // What was used counts, whatever became of the row.
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
    } else if text.is_empty()
        && matches!(written, Written::Ours)
        && matches!(outcome.status, MessageStatus::Failed | MessageStatus::Interrupted)
    {
        // What came to nothing is not counted against the plan.
        usage::quota::give_back(&tx, &job.who.user_id, job.begun_at).await?;
    }
    tx.commit().await?;
    Ok(written)
}
