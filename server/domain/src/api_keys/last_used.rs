//! When keys were last used: noted in memory on the way of a request, written behind it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::{Timestamp, api_keys};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::db::Db;

/// A key that was quiet for this long is written at once, so that people see it was used.
const QUIET_MILLIS: i64 = 60_000;
/// How long busy keys wait to be written together.
const BATCH: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy)]
struct Noted {
    at: Timestamp,
    ip: Option<IpAddr>,
    count: i64,
}

/// When the last use of a key was written. It moves on as soon as a writing is asked for, so that of many uses of a key
/// that was quiet only one asks.
#[derive(Debug)]
pub(super) struct Written(AtomicI64);

impl Written {
    pub(super) fn at(time: Option<Timestamp>) -> Self {
        Self(AtomicI64::new(time.map_or(i64::MIN, Timestamp::millis)))
    }

    fn was_quiet_until(&self, now: Timestamp) -> bool {
        let (now, last) = (now.millis(), self.0.load(Ordering::Relaxed));
        now.saturating_sub(last) >= QUIET_MILLIS
            && self
                .0
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// Uses that are not yet written.
#[derive(Debug, Default)]
pub struct LastUsed {
    // In the order of the keys, so that two servers write the same rows in the same order and never wait in a circle.
    noted: Mutex<BTreeMap<String, Noted>>,
    soon: Notify,
}

impl LastUsed {
    /// Notes a use. `written` is when the last use of this key was written, or begun to be.
    pub(super) fn note(&self, key_id: &str, written: &Written, now: Timestamp, ip: Option<IpAddr>) {
        let mut noted = self.lock();
        if let Some(entry) = noted.get_mut(key_id) {
            entry.at = Ord::max(entry.at, now);
            entry.ip = ip.or(entry.ip);
            entry.count += 1;
        } else {
            noted.insert(key_id.to_owned(), Noted { at: now, ip, count: 1 });
        }
        drop(noted);
        if written.was_quiet_until(now) {
            self.soon.notify_one();
        }
    }

    /// Writes all that is noted. It only ever moves the time forward, and touches nothing else of a key.
    pub async fn write(&self, db: &Db) -> Result<(), DbErr> {
        let noted = std::mem::take(&mut *self.lock());
        if noted.is_empty() {
            return Ok(());
        }
        let written = write_all(db, &noted).await;
        if written.is_err() {
            // Kept for the next time, together with what was noted meanwhile.
            let mut since = self.lock();
            for (key_id, earlier) in noted {
                since
                    .entry(key_id)
                    .and_modify(|later| later.count += earlier.count)
                    .or_insert(earlier);
            }
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Noted>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes at once after a quiet key was used, every few seconds otherwise, and at the end.
    pub(crate) async fn keep_writing(&self, db: &Db, end: CancellationToken) {
        loop {
            let ended = tokio::select! {
                () = end.cancelled() => true,
                () = self.soon.notified() => false,
                () = tokio::time::sleep(BATCH) => false,
            };
            if let Err(error) = self.write(db).await {
                tracing::warn!(%error, "the last use of some keys could not be written");
            }
            if ended {
                return;
            }
        }
    }
}

async fn write_all(db: &Db, noted: &BTreeMap<String, Noted>) -> Result<(), DbErr> {
    use api_keys::Column;
    let tx = db.begin().await?;
    for (key_id, noted) in noted {
        // One statement a key. A second one in the same transaction would have PostgreSQL check the row's references
        // again, and wait for whoever holds its owner.
        let at = Expr::value(noted.at);
        let is_later = Expr::col(Column::LastUsedAt)
            .is_null()
            .or(Expr::col(Column::LastUsedAt).lte(noted.at));
        let ip = Expr::value(noted.ip.map(|ip| ip.to_string()));
        let if_later = |new: Expr, column: Column| Expr::case(is_later.clone(), new).finally(Expr::col(column));
        api_keys::Entity::update_many()
            .col_expr(Column::RequestCount, Expr::col(Column::RequestCount).add(noted.count))
            .col_expr(Column::LastUsedAt, if_later(at, Column::LastUsedAt).into())
            .col_expr(Column::LastUsedIp, if_later(ip, Column::LastUsedIp).into())
            .filter(Column::Id.eq(key_id))
            .exec(&tx)
            .await?;
    }
    tx.commit().await
}
