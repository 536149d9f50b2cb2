//! Deleting what may be wanted back, and what is done to all threads at once.

use std::time::Duration;

use entity::messages;
use entity::{Scope, Timestamp, threads};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::threads::{DELETE_ALL_CONFIRMATION, ThreadRow};

use super::{WHAT, lock_to_write, require_role, row_of};
use crate::access::Principal;
use crate::chat::stop_all;
use crate::clock::is_id;
use crate::feed::{Change, Kind, changes, counted};
use crate::{Core, Error};

/// How long a deleted thread can be taken back.
const KEPT: Duration = Duration::from_hours(1);
/// Threads that are deleted in one transaction.
const DELETED_AT_ONCE: u64 = 50;
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
    core.feed
        .publish_all(changes(&thread, counted(&thread, Kind::ThreadGone)));
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
        // Its session may have begun another conversation meanwhile.
        .col_expr(Column::SessionKey, Expr::value(Option::<String>::None))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    core.feed.publish_all(changes(&thread, counted(&thread, Kind::Thread)));
    let thread = threads::Model {
        deleted_at: None,
        session_key: None,
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
    // Those that are there now, and none that come while this is at work.
    let newest: Option<String> = threads::Entity::visible_to(&own)
        .select_only()
        .column(threads::Column::Id)
        .order_by_desc(threads::Column::Id)
        .into_tuple()
        .one(core.db.read())
        .await?;
    let Some(newest) = newest else { return Ok(0) };
    let mut deleted = 0_u32;
    let outcome = loop {
        match put_batch_away(core, &own, &newest).await {
            Ok(0) => break Ok(deleted),
            Ok(more) => deleted = deleted.saturating_add(more),
            Err(error) => break Err(error),
        }
    };
    // Also when it stopped half-way: asking again goes on from there.
    if deleted > 0 {
        core.feed.publish(all_of(who));
    }
    outcome
}

/// Deletes some of the threads up to this one; says how many. With each go the entries of its messages in the search index,
/// so a batch is small: others get their turn at writing in between.
async fn put_batch_away(core: &Core, own: &Scope, newest: &str) -> Result<u32, Error> {
    use threads::Column;
    let tx = core.db.begin().await?;
    let ids: Vec<String> = threads::Entity::visible_to(own)
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.lte(newest))
        .order_by_asc(Column::Id)
        .limit(DELETED_AT_ONCE)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(&tx)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let each: Vec<&str> = ids.iter().map(String::as_str).collect();
    put_away_all(core, &tx, &each, core.clock.now()).await?;
    tx.commit().await?;
    for id in &ids {
        core.chat.abandon_thread(id);
    }
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}

/// Deletes threads whose rows are locked, and takes their answers from the servers that write them: those find it out
/// when they flush next.
async fn put_away_all(core: &Core, tx: &impl ConnectionTrait, ids: &[&str], now: Timestamp) -> Result<(), DbErr> {
    threads::Entity::update_many()
        .col_expr(threads::Column::DeletedAt, Expr::value(Some(now)))
        .filter(threads::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    let theirs = messages::Column::ThreadId;
    stop_all(core, tx, Condition::all().add(theirs.is_in(ids.iter().copied())))
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
