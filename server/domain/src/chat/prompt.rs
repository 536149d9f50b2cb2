//! Reading what a prompt is made of.

use std::ops::RangeInclusive;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::teams;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};

use super::basis::Basis;
use super::context::{Assembled, Assembler, Budget, Parts, Turn};
use super::life::Job;
use super::summaries;
use crate::documents::{self, Found};
use crate::messages::role_to_wire;
use crate::models::ChatModel;
use crate::workspaces::DEFAULT_REFUSAL;
use crate::{Core, projects, settings};

/// Messages read at a time while a prompt is filled: few at first, since a few long ones may fill it, then more.
const FIRST_PAGE: u64 = 4;
const LONGEST_PAGE: u64 = 64;

/// Fills the model's window: what the team and the project say, what was said last, and of the history, newest first,
/// as much as fits. Reads no more of it than that. `window` is in tokens; none when it is not known.
pub(super) async fn prompt(
    core: &Core,
    job: &Job,
    model: &dyn ChatModel,
    window: Option<u32>,
    found: &[Found],
) -> Result<Assembled, DbErr> {
    let counter = model.counter();
    let count = |text: &str| counter.count(text);
    let reserve = core.config.chat.reply_reserve_tokens;
    let budget = Budget {
        window,
        reply_reserve: job.wishes.max_output_tokens.unwrap_or(reserve),
    };
    let mut parts = Parts {
        system: system_parts(core, job).await?,
        user: job.content.clone(),
        sources: found.iter().map(Found::to_part).collect(),
        ..Parts::default()
    };
    if let Basis::Given(given) = &job.basis {
        let mut assembler = Assembler::new(budget, &count, parts);
        for turn in given.turns.iter().rev() {
            if !assembler.offer(turn.clone()) {
                break;
            }
        }
        return Ok(assembler.finish());
    }
    parts.summary = summaries::summary(core, &job.thread.id, job.user_seq).await?;
    parts.most_turns = job.most_turns;
    let mut assembler = Assembler::new(budget, &count, parts);
    let earlier = i64::MIN..=job.user_seq.saturating_sub(1);
    offer_history(core, &job.thread.id, earlier, &mut assembler).await?;
    Ok(assembler.finish())
}

/// Offers the messages of a thread with these numbers, newest first, page by page until no more are wanted: those that may
/// go into prompts and have ended. Whether the asker may see the thread is settled before.
pub async fn offer_history(
    core: &Core,
    thread_id: &str,
    numbers: RangeInclusive<i64>,
    assembler: &mut Assembler<'_>,
) -> Result<(), DbErr> {
    use messages::Column;
    let (first, mut last) = numbers.into_inner();
    let mut rows = FIRST_PAGE;
    loop {
        let mut page = messages::Entity::newest_of_thread(core.db.backend(), thread_id, last);
        if first > i64::MIN {
            page = page.filter(Column::Seq.gte(first));
        }
        let page = told(core, page, rows).await?;
        let is_last = page.len() < usize::try_from(rows).unwrap_or(usize::MAX);
        for (seq, role, content) in page {
            last = seq.saturating_sub(1);
            let turn = Turn {
                seq: Some(seq),
                ..Turn::new(role_to_wire(role), content)
            };
            if !assembler.offer(turn) {
                return Ok(());
            }
        }
        if is_last {
            return Ok(());
        }
        rows = Ord::min(rows * 4, LONGEST_PAGE);
    }
}

/// Number, role and text of the first so many of these messages that may go into prompts and have ended.
pub(super) async fn told(
    core: &Core,
    messages: Select<messages::Entity>,
    rows: u64,
) -> Result<Vec<(i64, MessageRole, String)>, DbErr> {
    use messages::Column;
    messages
        .select_only()
        .columns([Column::Seq, Column::Role, Column::Content])
        .filter(Column::InContext.eq(true))
        .filter(Column::Status.is_not_in([MessageStatus::Queued, MessageStatus::Streaming]))
        .limit(rows)
        .into_tuple()
        .all(core.db.read())
        .await
}

/// What the team of a thread says, then its project, then what the asker says of themself. A caller who brings a
/// conversation brings its instructions too.
async fn system_parts(core: &Core, job: &Job) -> Result<Vec<String>, DbErr> {
    let mut parts = Vec::new();
    if let Basis::Given(given) = &job.basis {
        if given.with_project {
            parts.extend(project_part(core, job).await?);
        }
        parts.extend(given.system.iter().cloned());
        return Ok(parts);
    }
    parts.extend(team_part(core, job).await?);
    parts.extend(project_part(core, job).await?);
    parts.extend(settings::prompt_part(core, &job.who).await?);
    parts.retain(|part| !part.trim().is_empty());
    Ok(parts)
}

/// What the team of a thread says.
async fn team_part(core: &Core, job: &Job) -> Result<Option<String>, DbErr> {
    let Some(team_id) = &job.thread.team_id else {
        return Ok(None);
    };
    let team = teams::Entity::find_by_id(team_id).one(core.db.read()).await?;
    Ok(team.map(|team| team.context))
}

/// The instructions of the project a thread lies in, if the asker may see it.
async fn project_part(core: &Core, job: &Job) -> Result<Option<String>, DbErr> {
    let project = projects::of_thread(core.db.read(), &job.who, &job.thread).await?;
    Ok(project.map(|project| project.context))
}

/// What the documents say on a question.
pub(super) enum Grounds {
    /// These passages, best first; there may be none.
    Found(Vec<Found>),
    /// Nothing, and only they count: this is said instead of an answer.
    Refused(String),
}

/// Looks the question up in the documents of the project, where they count.
pub(super) async fn grounds(core: &Core, job: &Job) -> Result<Grounds, DbErr> {
    if matches!(&job.basis, Basis::Given(given) if !given.with_project) {
        return Ok(Grounds::Found(Vec::new()));
    }
    let project = projects::of_thread(core.db.read(), &job.who, &job.thread).await?;
    let found = match &project {
        Some(project) => documents::retrieve(core, project, &job.content).await?,
        None => Vec::new(),
    };
    if job.basis == Basis::Documents && found.is_empty() {
        let own = project.and_then(|project| project.refusal);
        return Ok(Grounds::Refused(own.unwrap_or_else(|| DEFAULT_REFUSAL.to_owned())));
    }
    Ok(Grounds::Found(found))
}
