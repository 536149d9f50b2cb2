//! What somebody has read.

use entity::{Timestamp, thread_reads};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, SqlErr};

use super::{WHAT, find};
use crate::access::Principal;
use crate::feed::{Change, Kind};
use crate::{Core, Error};

/// The caller has seen everything that is in a thread now.
pub async fn mark_read(core: &Core, who: &Principal, id: &str) -> Result<(), Error> {
    let thread = find(core.db.read(), who, id).await?;
    let news = note_read(core.db.write(), &who.user_id, &thread.id, thread.last_message_at)
        .await
        .map_err(|error| match error.sql_err() {
            // The thread was deleted in this very moment.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Error::NotFound(WHAT),
            _ => Error::Database(error),
        })?;
    // A page marks what it is told of; told of what it has marked already, it would go on for ever.
    if news {
        core.feed.publish(Change {
            user_id: who.user_id.clone(),
            team_id: None,
            thread_id: thread.id,
            kind: Kind::Thread,
        });
    }
    Ok(())
}

/// Notes up to when somebody has read a thread; whether that is further than before.
pub(crate) async fn note_read(
    db: &impl ConnectionTrait,
    user_id: &str,
    thread_id: &str,
    at: Timestamp,
) -> Result<bool, DbErr> {
    use thread_reads::{Column, Entity};
    let row = thread_reads::ActiveModel {
        user_id: Set(user_id.to_owned()),
        thread_id: Set(thread_id.to_owned()),
        read_at: Set(at),
    };
    let further = OnConflict::columns([Column::UserId, Column::ThreadId])
        .update_column(Column::ReadAt)
        .action_and_where(Expr::col((Entity, Column::ReadAt)).lt(at))
        .to_owned();
    let written = Entity::insert(row)
        .on_conflict(further)
        .exec_without_returning(db)
        .await?;
    Ok(written > 0)
}
