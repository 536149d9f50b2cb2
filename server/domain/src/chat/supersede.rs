//! Taking messages out of a thread because another takes their place. Their rows stay.

use entity::messages::{self, MessageStatus};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::summaries;
use crate::{Core, Error};

/// Takes a message and everything after it out of a thread whose row is locked; which they were. An answer that is being
/// written can't be taken out: its end would be written into what is no longer there.
pub(super) async fn supersede(
    core: &Core,
    tx: &impl ConnectionTrait,
    thread_id: &str,
    from: i64,
) -> Result<Vec<String>, Error> {
    use messages::Column;
    let rows: Vec<(i64, String, MessageStatus)> = messages::Entity::of_thread(thread_id)
        .select_only()
        .columns([Column::Seq, Column::Id, Column::Status])
        .filter(Column::Seq.gte(from))
        .order_by_asc(Column::Seq)
        .into_tuple()
        .all(tx)
        .await?;
    let running = [MessageStatus::Queued, MessageStatus::Streaming];
    if rows.iter().any(|(_, _, status)| running.contains(status)) {
        return Err(Error::Conflict(
            "An answer is still being written. Stop it first, or wait until it is complete.",
        ));
    }
    messages::Entity::update_many()
        .col_expr(Column::SupersededAt, Expr::value(Some(core.clock.now())))
        .filter(Column::ThreadId.eq(thread_id))
        .filter(Column::Seq.gte(from))
        .filter(Column::SupersededAt.is_null())
        .exec(tx)
        .await?;
    summaries::forget(tx, thread_id, from).await?;
    Ok(rows.into_iter().map(|(_, id, _)| id).collect())
}
