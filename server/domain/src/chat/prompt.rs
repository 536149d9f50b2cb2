//! Reading what a prompt is made of.

use entity::messages::{self, MessageRole, MessageStatus};
use entity::{projects, teams, threads};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::context::{Assembled, Assembler, Budget, Turn};
use super::life::Job;
use crate::Core;

/// Messages read at a time while a prompt is filled.
const HISTORY_PAGE: u64 = 50;

/// Fills the model's window: what the team and the project say, what was said last, and of the history, newest first,
/// as much as fits. Reads no more of it than that.
pub(super) async fn prompt(core: &Core, job: &Job) -> Result<Assembled, DbErr> {
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
