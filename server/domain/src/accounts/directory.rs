//! All accounts, and how much there is on the instance: for administrators and the operator.

use std::collections::HashMap;

use entity::{Timestamp, api_keys, messages, sessions, teams, threads, users};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use types::accounts::{InstanceStats, ManagedUser, ManagedUserList};

use super::users::managed;
use crate::access::Principal;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error};

/// Characters of a search at most; what is longer is in no name and no address.
const LONGEST_SEARCH: usize = 254;

/// Accounts for an administrator, newest first; with `q`, those whose name or e-mail address has it in it.
pub async fn find(core: &Core, who: &Principal, q: Option<&str>, page: &PageRequest) -> Result<ManagedUserList, Error> {
    who.require_admin()?;
    let q = q.map(str::trim).unwrap_or_default();
    if q.chars().count() > LONGEST_SEARCH || q.contains('\0') {
        return Err(Error::invalid("q", "Search for at most 254 characters"));
    }
    let (users, next_cursor) = page_of(core, q, page).await?;
    Ok(ManagedUserList { users, next_cursor })
}

/// All accounts, newest first, for the operator; with the cursor of the next page.
pub async fn list(core: &Core, page: &PageRequest) -> Result<(Vec<ManagedUser>, Option<String>), Error> {
    page_of(core, "", page).await
}

async fn page_of(core: &Core, q: &str, page: &PageRequest) -> Result<(Vec<ManagedUser>, Option<String>), Error> {
    use users::Column;
    let list = format!("users:{q}");
    let limit = page.limit()?;
    let mut rows = users::Entity::find().filter(Column::DeletedAt.is_null());
    if !q.is_empty() {
        rows = rows.filter(having(q));
    }
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.created_at, &last.id)?),
        _ => None,
    };
    let seen = last_seen(core.db.read(), rows.iter().map(|row| row.id.as_str())).await?;
    let users = rows.into_iter().map(|row| {
        let seen = seen.get(&row.id).copied();
        managed(row, seen)
    });
    Ok((users.collect(), next))
}

/// `%` and `_` are themselves.
fn having(q: &str) -> Condition {
    let q = q.to_lowercase();
    let escaped: String = q
        .chars()
        .flat_map(|character| {
            let escape = matches!(character, '%' | '_' | '\\').then_some('\\');
            escape.into_iter().chain([character])
        })
        .collect();
    let pattern = || LikeExpr::new(format!("%{escaped}%")).escape('\\');
    Condition::any()
        .add(Expr::col(users::Column::Email).like(pattern()))
        .add(Expr::expr(Func::lower(Expr::col(users::Column::Name))).like(pattern()))
}

/// When sessions of these users were last used.
async fn last_seen(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Timestamp>, DbErr> {
    let seen = sessions::Entity::find()
        .select_only()
        .column(sessions::Column::UserId)
        .column_as(sessions::Column::LastSeenAt.max(), "seen")
        .filter(sessions::Column::UserId.is_in(ids))
        .group_by(sessions::Column::UserId)
        .into_tuple::<(String, Timestamp)>()
        .all(db)
        .await?;
    Ok(seen.into_iter().collect())
}

/// How much there is, for an administrator.
pub async fn stats(core: &Core, who: &Principal) -> Result<InstanceStats, Error> {
    who.require_admin()?;
    let db = core.db.read();
    Ok(InstanceStats {
        users: users::Entity::find()
            .filter(users::Column::DeletedAt.is_null())
            .count(db)
            .await?,
        teams: teams::Entity::find()
            .filter(teams::Column::ArchivedAt.is_null())
            .count(db)
            .await?,
        threads: threads::Entity::find()
            .filter(threads::Column::DeletedAt.is_null())
            .count(db)
            .await?,
        messages: messages::Entity::find().count(db).await?,
        keys: api_keys::Entity::find()
            .filter(api_keys::Column::RevokedAt.is_null())
            .count(db)
            .await?,
    })
}
