//! What was used, per user, team, key, model and day; and how much there is.

pub(crate) mod quota;
mod report;

pub use report::{Wanted, report};

use entity::{Timestamp, usage_daily, users};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

/// One answer.
#[derive(Debug)]
pub(crate) struct Used<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) team_id: Option<&'a str>,
    pub(crate) api_key_id: Option<&'a str>,
    pub(crate) model: &'a str,
    pub(crate) prompt_tokens: i64,
    pub(crate) completion_tokens: i64,
}

/// Adds an answer to its day. Of somebody whose account is gone by now nothing is kept.
pub(crate) async fn add(tx: &impl ConnectionTrait, used: Used<'_>, at: Timestamp) -> Result<(), DbErr> {
    add_messages(tx, 1, used, at).await
}

/// Adds the tokens of what is no answer to its day.
pub(crate) async fn add_tokens(tx: &impl ConnectionTrait, used: Used<'_>, at: Timestamp) -> Result<(), DbErr> {
    add_messages(tx, 0, used, at).await
}

async fn add_messages(tx: &impl ConnectionTrait, messages: i64, used: Used<'_>, at: Timestamp) -> Result<(), DbErr> {
    use usage_daily::Column;
    if users::Entity::find_by_id(used.user_id).one(tx).await?.is_none() {
        return Ok(());
    }
    let row = usage_daily::ActiveModel {
        user_id: Set(used.user_id.to_owned()),
        day: Set(at.day()),
        model: Set(used.model.to_owned()),
        team_id: Set(used.team_id.unwrap_or_default().to_owned()),
        api_key_id: Set(used.api_key_id.unwrap_or_default().to_owned()),
        messages: Set(messages),
        prompt_tokens: Set(used.prompt_tokens),
        completion_tokens: Set(used.completion_tokens),
    };
    let plus = |column: Column, by: i64| (column, Expr::col((usage_daily::Entity, column)).add(by));
    let upsert = OnConflict::columns([
        Column::UserId,
        Column::Day,
        Column::Model,
        Column::TeamId,
        Column::ApiKeyId,
    ])
    .values([
        plus(Column::Messages, messages),
        plus(Column::PromptTokens, used.prompt_tokens),
        plus(Column::CompletionTokens, used.completion_tokens),
    ])
    .to_owned();
    usage_daily::Entity::insert(row)
        .on_conflict(upsert)
        .exec_without_returning(tx)
        .await
        .map(drop)
}
