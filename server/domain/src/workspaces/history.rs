//! What was said in a conversation of a workspace.

use entity::messages::{self, MessageRole};
use entity::threads;
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};
use types::threads::Feedback;
use types::workspaces::{ChatMode, Metrics, Said, WorkspaceReply};

use crate::access::Principal;
use crate::messages::{feedback_of, find_message, is_running, sources_of, usage_of};
use crate::threads::{self as thread_rules, Session};
use crate::{Core, Error};

/// In which order exchanges are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// The thread of a session of the caller's; none when nothing was said in it yet.
pub async fn conversation(core: &Core, who: &Principal, session: &Session) -> Result<Option<String>, Error> {
    let id: Option<String> = thread_rules::session(who, session)
        .select_only()
        .column(threads::Column::Id)
        .into_tuple()
        .one(core.db.read())
        .await?;
    Ok(id)
}

/// Exchanges of a thread of the caller's own, with what is in its context: what was reset or refused is not there.
pub async fn history(
    core: &Core,
    who: &Principal,
    thread_id: &str,
    limit: u64,
    order: Order,
) -> Result<Vec<Said>, Error> {
    use messages::Column;
    thread_rules::get(core, who, thread_id).await?;
    let backend = core.db.backend();
    let rows = match order {
        Order::Ascending => messages::Entity::oldest_of_thread(backend, thread_id, i64::MIN),
        Order::Descending => messages::Entity::newest_of_thread(backend, thread_id, i64::MAX),
    };
    let rows = rows
        .filter(Column::Role.eq(MessageRole::User))
        .filter(Column::InContext.eq(true))
        .limit(limit)
        .all(core.db.read())
        .await?;
    let mut answers = answers_to(core, thread_id, &rows).await?;
    let mut said = Vec::with_capacity(rows.len() * 2);
    for question in rows {
        let answer = answers
            .iter()
            .position(|answer| answer.reply_to.as_deref() == Some(&question.id))
            .map(|at| answers.swap_remove(at));
        let chat_id = answer.as_ref().map_or(question.seq, |answer| answer.seq);
        said.push(Said::User {
            content: question.content,
            sent_at: question.created_at.seconds(),
            attachments: Vec::new(),
            chat_id,
        });
        said.extend(answer.map(|answer| Said::Assistant {
            kind: ChatMode::Chat.as_str().to_owned(),
            sources: sources_of(&answer),
            chat_id,
            sent_at: answer.created_at.seconds(),
            feedback_score: feedback_of(&answer).map(|feedback| feedback == Feedback::Up),
            metrics: metrics(core, &answer),
            content: answer.content,
        }));
    }
    Ok(said)
}

async fn answers_to(
    core: &Core,
    thread_id: &str,
    questions: &[messages::Model],
) -> Result<Vec<messages::Model>, DbErr> {
    use messages::Column;
    let seqs = questions.iter().map(|question| question.seq);
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(Vec::new());
    };
    // Answers follow what they answer closely; one that was asked for anew may stand behind later questions.
    let newest = questions.iter().find(|question| question.seq == last);
    let of_newest = newest.map(|question| Column::ReplyTo.eq(&question.id));
    let mut which = sea_orm::Condition::any().add(Column::Seq.between(first, last));
    if let Some(of_newest) = of_newest {
        which = which.add(of_newest);
    }
    messages::Entity::of_thread(thread_id)
        .filter(Column::Role.eq(MessageRole::Assistant))
        .filter(Column::InContext.eq(true))
        .filter(which)
        .all(core.db.read())
        .await
}

/// An answer that is over, as one reply.
pub async fn exchange(core: &Core, who: &Principal, message_id: &str) -> Result<WorkspaceReply, Error> {
    let (answer, _) = find_message(core.db.read(), who, message_id).await?;
    Ok(WorkspaceReply {
        kind: "textResponse".to_owned(),
        sources: sources_of(&answer),
        close: true,
        error: None,
        chat_id: Some(answer.seq),
        metrics: metrics(core, &answer),
        id: answer.id,
        text_response: Some(answer.content),
    })
}

/// What an answer cost, once that is known.
fn metrics(core: &Core, answer: &messages::Model) -> Option<Metrics> {
    if is_running(answer) {
        return None;
    }
    let usage = usage_of(answer)?;
    let took = (answer.updated_at.millis() - answer.created_at.millis()).max(1);
    #[expect(
        clippy::cast_precision_loss,
        reason = "tokens and milliseconds of an answer are far below 2^52"
    )]
    let (duration, tokens) = (took as f64 / 1000.0, usage.output_tokens as f64);
    let model = answer.model.as_deref().and_then(|id| core.models.get(id));
    Some(Metrics {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        output_tps: (tokens / duration * 100.0).round() / 100.0,
        duration,
        model: answer.model.clone(),
        provider: model.map(|model| model.info().provider.to_owned()),
        timestamp: answer.updated_at.to_string(),
    })
}
