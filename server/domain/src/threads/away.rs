//! Deleting what may be wanted back, and what is done to all threads at once.

use std::time::Duration;

use entity::messages::{self, MessageStatus};
use entity::{Scope, Timestamp, threads};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::threads::{DELETE_ALL_CONFIRMATION, ThreadRow};

use super::{WHAT, lock_to_write, require_role, row_of};
use crate::access::Principal;
use crate::clock::is_id;
use crate::feed::{Change, Kind, changes};
use crate::{Core, Error};

/// How long a deleted thread can be taken back.
const KEPT: Duration = Duration::from_hours(1);
/// Threads that are changed in one statement.
const AT_ONCE: usize = 500;
/// Threads that are forgotten in one transaction: with them go all their messages.
const FORGOTTEN_AT_ONCE: u64 = 20;

/// Deletes a thread so that it can be taken back for an hour; for everybody it is gone at once, and its answers stop. Only
/// the person who started it may.
pub async fn put_away(core: &Core, who: &Principal, id: &str) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let thread = lock_to_write(&tx, who, id).await?;
    if thread.user_id != who.user_id {
        return Err(Error::Forbidden("Only the person who started a thread can delete it"));
    }
    put_away_all(core, &tx, &[&thread.id], core.clock.now()).await?;
    tx.commit().await?;
    core.chat.abandon_thread(&thread.id);
    core.feed.publish_all(changes(&thread, [Kind::ThreadGone]));
    Ok(())
}

/// Takes the deletion of a thread back.
pub async fn restore(core: &Core, who: &Principal, id: &str) -> Result<ThreadRow, Error> {
    use threads::Column;
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let tx = core.db.begin().await?;
    let thread = threads::Entity::deleted_of(&who.scope)
        .filter(Column::Id.eq(id))
        .filter(Column::DeletedAt.gt(forgotten_before(core)))
        .lock(LockType::NoKeyUpdate)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    require_role(&tx, who, &thread).await?;
    threads::Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(Option::<Timestamp>::None))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    core.feed.publish_all(changes(&thread, [Kind::Thread]));
    let thread = threads::Model {
        deleted_at: None,
        ..thread
    };
    row_of(core, who, thread).await
}

/// Archives all of the caller's own threads outside teams; says how many.
pub async fn archive_all(core: &Core, who: &Principal) -> Result<u32, Error> {
    use threads::Column;
    who.require_person()?;
    let archived = threads::Entity::update_many()
        .col_expr(Column::ArchivedAt, Expr::value(Some(core.clock.now())))
        .filter(Column::UserId.eq(&who.user_id))
        .filter(Column::TeamId.is_null())
        .filter(Column::DeletedAt.is_null())
        .filter(Column::ArchivedAt.is_null())
        .exec(core.db.write())
        .await?
        .rows_affected;
    if archived > 0 {
        core.feed.publish(all_of(who));
    }
    Ok(u32::try_from(archived).unwrap_or(u32::MAX))
}

/// Deletes all of the caller's own threads outside teams, archived ones included, each of which can be taken back for an
/// hour; says how many.
pub async fn delete_all(core: &Core, who: &Principal, confirmation: &str) -> Result<u32, Error> {
    who.require_person()?;
    if confirmation.trim().to_lowercase() != DELETE_ALL_CONFIRMATION {
        return Err(Error::invalid(
            "confirmation",
            format!("Type “{DELETE_ALL_CONFIRMATION}” to delete all chats"),
        ));
    }
    let own = Scope::Personal {
        user_id: who.user_id.clone(),
    };
    let tx = core.db.begin().await?;
    let ids: Vec<String> = threads::Entity::visible_to(&own)
        .select_only()
        .column(threads::Column::Id)
        .order_by_asc(threads::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(&tx)
        .await?;
    let now = core.clock.now();
    for ids in ids.chunks(AT_ONCE) {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        put_away_all(core, &tx, &ids, now).await?;
    }
    tx.commit().await?;
    for id in &ids {
        core.chat.abandon_thread(id);
    }
    if !ids.is_empty() {
        core.feed.publish(all_of(who));
    }
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}

/// Deletes threads whose rows are locked, and takes their answers from the servers that write them: those find it out
/// when they flush next.
async fn put_away_all(core: &Core, tx: &impl ConnectionTrait, ids: &[&str], now: Timestamp) -> Result<(), DbErr> {
    use messages::Column;
    threads::Entity::update_many()
        .col_expr(threads::Column::DeletedAt, Expr::value(Some(now)))
        .filter(threads::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    // In the order of the rows, as those who flush lock them.
    let running: Vec<i64> = messages::Entity::find()
        .select_only()
        .column(Column::Seq)
        .filter(Column::ThreadId.is_in(ids.iter().copied()))
        .filter(Column::LeaseUntil.is_not_null())
        .order_by_asc(Column::Seq)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(tx)
        .await?;
    if running.is_empty() {
        return Ok(());
    }
    messages::Entity::update_many()
        .col_expr(Column::Status, Expr::value(MessageStatus::Stopped))
        .col_expr(Column::FinishReason, Expr::value(Some("stopped".to_owned())))
        .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<Timestamp>::None))
        .col_expr(Column::UpdatedAt, Expr::value(core.clock.now()))
        .filter(Column::Seq.is_in(running))
        .exec(tx)
        .await
        .map(drop)
}

/// Forgets the threads that can no longer be taken back.
pub(crate) async fn forget_deleted(core: &Core) -> Result<(), DbErr> {
    use threads::Column;
    loop {
        let ids: Vec<String> = threads::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::DeletedAt.lte(forgotten_before(core)))
            .limit(FORGOTTEN_AT_ONCE)
            .into_tuple()
            .all(core.db.read())
            .await?;
        if ids.is_empty() {
            return Ok(());
        }
        threads::Entity::delete_many()
            .filter(Column::Id.is_in(ids))
            .filter(Column::DeletedAt.lte(forgotten_before(core)))
            .exec(core.db.write())
            .await?;
    }
}

fn forgotten_before(core: &Core) -> Timestamp {
    core.clock.now().minus(KEPT)
}

fn all_of(who: &Principal) -> Change {
    Change {
        user_id: who.user_id.clone(),
        team_id: None,
        thread_id: String::new(),
        kind: Kind::Threads,
    }
}
