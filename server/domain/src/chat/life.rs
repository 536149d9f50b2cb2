//! The life of an answer: its prompt is built, the model answers, the end is written.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use entity::messages::{self, MessageStatus};
use entity::{Timestamp, threads};
use futures::FutureExt;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use types::ErrorCode;
use types::chat::FinishReason;
use types::threads::{MessageStatus as WireStatus, Usage};

use super::PREVIEW_LENGTH;
use super::attempts::{Failure, Made, answer};
use super::basis::{Basis, Wishes};
use super::follow::ended;
use super::prompt::{Grounds, grounds};
use super::run::{Cut, Ended, Run};
use super::summaries;
use crate::access::Principal;
use crate::feed::{Kind, changes};
use crate::messages::{refresh_preview, status_to_wire};
use crate::models::{ChatModel, StopReason, TokenUsage};
use crate::{Core, documents, search, text, usage};

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
    pub(super) basis: Basis,
    pub(super) wishes: Wishes,
    /// How much chance the project wants in its answers.
    pub(super) temperature: Option<f64>,
    /// Messages of the history in a prompt, at most, as the project wants it.
    pub(super) most_turns: Option<u32>,
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

/// The life of a run: prompt, answer, end. Nothing in here can leave it without an end.
pub(super) async fn live(core: &Arc<Core>, run: &Arc<Run>, job: Job) {
    let mut made = Made::new(Arc::clone(&job.model));
    let answering = AssertUnwindSafe(respond(core, run, &job, &mut made)).catch_unwind();
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
    finish(core, run, &job, &made, outcome).await;
    core.chat.remove(&run.message_id);
    tell(core, run, &job).await;
    if let Some(assembled) = made.assembled.filter(|_| is_whole) {
        summaries::after_answer(core, job.thread, made.model, &assembled);
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

/// Answers, or refuses what the documents have nothing on.
async fn respond(
    core: &Core,
    run: &Run,
    job: &Job,
    made: &mut Made,
) -> Result<(StopReason, Option<TokenUsage>), Failure> {
    match grounds(core, job).await? {
        Grounds::Found(found) => made.found = found,
        Grounds::Refused(refusal) => {
            made.refused = true;
            run.push(&refusal);
            let nothing = TokenUsage { input: 0, output: 0 };
            return Ok((StopReason::Stop, Some(nothing)));
        }
    }
    answer(core, run, job, made).await
}

/// Writes the end, then tells the followers. They hear of it only when a reload would show the same.
async fn finish(core: &Core, run: &Run, job: &Job, made: &Made, outcome: Outcome) {
    let assembled = made.assembled.as_ref();
    let text = run.text();
    let counted = outcome.usage.unwrap_or_else(|| TokenUsage {
        input: assembled.map_or(0, |assembled| assembled.report.used),
        output: made.model.count_tokens(&text),
    });
    // What was written was paid for, however it ended.
    let is_used = matches!(outcome.status, MessageStatus::Complete | MessageStatus::Stopped) || !text.is_empty();
    let usage = is_used.then(|| Usage {
        input_tokens: counted.input.into(),
        output_tokens: counted.output.into(),
        total_tokens: i64::from(counted.input) + i64::from(counted.output),
    });
    let mut ended = Ended {
        status: status_to_wire(outcome.status),
        usage,
        finish_reason: outcome.finish_reason,
        error: outcome.error.clone(),
    };
    let mut pause = Duration::from_millis(100);
    let mut tries = 0;
    loop {
        match write_end(core, run, job, made, &text, &outcome, usage).await {
            Ok(Written::Ours | Written::Gone) => break,
            Ok(Written::Elsewhere(now)) => {
                ended = now;
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
    Elsewhere(Ended),
    /// Nobody's: it was deleted.
    Gone,
}

async fn write_end(
    core: &Core,
    run: &Run,
    job: &Job,
    made: &Made,
    text: &str,
    outcome: &Outcome,
    used: Option<Usage>,
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
    let report = made.assembled.as_ref();
    let report = report.and_then(|assembled| serde_json::to_string(&assembled.report).ok());
    let reasoning = Some(made.reasoning.trim())
        .filter(|thought| !thought.is_empty())
        .map(str::to_owned);
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
        .col_expr(Column::Model, Expr::value(Some(made.model.info().id.clone())))
        .col_expr(Column::Reasoning, Expr::value(reasoning))
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
        let row = messages::Entity::find()
            .filter(Column::Seq.eq(run.seq))
            .one(&tx)
            .await?;
        row.as_ref().and_then(ended).map_or(Written::Gone, Written::Elsewhere)
    };
    documents::note_sources(&tx, run.seq, &made.sources()).await?;
    if made.refused {
        messages::Entity::update_many()
            .col_expr(Column::InContext, Expr::value(false))
            .filter(Column::Seq.is_in([job.user_seq, run.seq]))
            .exec(&tx)
            .await?;
    }
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
            model: &made.model.info().id,
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
