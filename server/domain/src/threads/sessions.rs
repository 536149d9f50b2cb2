//! Conversations that a caller names by a project and a session of their own, rather than by an id.

use entity::threads;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, QueryFilter, QuerySelect};

use super::{New, insert, require_role};
use crate::access::Principal;
use crate::db::lock_user;
use crate::{Core, Error};

/// Which conversation of the caller's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The project it lies in.
    pub project_id: String,
    /// The caller's name for it; empty for the one without a name.
    pub key: String,
}

/// The thread of a session with its lock, made when it is not there yet. Two requests that come at once get the same one.
pub(crate) async fn of_session(
    core: &Core,
    tx: &DatabaseTransaction,
    who: &Principal,
    session: Session,
    title: String,
) -> Result<threads::Model, Error> {
    let thread = match find(tx, who, &session).await? {
        Some(thread) => thread,
        None => {
            lock_user(tx, &who.user_id).await?;
            match find(tx, who, &session).await? {
                Some(thread) => thread,
                None => {
                    let new = New {
                        title,
                        project_id: Some(session.project_id),
                        session_key: Some(session.key),
                        ..New::default()
                    };
                    return insert(core, tx, who, new).await;
                }
            }
        }
    };
    require_role(tx, who, &thread).await?;
    Ok(thread)
}

async fn find(tx: &impl ConnectionTrait, who: &Principal, session: &Session) -> Result<Option<threads::Model>, DbErr> {
    of(who, session).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The thread of a session.
pub(crate) fn of(who: &Principal, session: &Session) -> sea_orm::Select<threads::Entity> {
    use threads::Column;
    threads::Entity::visible_to(&who.scope)
        .filter(Column::ProjectId.eq(&session.project_id))
        .filter(Column::UserId.eq(&who.user_id))
        .filter(Column::SessionKey.eq(&session.key))
}
