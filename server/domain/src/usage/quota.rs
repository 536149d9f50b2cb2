//! How many answers a plan gives in a month. One is taken before the model is asked, in the transaction that begins the
//! answer, by one conditional statement: however many ask at once, no more are given than there are.

use entity::{Timestamp, plan_usage};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::access::Principal;
use crate::{Core, Error};

/// Takes one answer of this month for the user.
pub(crate) async fn take(core: &Core, tx: &impl ConnectionTrait, who: &Principal) -> Result<(), Error> {
    use plan_usage::{Column, Entity};
    let now = core.clock.now();
    let limit = core.config.monthly_messages(&who.plan);
    let over = |limit: u32| Error::MonthlyLimitReached {
        limit,
        renews_at: now.next_month(),
        wait: now.next_month().since(now),
    };
    if limit == Some(0) {
        return Err(over(0));
    }
    let one = plan_usage::ActiveModel {
        user_id: Set(who.user_id.clone()),
        month: Set(now.month()),
        messages: Set(1),
    };
    let messages = || Expr::col((Entity, Column::Messages));
    let mut upsert = OnConflict::columns([Column::UserId, Column::Month]);
    upsert.value(Column::Messages, messages().add(1));
    if let Some(limit) = limit {
        upsert.action_and_where(messages().lt(i64::from(limit)));
    }
    let taken = Entity::insert(one)
        .on_conflict(upsert)
        .exec_without_returning(tx)
        .await?;
    match (taken, limit) {
        (0, Some(limit)) => Err(over(limit)),
        _ => Ok(()),
    }
}

/// Gives back one that was taken at `taken_at` and came to nothing.
pub(crate) async fn give_back(tx: &impl ConnectionTrait, user_id: &str, taken_at: Timestamp) -> Result<(), DbErr> {
    use plan_usage::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Messages, Expr::col(Column::Messages).sub(1))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Month.eq(taken_at.month()))
        .filter(Column::Messages.gt(0))
        .exec(tx)
        .await
        .map(drop)
}

/// How many the user has taken this month.
pub(super) async fn taken(db: &impl ConnectionTrait, user_id: &str, now: Timestamp) -> Result<i64, DbErr> {
    let row = plan_usage::Entity::find_by_id((user_id.to_owned(), now.month()))
        .one(db)
        .await?;
    Ok(row.map_or(0, |row| row.messages))
}
