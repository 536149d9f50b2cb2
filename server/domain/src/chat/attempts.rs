//! Asking for an answer: again when something passing kept it from beginning, with a shorter prompt when the first was too
//! long, and another model when the chosen one cannot be had. Once anything of an answer is there, nothing is asked again.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sea_orm::DbErr;

use super::context::Assembled;
use super::life::Job;
use super::prompt::prompt;
use super::run::Run;
use crate::Core;
use crate::models::{ChatModel, ChatPrompt, ModelError, ModelEvent, Sampling, StopReason, TokenUsage};

/// How often a server is asked again.
const MOST_AGAIN: u32 = 2;
/// Between the first two times it is asked; three times as long each further time.
const PAUSE: Duration = Duration::from_millis(250);
/// A server that wants to be left alone for longer is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why an answer could not be had.
pub(super) enum Failure {
    /// By the model.
    Model(ModelError),
    /// By the database, while the prompt was built.
    Database(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// How an answer ended, and what it cost when its server says.
type Answered = Result<(StopReason, Option<TokenUsage>), Failure>;

/// Has the chosen model answer, or its fallback. The job then names the one that did; when neither has begun, it names the
/// chosen one, and the failure is that one's.
pub(super) async fn answer(core: &Core, run: &Run, job: &mut Job, assembled: &mut Option<Assembled>) -> Answered {
    let failure = match fitting(core, run, job, assembled).await {
        Err(Failure::Model(error)) if !run.has_begun() && error.may_be_its_servers() => error,
        other => return other,
    };
    let Some(fallback) = core.models.fallback_of(&job.model.info().id) else {
        return Err(Failure::Model(failure));
    };
    let (from, to) = (&job.model.info().id, &fallback.info().id);
    tracing::warn!(error = %failure, from, to, message = %run.message_id, "the model failed, its fallback is asked");
    let chosen = std::mem::replace(&mut job.model, fallback);
    let answered = fitting(core, run, job, assembled).await;
    if answered.is_err() && !run.has_begun() {
        job.model = chosen;
        return Err(Failure::Model(failure));
    }
    answered
}

/// Asks one model, once more with less when the prompt was too long for it.
async fn fitting(core: &Core, run: &Run, job: &Job, assembled: &mut Option<Assembled>) -> Answered {
    let known = job.model.window();
    let first = assembled.insert(prompt(core, job, known).await?);
    let refused = match patiently(run, &job.model, first, known).await {
        Err(Failure::Model(ModelError::Overflow { window, detail })) if !run.has_begun() => {
            let smaller = smaller(first.report.window, window);
            tracing::info!(detail, smaller, model = %job.model.info().id, "a prompt was too long, trying a shorter one");
            smaller
        }
        other => return other,
    };
    let second = assembled.insert(prompt(core, job, Some(refused)).await?);
    let answered = patiently(run, &job.model, second, Some(refused)).await;
    if answered.is_ok() || run.has_begun() {
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

/// Sends a prompt, and again after a pause while what kept the answer from beginning may have passed by then.
async fn patiently(run: &Run, model: &Arc<dyn ChatModel>, prompt: &Assembled, window: Option<u32>) -> Answered {
    let mut again = 0;
    loop {
        let error = match attempt(run, model, prompt, window).await {
            Err(Failure::Model(error)) if again < MOST_AGAIN && !run.has_begun() => error,
            other => return other,
        };
        let Some(pause) = pause(&error, again, jitter(&run.message_id)) else {
            return Err(Failure::Model(error));
        };
        tracing::info!(%error, ?pause, model = %model.info().id, message = %run.message_id, "the model is asked again");
        tokio::time::sleep(pause).await;
        again += 1;
    }
}

/// How long to wait before the `again`th repetition, counted from 0; none when asking again is of no use. `jitter` is a part
/// of one: those who failed together should not come back together.
fn pause(error: &ModelError, again: u32, jitter: f64) -> Option<Duration> {
    let asked_for = match error {
        ModelError::RateLimited { retry_after, .. } => *retry_after,
        ModelError::Unreachable { .. }
        | ModelError::EndedEarly { .. }
        | ModelError::Failed {
            status: Some(502..=504 | 529),
            ..
        } => None,
        _ => return None,
    };
    let own = PAUSE * 3_u32.saturating_pow(again);
    let pause = asked_for.unwrap_or_default().max(own.mul_f64(0.5 + jitter / 2.0));
    (pause <= LONGEST_PAUSE).then_some(pause)
}

/// A number from 0 to 1 out of the random end of a `UUIDv7`.
fn jitter(id: &str) -> f64 {
    let end = id.len().checked_sub(4).and_then(|at| id.get(at..));
    let number = end.and_then(|digits| u16::from_str_radix(digits, 16).ok());
    f64::from(number.unwrap_or_default()) / f64::from(u16::MAX)
}

/// Sends a prompt, and takes in the answer as it comes.
async fn attempt(run: &Run, model: &Arc<dyn ChatModel>, prompt: &Assembled, window: Option<u32>) -> Answered {
    let prompt = ChatPrompt {
        messages: prompt.messages.clone(),
        // What the prompt leaves free; in a small window that is less than what is configured.
        max_output_tokens: window.map(|_| Ord::max(prompt.report.reserve, 1)),
        sampling: Sampling::default(),
    };
    let mut stream = model.stream(prompt).await.map_err(Failure::Model)?;
    while let Some(event) = stream.next().await {
        match event.map_err(Failure::Model)? {
            ModelEvent::Text(text) => run.push(&text),
            ModelEvent::Reasoning(thought) => run.think(&thought),
            ModelEvent::Finished { reason, usage } => return Ok((reason, usage)),
        }
    }
    Err(Failure::Model(ModelError::EndedEarly {
        detail: "the stream ended without an end mark".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(seconds: Option<u64>) -> ModelError {
        ModelError::RateLimited {
            retry_after: seconds.map(Duration::from_secs),
            detail: String::new(),
        }
    }

    fn failed(status: Option<u16>) -> ModelError {
        ModelError::Failed {
            status,
            detail: String::new(),
        }
    }

    #[test]
    fn only_what_may_pass_is_waited_for_and_not_for_long() {
        let detail = String::new;
        for (error, waited_for) in [
            (ModelError::Unreachable { detail: detail() }, true),
            (ModelError::EndedEarly { detail: detail() }, true),
            (failed(Some(502)), true),
            (failed(Some(503)), true),
            (failed(Some(504)), true),
            (failed(Some(500)), false),
            (failed(None), false),
            (limited(None), true),
            (limited(Some(5)), true),
            (limited(Some(6)), false),
            (limited(Some(u64::MAX)), false),
            (ModelError::Unauthorized { detail: detail() }, false),
            (ModelError::Timeout { waited: PAUSE }, false),
            (ModelError::Malformed { detail: detail() }, false),
        ] {
            for again in 0..MOST_AGAIN {
                let pause = pause(&error, again, 1.0);
                assert_eq!(pause.is_some(), waited_for, "{error:?}");
                assert!(pause.is_none_or(|pause| pause >= PAUSE && pause <= LONGEST_PAUSE));
            }
        }
        assert_eq!(pause(&limited(Some(3)), 0, 0.0), Some(Duration::from_secs(3)));
        assert_eq!(pause(&failed(Some(503)), 0, 0.0), Some(PAUSE / 2));
    }

    #[test]
    fn jitter_is_a_part_of_one() {
        for (id, part) in [("", 0.0), ("語", 0.0), ("x-0000", 0.0), ("0198a-ffff", 1.0)] {
            assert!((jitter(id) - part).abs() < f64::EPSILON, "{id}");
        }
    }

    #[test]
    fn what_is_taken_for_the_window_shrinks() {
        assert_eq!(smaller(4096, Some(512)), 512);
        assert_eq!(smaller(4096, Some(4096)), 2048);
        assert_eq!(smaller(4096, None), 2048);
        assert_eq!(smaller(1, None), 1);
    }
}
