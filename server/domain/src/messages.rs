//! The messages of a thread: read page by page, one by one, rated, deleted.

use entity::messages::{self, MessageRole, MessageStatus};
use entity::{api_keys, threads};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use types::chat::FinishReason;
use types::prompts::PromptReport;
use types::threads as wire;

use crate::access::Principal;
use crate::chat::{PREVIEW_LENGTH, summaries};
use crate::clock::is_id;
use crate::error::Problems;
use crate::feed::{Kind, changes};
use crate::page::{PageRequest, cursor, cut};
use crate::threads::{find, find_to_write};
use crate::{Core, Error, text};

const WHAT: &str = "Message";
const LONGEST_COMMENT: usize = 2_000;

/// A message and the key it came through.
pub(crate) type Row = (messages::Model, Option<api_keys::Model>);

/// Messages of a thread, going back in time page by page; within a page oldest first.
pub async fn list(core: &Core, who: &Principal, id: &str, page: &PageRequest) -> Result<wire::MessageList, Error> {
    let thread = find(core.db.read(), who, id).await?;
    page_of(core, &thread.id, page).await
}

pub(crate) async fn page_of(core: &Core, thread_id: &str, page: &PageRequest) -> Result<wire::MessageList, Error> {
    let (rows, next_cursor) = rows_of(core, thread_id, page).await?;
    let messages = rows
        .into_iter()
        .map(|(message, key)| to_wire(core, message, key))
        .collect();
    Ok(wire::MessageList { messages, next_cursor })
}

/// The rows of a page, oldest first, and the cursor of the one before it in time.
pub(crate) async fn rows_of(
    core: &Core,
    thread_id: &str,
    page: &PageRequest,
) -> Result<(Vec<Row>, Option<String>), Error> {
    let limit = page.limit()?;
    let list = format!("messages:{thread_id}");
    let before = page.place::<i64>(&list)?.unwrap_or(i64::MAX);
    let rows = messages::Entity::newest_of_thread(core.db.backend(), thread_id, before.saturating_sub(1));
    let mut rows = rows
        .find_also_related(api_keys::Entity)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some((last, _))) => Some(cursor(&list, &last.seq)?),
        _ => None,
    };
    rows.reverse();
    Ok((rows, next_cursor))
}

/// A message the caller may see, with the key it came through.
pub(crate) async fn find_message(db: &impl ConnectionTrait, who: &Principal, id: &str) -> Result<Row, Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    messages::Entity::visible_to(&who.scope)
        .filter(messages::Column::Id.eq(id))
        .find_also_related(api_keys::Entity)
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))
}

/// Whether a message is in a thread and the caller may see it; one that another took the place of is not.
pub async fn is_in(core: &Core, who: &Principal, thread_id: &str, id: &str) -> Result<bool, Error> {
    match find_message(core.db.read(), who, id).await {
        Ok((message, _)) => Ok(message.thread_id == thread_id),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A message as callers see it. Of one that is being written here, the text so far.
pub async fn read(core: &Core, who: &Principal, id: &str) -> Result<wire::Message, Error> {
    let (message, key) = find_message(core.db.read(), who, id).await?;
    Ok(to_wire(core, message, key))
}

/// Deletes a message. An answer that is being written is stopped.
pub async fn delete(core: &Core, who: &Principal, thread_id: &str, id: &str) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let thread = find_to_write(&tx, who, thread_id).await?;
    let (message, _) = find_message(&tx, who, id).await?;
    if message.thread_id != thread.id {
        return Err(Error::NotFound(WHAT));
    }
    if message.user_id != who.user_id {
        return Err(Error::Forbidden("Only the person who wrote a message can delete it"));
    }
    // The thread before its messages, as everywhere.
    threads::Entity::update_many()
        .col_expr(
            threads::Column::MessageCount,
            Expr::col(threads::Column::MessageCount).sub(1),
        )
        .filter(threads::Column::Id.eq(&thread.id))
        .exec(&tx)
        .await?;
    let deleted = messages::Entity::delete_by_id(message.seq).exec(&tx).await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    summaries::forget(&tx, &thread.id, message.seq).await?;
    refresh_preview(&tx, &thread.id).await?;
    tx.commit().await?;
    core.chat.abandon(id);
    core.feed
        .publish_all(changes(&thread, [Kind::MessageGone(message.id), Kind::Thread]));
    Ok(())
}

/// Keeps what somebody who may write to the thread thinks of an answer, in place of what was thought before.
pub async fn rate(core: &Core, who: &Principal, id: &str, input: wire::FeedbackRequest) -> Result<(), Error> {
    use messages::Column;
    let comment = input.comment.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let mut problems = Problems::default();
    if let Some(comment) = comment {
        problems.note(text::no_nul("comment", comment));
        problems.note(text::at_most("comment", comment, LONGEST_COMMENT));
    }
    problems.finish()?;
    let (message, _) = find_message(core.db.read(), who, id).await?;
    if message.role != MessageRole::Assistant {
        return Err(Error::NotFound("Answer"));
    }
    let thread = find_to_write(core.db.read(), who, &message.thread_id).await?;
    let feedback = input.feedback.map(|feedback| match feedback {
        wire::Feedback::Up => "up".to_owned(),
        wire::Feedback::Down => "down".to_owned(),
    });
    let comment = comment.filter(|_| feedback.is_some()).map(str::to_owned);
    let rated = messages::Entity::update_many()
        .col_expr(Column::Feedback, Expr::value(feedback))
        .col_expr(Column::FeedbackComment, Expr::value(comment))
        .filter(Column::Seq.eq(message.seq))
        .filter(Column::SupersededAt.is_null())
        .exec(core.db.write())
        .await?;
    if rated.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    core.feed.publish_all(changes(&thread, [Kind::Message(message.id)]));
    Ok(())
}

/// Sets what a list shows of a thread to the beginning of the newest message that is there.
pub(crate) async fn refresh_preview(tx: &impl ConnectionTrait, thread_id: &str) -> Result<(), DbErr> {
    let newest = messages::Entity::newest_of_thread(tx.get_database_backend(), thread_id, i64::MAX);
    let newest: Option<String> = newest
        .select_only()
        .column(messages::Column::Content)
        .filter(messages::Column::Content.ne(""))
        .into_tuple()
        .one(tx)
        .await?;
    let preview = newest.map(|content| text::beginning(&content, PREVIEW_LENGTH));
    threads::Entity::update_many()
        .col_expr(threads::Column::LastMessagePreview, Expr::value(preview))
        .filter(threads::Column::Id.eq(thread_id))
        .exec(tx)
        .await
        .map(drop)
}

pub(crate) fn status_to_wire(status: MessageStatus) -> wire::MessageStatus {
    match status {
        MessageStatus::Queued => wire::MessageStatus::Queued,
        MessageStatus::Streaming => wire::MessageStatus::Streaming,
        MessageStatus::Complete => wire::MessageStatus::Complete,
        MessageStatus::Stopped => wire::MessageStatus::Stopped,
        MessageStatus::Failed => wire::MessageStatus::Failed,
        MessageStatus::Interrupted => wire::MessageStatus::Interrupted,
    }
}

pub(crate) fn usage_of(message: &messages::Model) -> Option<wire::Usage> {
    let (input_tokens, output_tokens) = message.prompt_tokens.zip(message.completion_tokens)?;
    Some(wire::Usage {
        input_tokens,
        output_tokens,
        total_tokens: input_tokens + output_tokens,
    })
}

pub(crate) fn role_to_wire(role: MessageRole) -> wire::MessageRole {
    match role {
        MessageRole::System => wire::MessageRole::System,
        MessageRole::User => wire::MessageRole::User,
        MessageRole::Assistant => wire::MessageRole::Assistant,
    }
}

pub(crate) fn finish_reason_of(message: &messages::Model) -> Option<FinishReason> {
    match message.finish_reason.as_deref()? {
        "length" => Some(FinishReason::Length),
        "stopped" => Some(FinishReason::Stopped),
        _ => Some(FinishReason::Stop),
    }
}

pub(crate) fn feedback_of(message: &messages::Model) -> Option<wire::Feedback> {
    match message.feedback.as_deref() {
        Some("up") => Some(wire::Feedback::Up),
        Some("down") => Some(wire::Feedback::Down),
        _ => None,
    }
}

pub(crate) fn sources_of(message: &messages::Model) -> Vec<wire::Source> {
    message
        .sources
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

pub(crate) fn report_of(message: &messages::Model) -> Option<PromptReport> {
    let report = message.prompt_report.as_deref()?;
    serde_json::from_str(report).ok()
}

pub(crate) fn is_running(message: &messages::Model) -> bool {
    matches!(message.status, MessageStatus::Queued | MessageStatus::Streaming)
}

pub(crate) fn to_wire(core: &Core, mut message: messages::Model, key: Option<api_keys::Model>) -> wire::Message {
    if let Some(text) = core.chat.text_of(&message.id).filter(|_| is_running(&message)) {
        message.content = text;
    }
    wire::Message {
        role: role_to_wire(message.role),
        status: status_to_wire(message.status),
        sources: sources_of(&message),
        usage: usage_of(&message),
        prompt_report: report_of(&message),
        feedback: feedback_of(&message),
        finish_reason: finish_reason_of(&message),
        id: message.id,
        thread_id: message.thread_id,
        user_id: message.user_id,
        content: message.content,
        model: message.model,
        reasoning: message.reasoning,
        api_key_id: message.api_key_id,
        via: key.map(|key| wire::Via { name: key.name }),
        error: message.error,
        request_id: message.request_id,
        created_at: message.created_at.to_string(),
    }
}
