//! How cached permissions learn of changes.
//!
//! What a credential may do is cached without a time to live. Whoever changes it does three things in this order:
//! raises the epoch row in the transaction of the change ([`raise`]), commits, and then calls [`Epochs::publish`]
//! before answering. A cache entry carries the [`Mark`] read *before* its query; it is good only while the mark still
//! holds, so a slow reader cannot write an old row back. Other processes see the epoch row move and drop everything.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use entity::auth_epoch;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::watch;

/// Subjects share this many counters; a collision costs one needless query, never a wrong answer.
const STRIPES: usize = 4_096;

/// Counters of changes to keys, users and teams, and the news of them.
#[derive(Debug)]
pub struct Epochs {
    stripes: Box<[AtomicU64]>,
    all: AtomicU64,
    seen: AtomicI64,
    news: watch::Sender<u64>,
}

/// What the counters of one key, its owner and its team stood at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([u64; 4]);

/// A raise that is in the transaction and not yet published.
#[derive(Debug)]
#[must_use = "publish it after the commit and before the answer"]
pub struct Raised(i64);

impl Epochs {
    /// Starts from the epoch row as it stands.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let seen = current(db).await?;
        Ok(Self {
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            all: AtomicU64::new(0),
            seen: AtomicI64::new(seen),
            news: watch::channel(0).0,
        })
    }

    /// Where the counters stand for a credential. Read it before the query whose result is to be cached.
    pub fn mark(&self, key_id: &str, user_id: &str, team_id: Option<&str>) -> Mark {
        Mark([
            self.all.load(Ordering::SeqCst),
            self.stripe(key_id).load(Ordering::SeqCst),
            self.stripe(user_id).load(Ordering::SeqCst),
            team_id.map_or(0, |team| self.stripe(team).load(Ordering::SeqCst)),
        ])
    }

    /// Makes a committed change take effect on the next request and on open streams.
    pub fn publish(&self, raised: Raised, subjects: &[&str]) {
        for subject in subjects {
            self.stripe(subject).fetch_add(1, Ordering::SeqCst);
        }
        // Only when nothing came in between is the row's new value all our own doing; otherwise the watcher finds out.
        let _ = self
            .seen
            .compare_exchange(raised.0 - 1, raised.0, Ordering::SeqCst, Ordering::SeqCst);
        self.news.send_modify(|count| *count += 1);
    }

    /// Looks at the epoch row, and drops everything when another process has raised it.
    pub async fn watch_once(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let before = self.seen.load(Ordering::SeqCst);
        let now = current(db).await?;
        if now > before
            && self
                .seen
                .compare_exchange(before, now, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
        {
            self.all.fetch_add(1, Ordering::SeqCst);
            self.news.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Changes each time something is published: open streams then look whether they may go on.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn stripe(&self, subject: &str) -> &AtomicU64 {
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % STRIPES as u64).unwrap_or(0);
        self.stripes.get(at).unwrap_or(&self.all)
    }
}

/// Raises the epoch row, in the transaction of the change.
pub async fn raise(tx: &impl ConnectionTrait) -> Result<Raised, DbErr> {
    auth_epoch::Entity::update_many()
        .col_expr(auth_epoch::Column::Value, Expr::col(auth_epoch::Column::Value).add(1))
        .filter(auth_epoch::Column::Id.eq(1))
        .exec(tx)
        .await?;
    // The row is locked by the update until the commit, so this is the value just written.
    current(tx).await.map(Raised)
}

async fn current(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let value: Option<i64> = auth_epoch::Entity::find()
        .select_only()
        .column(auth_epoch::Column::Value)
        .filter(auth_epoch::Column::Id.eq(1))
        .into_tuple()
        .one(db)
        .await?;
    Ok(value.unwrap_or(0))
}
