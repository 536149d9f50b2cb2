//! Keeping what is being written: the text of all answers that have grown goes to their rows a few times a second, in
//! one transaction, together with the lease that says their process is alive. Answers whose process died are found by
//! their lease and marked.

use std::time::Duration;

use entity::messages::{self, Column, MessageStatus};
use entity::{Timestamp, threads};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::engine::Engine;
use crate::clock::Clock;
use crate::db::Db;
use crate::feed::{Feed, Kind, changes};
use crate::usage::quota;

const FLUSH: Duration = Duration::from_millis(200);
/// A lease is renewed after this even when nothing has grown.
const RENEW: Duration = Duration::from_secs(1);
/// A process that did not renew for this long is taken for dead.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// Leases of others are looked at once in so many flushes.
const SWEEP_EVERY: u32 = 5;
const SWEPT_AT_ONCE: u64 = 500;

impl Engine {
    /// Flushes and sweeps until the engine is drained.
    pub(crate) async fn keep_flushing(&self, db: &Db, clock: &Clock, feed: &Feed) {
        let mut turn = 0_u32;
        loop {
            if let Err(error) = self.flush(db, clock).await {
                tracing::warn!(%error, "answers being written could not be saved; trying again");
            }
            if turn.is_multiple_of(SWEEP_EVERY)
                && let Err(error) = self.sweep(db, clock, feed).await
            {
                tracing::warn!(%error, "interrupted answers could not be looked for");
            }
            turn = turn.wrapping_add(1);
            if tokio::time::timeout(FLUSH, self.drained()).await.is_ok() {
                return;
            }
        }
    }

    async fn flush(&self, db: &Db, clock: &Clock) -> Result<(), DbErr> {
        let now = clock.now();
        let renew = i64::try_from(RENEW.as_millis()).unwrap_or(i64::MAX);
        let mut runs = self.runs();
        runs.retain(|run| run.needs_flush(now.millis(), renew));
        if runs.is_empty() {
            return Ok(());
        }
        // In the order of the rows, so that two servers never wait for each other in a circle.
        runs.sort_unstable_by_key(|run| run.seq);
        let tx = db.begin().await?;
        let mut written = Vec::with_capacity(runs.len());
        for run in runs {
            let text = run.text();
            let length = text.len();
            let outcome = messages::Entity::update_many()
                .col_expr(Column::Content, Expr::value(text))
                .col_expr(Column::Status, Expr::value(MessageStatus::Streaming))
                .col_expr(Column::LeaseUntil, Expr::value(Some(now.plus(LEASE))))
                .col_expr(Column::UpdatedAt, Expr::value(now))
                .filter(Column::Seq.eq(run.seq))
                .filter(Column::LeaseOwner.eq(self.owner()))
                .exec(&tx)
                .await?;
            written.push((run, length, outcome.rows_affected == 1));
        }
        tx.commit().await?;
        for (run, length, ours) in written {
            if ours {
                run.flushed(length, now.millis());
            } else if self.is_live(&run.message_id) {
                // Deleted, or stopped through another server.
                run.abandon();
            }
        }
        Ok(())
    }

    /// Marks the answers whose process died, and any of our own that nobody writes any more.
    async fn sweep(&self, db: &Db, clock: &Clock, feed: &Feed) -> Result<(), DbErr> {
        let now = clock.now();
        let mut died: Vec<(i64, String, String)> = messages::Entity::find()
            .select_only()
            .columns([Column::Seq, Column::Id, Column::ThreadId])
            .filter(Column::LeaseUntil.lt(now))
            .order_by_asc(Column::LeaseUntil)
            .limit(SWEPT_AT_ONCE)
            .into_tuple()
            .all(db.read())
            .await?;
        died.retain(|(_, id, _)| !self.is_live(id));
        if died.is_empty() {
            return Ok(());
        }
        let tx = db.begin().await?;
        // Whoever comes second to a row finds it marked, so that nothing is given back twice.
        let marked: Vec<(i64, String, String, Timestamp)> = messages::Entity::find()
            .select_only()
            .columns([Column::Seq, Column::UserId, Column::Content, Column::CreatedAt])
            .filter(Column::Seq.is_in(died.iter().map(|(seq, ..)| *seq)))
            .filter(Column::LeaseUntil.lt(now))
            .order_by_asc(Column::Seq)
            .lock(LockType::NoKeyUpdate)
            .into_tuple()
            .all(&tx)
            .await?;
        messages::Entity::update_many()
            .col_expr(Column::Status, Expr::value(MessageStatus::Interrupted))
            .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<Timestamp>::None))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Seq.is_in(marked.iter().map(|(seq, ..)| *seq)))
            .exec(&tx)
            .await?;
        for (_, user_id, content, begun_at) in &marked {
            // What came to nothing is not counted against the plan.
            if content.is_empty() {
                quota::give_back(&tx, user_id, *begun_at).await?;
            }
        }
        tx.commit().await?;
        tracing::warn!(
            answers = marked.len(),
            "answers of a process that died were marked as interrupted"
        );
        let theirs = threads::Column::Id.is_in(died.iter().map(|(_, _, thread_id)| thread_id));
        let threads = threads::Entity::find().filter(theirs).all(db.read()).await?;
        for thread in threads {
            let ended = died.iter().filter(|(_, _, thread_id)| *thread_id == thread.id);
            let news = ended.map(|(_, id, _)| Kind::Ended(id.clone())).chain([Kind::Thread]);
            feed.publish_all(changes(&thread, news));
        }
        Ok(())
    }
}
