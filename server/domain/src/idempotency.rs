//! Requests that may come twice and must act once: the `Idempotency-Key` header.
//!
//! The first request claims its key. What it makes is written in one transaction with the answer (or, for a chat, with
//! the message that will be the answer), so there is no moment at which one is there without the other. An attempt that
//! died before that loses its claim after a while, and the next one may act.

use std::time::Duration;

use entity::idempotency;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, TryInsertResult};
use sha2::{Digest, Sha256};

use crate::clock::new_id;
use crate::{Core, Error};

/// How long answers are remembered.
const REMEMBERED: Duration = Duration::from_hours(24);
/// How long an attempt may take until another may take its place.
const ATTEMPT: Duration = Duration::from_mins(1);
const LONGEST_KEY: usize = 255;

/// This request is the one that acts.
#[derive(Debug)]
pub struct Claim {
    user_id: String,
    key: String,
    owner: String,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Known {
    /// Nothing: go on, and answer through the claim.
    New(Claim),
    /// This was the first answer.
    Answered {
        /// Its status.
        status: u16,
        /// Its body.
        body: String,
    },
    /// The first request started this answer of a model.
    Started {
        /// The assistant's message.
        message_id: String,
    },
}

/// Looks a key up and claims it when it is new. `request` is what must be the same for it to be the same request.
pub async fn claim(core: &Core, user_id: &str, key: &str, request: &[&[u8]]) -> Result<Known, Error> {
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(Error::invalid(
            "Idempotency-Key",
            "An Idempotency-Key has 1 to 255 printable ASCII characters",
        ));
    }
    let mut hasher = Sha256::new();
    for part in request {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let request_hash = hex::encode(hasher.finalize());
    let now = core.clock.now();
    let claim = Claim {
        user_id: user_id.to_owned(),
        key: key.to_owned(),
        owner: new_id(),
    };
    let row = idempotency::ActiveModel {
        user_id: Set(claim.user_id.clone()),
        key: Set(claim.key.clone()),
        request_hash: Set(request_hash.clone()),
        owner: Set(claim.owner.clone()),
        lease_until: Set(Some(now.plus(ATTEMPT))),
        status: Set(None),
        response: Set(None),
        message_id: Set(None),
        created_at: Set(now),
    };
    let tx = core.db.begin().await?;
    forget(&tx, core, Some((user_id, key))).await?;
    let inserted = idempotency::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(&tx)
        .await?;
    if matches!(inserted, TryInsertResult::Inserted(count) if count > 0) {
        tx.commit().await?;
        return Ok(Known::New(claim));
    }
    let row = idempotency::Entity::find_by_id((user_id.to_owned(), key.to_owned()))
        .one(&tx)
        .await?
        .ok_or(Error::IdempotencyInProgress)?;
    let known = if row.request_hash != request_hash {
        Err(Error::IdempotencyKeyReused)
    } else if let Some(message_id) = row.message_id {
        Ok(Known::Started { message_id })
    } else if let Some(status) = row.status {
        let status = u16::try_from(status).unwrap_or(500);
        match row.response {
            Some(body) => Ok(Known::Answered { status, body }),
            None => Err(Error::SecretShownOnce),
        }
    } else if row.lease_until.is_none_or(|until| until > now) {
        Err(Error::IdempotencyInProgress)
    } else {
        take_over(&tx, &claim, row.owner, now.plus(ATTEMPT)).await?;
        Ok(Known::New(claim))
    };
    tx.commit().await?;
    known
}

async fn take_over(
    tx: &impl ConnectionTrait,
    claim: &Claim,
    from: String,
    until: entity::Timestamp,
) -> Result<(), Error> {
    use idempotency::Column;
    let taken = idempotency::Entity::update_many()
        .col_expr(Column::Owner, Expr::value(claim.owner.clone()))
        .col_expr(Column::LeaseUntil, Expr::value(until))
        .filter(Column::UserId.eq(&claim.user_id))
        .filter(Column::Key.eq(&claim.key))
        .filter(Column::Owner.eq(from))
        .exec(tx)
        .await?;
    if taken.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::IdempotencyInProgress)
    }
}

impl Claim {
    /// Keeps the answer, in the transaction of what it tells of. Without a body a repetition is told that it is too
    /// late: that is for answers with a secret.
    pub async fn answer(&self, tx: &impl ConnectionTrait, status: u16, body: Option<String>) -> Result<(), Error> {
        use idempotency::Column;
        let change = idempotency::Entity::update_many()
            .col_expr(Column::Status, Expr::value(Some(i32::from(status))))
            .col_expr(Column::Response, Expr::value(body));
        self.finish(tx, change).await
    }

    /// Keeps which answer was started, in the transaction that starts it.
    pub(crate) async fn started(&self, tx: &impl ConnectionTrait, message_id: &str) -> Result<(), Error> {
        let change = idempotency::Entity::update_many()
            .col_expr(idempotency::Column::MessageId, Expr::value(Some(message_id.to_owned())));
        self.finish(tx, change).await
    }

    async fn finish(
        &self,
        tx: &impl ConnectionTrait,
        change: sea_orm::UpdateMany<idempotency::Entity>,
    ) -> Result<(), Error> {
        use idempotency::Column;
        let written = change
            .col_expr(Column::LeaseUntil, Expr::value(Option::<entity::Timestamp>::None))
            .filter(Column::UserId.eq(&self.user_id))
            .filter(Column::Key.eq(&self.key))
            .filter(Column::Owner.eq(&self.owner))
            .exec(tx)
            .await?;
        // Another attempt took over in between; what this one made is rolled back with the transaction.
        if written.rows_affected == 1 {
            Ok(())
        } else {
            Err(Error::IdempotencyInProgress)
        }
    }

    /// Gives the key back after a failure, so that the request can be mended and sent again.
    pub async fn release(&self, core: &Core) {
        use idempotency::Column;
        let released = idempotency::Entity::delete_many()
            .filter(Column::UserId.eq(&self.user_id))
            .filter(Column::Key.eq(&self.key))
            .filter(Column::Owner.eq(&self.owner))
            .filter(Column::Status.is_null())
            .filter(Column::MessageId.is_null())
            .exec(core.db.write())
            .await;
        if let Err(error) = released {
            tracing::warn!(%error, "an idempotency key could not be given back; it frees itself in a minute");
        }
    }
}

/// Forgets what is older than a day: one key of one user, or all.
pub(crate) async fn forget(tx: &impl ConnectionTrait, core: &Core, one: Option<(&str, &str)>) -> Result<(), DbErr> {
    use idempotency::Column;
    let mut old = idempotency::Entity::delete_many().filter(Column::CreatedAt.lt(core.clock.now().minus(REMEMBERED)));
    if let Some((user_id, key)) = one {
        old = old.filter(Column::UserId.eq(user_id)).filter(Column::Key.eq(key));
    }
    old.exec(tx).await.map(drop)
}
