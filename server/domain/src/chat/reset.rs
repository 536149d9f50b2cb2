//! Taking a conversation out of later prompts.

use entity::{messages, threads};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::summaries;
use crate::access::Principal;
use crate::threads::lock_to_write;
use crate::{Core, Error};

/// Takes everything said so far in a thread of the caller's own out of later prompts. Nothing is deleted.
pub async fn reset(core: &Core, who: &Principal, thread_id: &str) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let thread = lock_to_write(&tx, who, thread_id).await?;
    take_out(&tx, who, &thread).await?;
    tx.commit().await?;
    Ok(())
}

/// The same of a thread whose row is locked.
pub(super) async fn take_out(tx: &DatabaseTransaction, who: &Principal, thread: &threads::Model) -> Result<(), Error> {
    use messages::Column;
    if thread.user_id != who.user_id {
        return Err(Error::Forbidden("Only the person who started a thread can reset it"));
    }
    messages::Entity::update_many()
        .col_expr(Column::InContext, Expr::value(false))
        .filter(Column::ThreadId.eq(&thread.id))
        .filter(Column::InContext.eq(true))
        .exec(tx)
        .await?;
    summaries::forget(tx, &thread.id, i64::MIN).await?;
    Ok(())
}
