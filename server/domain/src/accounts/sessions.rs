//! Sessions: made at sign-in, checked on every request, ended one by one.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Scope, sessions, users};
use rand::TryRng;
use rand::rngs::SysRng;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use types::accounts::SignedIn;

use super::{Client, NewSession};
use crate::access::{Principal, Via};
use crate::clock::new_id;
use crate::{Core, Error, settings};

/// How exact the last use of a session is.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// What a person shows to be let in.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// Value of the session cookie.
    Cookie(&'a str),
    /// A JSON Web Token.
    Token(&'a str),
}

/// Opens a session in the transaction of the sign-in.
pub(super) async fn open(
    core: &Core,
    tx: &impl ConnectionTrait,
    user: users::Model,
    client: &Client,
) -> Result<NewSession, Error> {
    let mut bytes = [0_u8; 32];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let cookie = URL_SAFE_NO_PAD.encode(bytes);
    let now = core.clock.now();
    let span = core.config.session_span();
    let session = sessions::ActiveModel {
        id: Set(new_id()),
        user_id: Set(user.id.clone()),
        token_hash: Set(cookie_hash(&cookie)),
        ip: Set(client.ip.map(|ip| ip.to_string())),
        user_agent: Set(client.user_agent.clone()),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now.plus(span)),
    };
    let session = session.insert(tx).await?;
    let token_ends = Ord::min(now.plus(core.config.token_span()), session.expires_at);
    let token = core.tokens.issue(&user.id, &session.id, now, token_ends)?;
    Ok(NewSession {
        settings: settings::of(core, &user),
        signed_in: SignedIn {
            user: super::users::to_wire(user),
            token,
            expires_at: token_ends.to_string(),
        },
        cookie: cookie.into(),
        max_age_seconds: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
    })
}

fn cookie_hash(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie.as_bytes()))
}

/// Who shows this, if it is good right now. One indexed query; nothing is remembered.
pub async fn authenticate(core: &Core, credential: Credential<'_>) -> Result<Principal, Error> {
    let now = core.clock.now();
    let (session, user) = match credential {
        Credential::Cookie(cookie) => find(core, sessions::Column::TokenHash.eq(cookie_hash(cookie))).await?,
        Credential::Token(token) => {
            let session_id = core.tokens.session_of(token, now).ok_or(Error::Unauthenticated)?;
            find(core, sessions::Column::Id.eq(session_id)).await?
        }
    }
    .filter(|(session, user)| now < session.expires_at && user.suspended_at.is_none())
    .ok_or(Error::Unauthenticated)?;
    if now.since(session.last_seen_at) >= SEEN_EVERY {
        note_seen(core, session.id.clone());
    }
    let session_id = session.id;
    Ok(Principal {
        scope: Scope::Everywhere {
            user_id: user.id.clone(),
        },
        user_id: user.id,
        role: user.role,
        plan: user.plan,
        via: match credential {
            Credential::Cookie(_) => Via::Session { session_id },
            Credential::Token(_) => Via::Token { session_id },
        },
    })
}

async fn find(
    core: &Core,
    which: sea_orm::sea_query::SimpleExpr,
) -> Result<Option<(sessions::Model, users::Model)>, DbErr> {
    let found = sessions::Entity::find()
        .filter(which)
        .find_also_related(users::Entity)
        .one(core.db.read())
        .await?;
    Ok(found.and_then(|(session, user)| user.map(|user| (session, user))))
}

/// Behind the answer: reading a page must not wait for a write.
fn note_seen(core: &Core, session_id: String) {
    let (db, now) = (core.db.clone(), core.clock.now());
    core.tasks.spawn(async move {
        let written = sessions::Entity::update_many()
            .col_expr(sessions::Column::LastSeenAt, Expr::value(now))
            .filter(sessions::Column::Id.eq(session_id))
            .exec(db.write())
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "the last use of a session could not be written");
        }
    });
}

/// Removes the sessions that have ended.
pub(crate) async fn forget_ended(core: &Core) -> Result<(), DbErr> {
    sessions::Entity::delete_many()
        .filter(sessions::Column::ExpiresAt.lte(core.clock.now()))
        .exec(core.db.write())
        .await
        .map(drop)
}

/// Whether somebody who signed in may go on; for streams, when something was published.
pub async fn still_signed_in(core: &Core, who: &Principal) -> Result<(), Error> {
    let Some(session_id) = who.session_id() else {
        return Ok(());
    };
    let now = core.clock.now();
    find(core, sessions::Column::Id.eq(session_id))
        .await?
        .filter(|(session, user)| now < session.expires_at && user.suspended_at.is_none())
        .map(drop)
        .ok_or(Error::Unauthenticated)
}
