//! What people do with their own account: see and end their sessions, change password and e-mail address.

use entity::{sessions, users};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use secrecy::SecretString;
use serde_json::json;
use types::FieldError;
use types::settings::SessionView;

use super::users::{LONGEST_PASSWORD_GUESS, email as check_email, limit_attempts};
use super::{Client, device, passwords};
use crate::access::Principal;
use crate::audit::{self, Action};
use crate::clock::is_id;
use crate::db::lock_user;
use crate::error::Problems;
use crate::{Core, Error, epochs};

/// Sessions that are listed; programs that sign in again and again make many.
const LISTED: u64 = 100;
const PERSONS_ONLY: Error = Error::Forbidden("API keys cannot do this. Sign in instead.");

/// Where somebody is signed in: the session that asks, then those used last.
pub async fn my_sessions(core: &Core, who: &Principal) -> Result<Vec<SessionView>, Error> {
    use sessions::Column;
    let current = who.session_id().ok_or(PERSONS_ONLY)?;
    let rows = sessions::Entity::find()
        .filter(Column::UserId.eq(&who.user_id))
        .filter(Column::ExpiresAt.gt(core.clock.now()))
        .order_by_desc(Expr::col(Column::Id).eq(current))
        .order_by_desc(Column::LastSeenAt)
        .order_by_desc(Column::Id)
        .limit(LISTED)
        .all(core.db.read())
        .await?;
    let view = |session: sessions::Model| SessionView {
        current: session.id == current,
        id: session.id,
        device: device::name(session.user_agent.as_deref()),
        ip: session.ip,
        created_at: session.created_at.to_string(),
        last_seen_at: session.last_seen_at.to_string(),
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Ends one of somebody's own sessions, with its tokens and open streams.
pub async fn end_session(core: &Core, who: &Principal, id: &str, client: &Client) -> Result<(), Error> {
    who.require_person()?;
    if !is_id(id) {
        return Err(Error::NotFound("Session"));
    }
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let ended = sessions::Entity::delete_many()
        .filter(sessions::Column::Id.eq(id))
        .filter(sessions::Column::UserId.eq(&who.user_id))
        .exec(&tx)
        .await?;
    if ended.rows_affected == 0 {
        return Err(Error::NotFound("Session"));
    }
    audit::record(&tx, Action::SignedOut, Some(&who.user_id), id, None, client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[id]);
    Ok(())
}

/// Ends all of somebody's sessions but the one that asks; says how many.
pub async fn end_other_sessions(core: &Core, who: &Principal, client: &Client) -> Result<u32, Error> {
    let current = who.session_id().ok_or(PERSONS_ONLY)?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    // Somebody who signs in meanwhile is there before this or after it.
    lock_user(&tx, &who.user_id).await?;
    let ended = end_others(&tx, &who.user_id, current).await?;
    let detail = json!({ "ended": ended });
    audit::record(
        &tx,
        Action::OthersSignedOut,
        Some(&who.user_id),
        &who.user_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[&who.user_id]);
    Ok(ended)
}

async fn end_others(tx: &impl ConnectionTrait, user_id: &str, current: &str) -> Result<u32, DbErr> {
    let ended = sessions::Entity::delete_many()
        .filter(sessions::Column::UserId.eq(user_id))
        .filter(sessions::Column::Id.ne(current))
        .exec(tx)
        .await?;
    Ok(u32::try_from(ended.rows_affected).unwrap_or(u32::MAX))
}

/// Changes the password. Every other session ends, in case it is not its owner's.
pub async fn change_password(
    core: &Core,
    who: &Principal,
    current: String,
    new: String,
    client: &Client,
) -> Result<(), Error> {
    const FIELD: &str = "current";
    let session = who.session_id().ok_or(PERSONS_ONLY)?;
    let mut problems = Problems::default();
    problems.note(passwords::check(&new).map_err(|problem| FieldError::new("new", problem.message)));
    problems.finish()?;
    let known = prove(core, who, FIELD, current, client).await?;
    let permit = core.password_permit().await?;
    let password_hash = passwords::hash(permit, SecretString::from(new), core.config.api.hash_cost).await?;

    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let mut row = unchanged(&tx, known, FIELD).await?.into_active_model();
    row.password_hash = Set(password_hash);
    row.updated_at = Set(core.clock.now());
    row.update(&tx).await?;
    let ended = end_others(&tx, &who.user_id, session).await?;
    let detail = json!({ "sessionsEnded": ended });
    audit::record(
        &tx,
        Action::PasswordChanged,
        Some(&who.user_id),
        &who.user_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[&who.user_id]);
    Ok(())
}

/// Changes the e-mail address that somebody signs in with.
pub async fn change_email(
    core: &Core,
    who: &Principal,
    password: String,
    email: &str,
    client: &Client,
) -> Result<(), Error> {
    const FIELD: &str = "password";
    who.require_person()?;
    let email = check_email(email).map_err(|problem| Error::Invalid(vec![problem]))?;
    let known = prove(core, who, FIELD, password, client).await?;

    let tx = core.db.begin().await?;
    let user = unchanged(&tx, known, FIELD).await?;
    let detail = json!({ "from": user.email, "to": email });
    let mut row = user.into_active_model();
    row.email = Set(email);
    row.updated_at = Set(core.clock.now());
    row.update(&tx).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::EmailTaken,
        _ => Error::Database(error),
    })?;
    audit::record(
        &tx,
        Action::EmailChanged,
        Some(&who.user_id),
        &who.user_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody's row, when this is their password. Guessing is as slow here as where one signs in: a stolen session must not
/// be the way to the password.
pub(super) async fn prove(
    core: &Core,
    who: &Principal,
    field: &'static str,
    password: String,
    client: &Client,
) -> Result<users::Model, Error> {
    let user = users::Entity::find_by_id(&who.user_id).one(core.db.read()).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    limit_attempts(core, client, Some(&user.email))?;
    if password.len() > LONGEST_PASSWORD_GUESS {
        return Err(wrong(field));
    }
    let permit = core.password_permit().await?;
    if passwords::matches(permit, password, user.password_hash.clone()).await {
        Ok(user)
    } else {
        Err(wrong(field))
    }
}

/// The row as it is now, locked, if the password that was proven is still the one.
pub(super) async fn unchanged(
    tx: &DatabaseTransaction,
    known: users::Model,
    field: &'static str,
) -> Result<users::Model, Error> {
    lock_user(tx, &known.id).await?;
    let now = users::Entity::find_by_id(&known.id).one(tx).await?;
    let now = now.ok_or(Error::Unauthenticated)?;
    if now.password_hash == known.password_hash {
        Ok(now)
    } else {
        Err(wrong(field))
    }
}

fn wrong(field: &'static str) -> Error {
    Error::invalid(field, "The password is wrong")
}
