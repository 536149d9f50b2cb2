//! Getting an answer out of a model: what is sent again, what is sent shorter, and who is asked instead.
//!
//! All of it only before the first word of an answer: what a reader has seen is never taken back.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sea_orm::DbErr;
use types::threads::Source;

use super::context::{Assembled, Report};
use super::life::Job;
use super::prompt::prompt;
use super::run::Run;
use crate::Core;
use crate::documents::Found;
use crate::models::{ChatModel, ChatPrompt, ModelError, ModelEvent, Sampling, StopReason, Thinking, TokenUsage};

/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A server that wants more time than this is not waited for.
const MOST_PATIENCE: Duration = Duration::from_secs(5);
/// From here on what a prompt leaves free is left to the model to use: some servers refuse a number that is beyond their own
/// limit for answers.
const ENOUGH: u32 = 4_096;
/// Bytes of thoughts that are kept.
const MOST_REASONING: usize = 64 * 1024;

/// Why an answer could not be had.
#[derive(Debug)]
pub(super) enum Failure {
    Model(ModelError),
    Database(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// What is made on the way to an answer, beside its text; kept also when the answer comes to nothing.
pub(super) struct Made {
    /// Who answers, or was asked last.
    pub(super) model: Arc<dyn ChatModel>,
    /// What was asked.
    pub(super) assembled: Option<Assembled>,
    /// What the model thought.
    pub(super) reasoning: String,
    /// What the documents say on the question, best first.
    pub(super) found: Vec<Found>,
    /// Whether the documents had nothing on the question, and no model was asked.
    pub(super) refused: bool,
}

impl Made {
    pub(super) fn new(model: Arc<dyn ChatModel>) -> Self {
        Self {
            model,
            assembled: None,
            reasoning: String::new(),
            found: Vec::new(),
            refused: false,
        }
    }

    /// Forgets what an attempt without an answer has made.
    fn begin(&mut self, model: &Arc<dyn ChatModel>) {
        self.model = Arc::clone(model);
        self.reasoning.clear();
    }

    /// The passages that went into the prompt.
    pub(super) fn sources(&self) -> Vec<Source> {
        let numbers = self.assembled.iter().flat_map(|assembled| &assembled.sources);
        let source = |number: &u32| {
            let at = usize::try_from(*number).ok()?.checked_sub(1)?;
            self.found.get(at).map(|found| found.to_wire(*number))
        };
        numbers.filter_map(source).collect()
    }

    fn think(&mut self, thought: &str) {
        let room = MOST_REASONING.saturating_sub(self.reasoning.len());
        self.reasoning
            .push_str(&thought[..thought.floor_char_boundary(room)].replace('\0', "\u{fffd}"));
    }
}

type Answered = Result<(StopReason, Option<TokenUsage>), Failure>;

/// Asks the model of an answer, and the fallback model when another server may be able to do what this one can't.
pub(super) async fn answer(core: &Core, run: &Run, job: &Job, made: &mut Made) -> Answered {
    let model = Arc::clone(&job.model);
    let answered = within_window(core, run, job, &model, made).await;
    let Err(Failure::Model(error)) = &answered else {
        return answered;
    };
    let fallback = core.models.fallback_of(&model.info().id);
    let Some(fallback) = fallback.filter(|_| run.is_empty() && error.may_be_its_servers()) else {
        return answered;
    };
    let (from, to) = (&model.info().id, &fallback.info().id);
    tracing::warn!(%error, from, to, message = %run.message_id, "the model failed, another is asked");
    match within_window(core, run, job, &fallback, made).await {
        // What the person chose is what they are told of.
        Err(Failure::Model(second)) if run.is_empty() => {
            tracing::warn!(error = %second, model = to, message = %run.message_id, "the other failed too");
            made.begin(&model);
            answered
        }
        other => other,
    }
}

/// Asks a model with what fits into its window, and once more with less when its server says that it doesn't.
async fn within_window(core: &Core, run: &Run, job: &Job, model: &Arc<dyn ChatModel>, made: &mut Made) -> Answered {
    made.begin(model);
    let known = model.window();
    let is_corrected = model.counter().is_corrected();
    let first = prompt(core, job, &**model, known, &made.found).await?;
    let report = first.report.clone();
    let asked = ask(job, &first, known);
    made.assembled = Some(first);
    // In a window that was not known the wish for a long answer alone may have been too much.
    let wishes_blindly = known.is_none() && asked.max_output_tokens.is_some();
    let mut is_learnt = !is_corrected;
    let refused = match patiently(run, &**model, asked, made).await {
        Err(ModelError::Overflow {
            window,
            counted,
            detail,
        }) if run.is_empty() => {
            let smaller = match window {
                Some(window) if wishes_blindly => by_its_count(&report, window, counted),
                _ => {
                    is_learnt &= !wishes_blindly;
                    smaller(&report, window, counted)
                }
            };
            tracing::info!(detail, smaller, model = %model.info().id, "a prompt was too long, trying a shorter one");
            smaller
        }
        other => return other.map_err(Failure::Model),
    };
    made.begin(model);
    let second = prompt(core, job, &**model, Some(refused), &made.found).await?;
    let asked = ask(job, &second, Some(refused));
    made.assembled = Some(second);
    let answered = patiently(run, &**model, asked, made).await;
    if is_learnt && (answered.is_ok() || !run.is_empty()) {
        model.refused_above(refused);
    }
    answered.map_err(Failure::Model)
}

/// What to take for the window, in tokens, once a server has refused the prompt of this report. It counts in its own way, so
/// what it `counted` tells how much of ours goes into what it `named`. Without that it is what it named, or half when it named
/// none or one that the prompt was meant to fit into.
fn smaller(report: &Report, named: Option<u32>, counted: Option<u32>) -> u32 {
    let by_its_count = named
        .zip(counted)
        .map(|(named, counted)| scaled(report, named, counted));
    let smaller = by_its_count
        .or(named)
        .filter(|smaller| (1..report.window).contains(smaller));
    smaller.unwrap_or(report.window / 2).max(1)
}

/// What to take for a window that was not known before its server `named` it: that, or less when it counts more than we do.
fn by_its_count(report: &Report, named: u32, counted: Option<u32>) -> u32 {
    let counts_more = counted.filter(|counted| *counted > report.used);
    counts_more
        .map_or(named, |counted| scaled(report, named, counted))
        .max(1)
}

/// A window as we count, of which the server counts so many tokens, when our prompt was `counted` as so many by it.
fn scaled(report: &Report, named: u32, counted: u32) -> u32 {
    let (named, reserve) = (u64::from(named), u64::from(report.reserve));
    let room = named.saturating_sub(reserve);
    // Texts differ, so a tenth is left free.
    let fits = room * u64::from(report.used) * 9 / (u64::from(counted).max(1) * 10);
    u32::try_from(fits + reserve).unwrap_or(u32::MAX)
}

fn ask(job: &Job, prompt: &Assembled, window: Option<u32>) -> ChatPrompt {
    ChatPrompt {
        messages: prompt.messages.clone(),
        max_output_tokens: most(job.wishes.max_output_tokens, window.map(|_| &prompt.report)),
        sampling: sampling(&job.wishes.sampling, job.temperature),
    }
}

/// How words are chosen: as wished, and else with the project's temperature. Whoever wishes for one of the two ways to choose has
/// not wished for the other.
fn sampling(wished: &Sampling, temperature: Option<f64>) -> Sampling {
    let usual = temperature.filter(|_| wished.top_p.is_none());
    Sampling {
        temperature: wished.temperature.or(usual),
        ..wished.clone()
    }
}

/// Tokens an answer may have at most: what was `wished` for, and in a window that is known no more than the prompt leaves
/// free.
fn most(wished: Option<u32>, report: Option<&Report>) -> Option<u32> {
    let free = report.map(|report| report.window.saturating_sub(report.used).max(1));
    match (wished, free) {
        (Some(wished), Some(free)) => Some(wished.min(free)),
        (Some(wished), None) => Some(wished),
        (None, free) => free.filter(|free| *free < ENOUGH),
    }
}

/// Asks, and asks again after a moment what a moment may mend.
async fn patiently(
    run: &Run,
    model: &dyn ChatModel,
    prompt: ChatPrompt,
    made: &mut Made,
) -> Result<(StopReason, Option<TokenUsage>), ModelError> {
    for pause in PAUSES {
        match once(run, model, prompt.clone(), made).await {
            Err(error)
                if run.is_empty()
                    && let Some(wait) = wait(&error, spread(pause, &run.message_id)) =>
            {
                tracing::info!(%error, ?wait, model = %model.info().id, "the model failed, trying again");
                made.reasoning.clear();
                tokio::time::sleep(wait).await;
            }
            other => return other,
        }
    }
    once(run, model, prompt, made).await
}

/// A pause a quarter shorter or longer, so that answers that failed together don't all come back together. Which of them how
/// much is in their ids, whose ends are random.
fn spread(pause: Duration, message_id: &str) -> Duration {
    let end = message_id.get(message_id.len().saturating_sub(2)..).unwrap_or_default();
    let share = f64::from(u8::from_str_radix(end, 16).unwrap_or(128)) / 255.0;
    pause.mul_f64(0.75 + share / 2.0)
}

/// How long to wait before trying again, if that makes sense at all: what the server asks for, or `pause`.
fn wait(error: &ModelError, pause: Duration) -> Option<Duration> {
    match error {
        ModelError::RateLimited {
            retry_after: Some(wait),
            ..
        } => (*wait <= MOST_PATIENCE).then_some(*wait),
        ModelError::RateLimited { .. }
        | ModelError::Unreachable { .. }
        | ModelError::EndedEarly { .. }
        | ModelError::Failed {
            status: Some(502..=504 | 529),
            ..
        } => Some(pause),
        _ => None,
    }
}

/// Sends a prompt, and takes in the answer as it comes.
async fn once(
    run: &Run,
    model: &dyn ChatModel,
    prompt: ChatPrompt,
    made: &mut Made,
) -> Result<(StopReason, Option<TokenUsage>), ModelError> {
    let mut thinking = Thinking::default();
    let mut take = |event| match event {
        ModelEvent::Text(text) => {
            run.push(&text);
            None
        }
        ModelEvent::Reasoning(thought) => {
            made.think(&thought);
            None
        }
        ModelEvent::Finished { reason, usage } => Some((reason, usage)),
    };
    let mut stream = model.stream(prompt).await?;
    while let Some(event) = stream.next().await {
        match event? {
            ModelEvent::Text(text) => {
                for event in thinking.take(&text) {
                    take(event);
                }
            }
            event @ ModelEvent::Reasoning(_) => _ = take(event),
            event @ ModelEvent::Finished { .. } => {
                thinking.finish().into_iter().for_each(|event| _ = take(event));
                if let Some(end) = take(event) {
                    return Ok(end);
                }
            }
        }
    }
    Err(ModelError::EndedEarly {
        detail: "the stream ended without an end mark".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail() -> String {
        String::new()
    }

    #[test]
    fn only_what_a_moment_may_mend_is_tried_again() {
        let seconds = Duration::from_secs;
        let limited = |retry_after| ModelError::RateLimited {
            retry_after,
            detail: detail(),
        };
        let failed = |status| ModelError::Failed {
            status,
            detail: detail(),
        };
        assert_eq!(wait(&limited(Some(seconds(3))), seconds(1)), Some(seconds(3)));
        assert_eq!(wait(&limited(Some(seconds(6))), seconds(1)), None);
        for error in [
            limited(None),
            failed(Some(503)),
            ModelError::Unreachable { detail: detail() },
            ModelError::EndedEarly { detail: detail() },
        ] {
            assert_eq!(wait(&error, seconds(1)), Some(seconds(1)));
        }
        for error in [
            failed(Some(500)),
            failed(None),
            ModelError::Timeout { waited: seconds(1) },
            ModelError::Unauthorized { detail: detail() },
            ModelError::Overflow {
                window: None,
                counted: None,
                detail: detail(),
            },
        ] {
            assert_eq!(wait(&error, seconds(1)), None, "{error:?}");
        }
    }

    #[test]
    fn a_window_is_taken_for_what_the_server_counts() {
        let report = |window: u32, reserve: u32, used: u32| -> Report {
            let json = serde_json::json!({
                "window": window, "reserve": reserve, "used": used, "included": 0, "omitted": false, "skipped": 0,
                "shortened": [],
            });
            serde_json::from_value(json).unwrap()
        };
        let known = report(4_096, 600, 3_000);
        for (named, counted, taken) in [
            // Of 4,000 that may be in it the server counts 3,496, less a tenth: 3,000 of ours are 4,000 of its.
            (Some(4_096), Some(4_000), 600 + 3_496 * 3_000 * 9 / 40_000),
            (Some(1_024), None, 1_024),
            (Some(8_192), None, 2_048),
            (None, None, 2_048),
        ] {
            assert_eq!(smaller(&known, named, counted), taken, "{named:?} {counted:?}");
        }
        let unknown = report(4_096, 2_048, 1_000);
        for (counted, taken) in [
            (None, 8_192),
            (Some(900), 8_192),
            (Some(2_000), 2_048 + 6_144 * 1_000 * 9 / 20_000),
        ] {
            assert_eq!(by_its_count(&unknown, 8_192, counted), taken, "{counted:?}");
        }
    }

    #[test]
    fn pauses_are_spread() {
        let second = Duration::from_secs(1);
        assert_eq!(spread(second, "00"), Duration::from_millis(750));
        assert_eq!(
            spread(second, "019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6aff"),
            Duration::from_millis(1250)
        );
        for odd in ["", "x", "é", "zz"] {
            assert!(spread(second, odd) > Duration::from_millis(900), "{odd}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_question_is_wrong_everywhere() {
        assert!(
            !ModelError::Overflow {
                window: None,
                counted: None,
                detail: detail()
            }
            .may_be_its_servers()
        );
        assert!(
            !ModelError::Rejected {
                status: 400,
                detail: detail()
            }
            .may_be_its_servers()
        );
        assert!(ModelError::NotFound { detail: detail() }.may_be_its_servers());
        assert!(
            ModelError::Timeout {
                waited: Duration::from_secs(1)
            }
            .may_be_its_servers()
        );
    }

    #[test]
    fn a_refused_prompt_is_shortened_by_what_the_server_counts() {
        let report = |window, reserve, used| {
            let mut report = Report::new(window, reserve);
            report.used = used;
            report
        };
        for (report, named, counted, expected) in [
            // It counts three times as much: of 496 tokens there are 165, less a tenth, and the reserve.
            (report(512, 16, 496), Some(512), Some(1_488), 164),
            (report(4_096, 600, 3_400), Some(2_048), None, 2_048),
            (report(4_096, 600, 3_400), Some(8_192), None, 2_048),
            (report(4_096, 600, 3_400), None, Some(9_000), 2_048),
            (report(4_096, 600, 3_400), None, None, 2_048),
            (report(1, 0, 1), None, None, 1),
            (report(4_096, 600, 0), Some(512), Some(1), 600),
        ] {
            assert_eq!(
                smaller(&report, named, counted),
                expected,
                "{report:?} {named:?} {counted:?}"
            );
        }
    }

    #[test]
    fn words_are_chosen_as_wished() {
        for (temperature, top_p, usual, expected) in [
            (None, None, Some(0.7), Some(0.7)),
            (Some(0.1), None, Some(0.7), Some(0.1)),
            (None, Some(0.5), Some(0.7), None),
            (Some(0.1), Some(0.5), Some(0.7), Some(0.1)),
            (None, None, None, None),
        ] {
            let wished = Sampling {
                temperature,
                top_p,
                stop: vec!["END".to_owned()],
            };
            let sampling = sampling(&wished, usual);
            assert_eq!((sampling.temperature, sampling.top_p), (expected, top_p));
            assert_eq!(sampling.stop, wished.stop);
        }
    }

    #[test]
    fn an_answer_has_what_was_wished_for_within_what_is_free() {
        let report = |used| {
            let mut report = Report::new(4_096, 600);
            report.used = used;
            report
        };
        for (wished, used, expected) in [
            (None, None, None),
            (Some(9), None, Some(9)),
            (None, Some(3_000), Some(1_096)),
            (Some(9), Some(3_000), Some(9)),
            (Some(2_000), Some(3_000), Some(1_096)),
            (None, Some(0), None),
            (None, Some(5_000), Some(1)),
        ] {
            let report = used.map(report);
            assert_eq!(most(wished, report.as_ref()), expected, "{wished:?} {used:?}");
        }
    }
}
