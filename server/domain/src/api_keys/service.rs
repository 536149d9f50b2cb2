//! Making, listing, changing and revoking keys.

use entity::{Timestamp, api_keys, teams, users};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SelectTwo,
};
use secrecy::ExposeSecret;
use serde_json::json;
use types::api_keys::{
    ApiKey, ApiKeyAccess, ApiKeyList, ChangeApiKeyRequest, CreateApiKeyRequest, CreatedApiKey, NewApiKey, TeamRef,
};
use types::{FieldError, Patch};

use super::secret::PlainKey;
use crate::access::Principal;
use crate::accounts::{Client, passwords};
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::db::lock_user;
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error, epochs, teams as team_rules, text};

const LONGEST_NAME: usize = 100;
/// An expiry further away than this is "never", and should be said so.
const LONGEST_LIFE_DAYS: i64 = 3_653;
const WHAT: &str = "API key";

/// Whether users of a plan may have keys.
pub fn open_to(core: &Core, plan: &str) -> bool {
    core.config.api.enabled && core.config.plan_has_api(plan)
}

/// Whether somebody may have keys.
pub fn access(core: &Core, who: &Principal) -> ApiKeyAccess {
    ApiKeyAccess {
        can_access: open_to(core, &who.plan),
    }
}

fn require_access(core: &Core, who: &Principal) -> Result<(), Error> {
    who.require_person()?;
    if access(core, who).can_access {
        Ok(())
    } else {
        Err(Error::PlanNotAllowed)
    }
}

/// A user's keys, newest first.
pub async fn list(core: &Core, who: &Principal, page: &PageRequest) -> Result<ApiKeyList, Error> {
    require_access(core, who)?;
    let own = api_keys::Entity::live_of(&who.user_id).find_also_related(teams::Entity);
    let (rows, next_cursor) = page_of(core, own, &format!("api_keys:{}", who.user_id), page).await?;
    let keys = rows.into_iter().map(|(key, team)| to_wire(key, team)).collect();
    Ok(ApiKeyList { keys, next_cursor })
}

/// A key and whose it is, as an operator sees it.
#[derive(Debug)]
pub struct OwnedKey {
    /// The owner's e-mail address.
    pub owner: String,
    /// The key.
    pub key: ApiKey,
}

/// Every user's keys, newest first, for the operator on the command line; with the cursor of the next page.
pub async fn list_of_everyone(core: &Core, page: &PageRequest) -> Result<(Vec<OwnedKey>, Option<String>), Error> {
    let all = api_keys::Entity::find().filter(api_keys::Column::RevokedAt.is_null());
    let (rows, next_cursor) = page_of(core, all.find_also_related(users::Entity), "api_keys:*", page).await?;
    let keys = rows.into_iter().map(|(key, owner)| OwnedKey {
        owner: owner.map_or_else(String::new, |owner| owner.email),
        key: to_wire(key, None),
    });
    Ok((keys.collect(), next_cursor))
}

/// A page of keys, each with a row of another table.
async fn page_of<E: EntityTrait>(
    core: &Core,
    mut rows: SelectTwo<api_keys::Entity, E>,
    list: &str,
    page: &PageRequest,
) -> Result<(Vec<(api_keys::Model, Option<E::Model>)>, Option<String>), Error> {
    use api_keys::Column;
    let limit = page.limit()?;
    if let Some(after) = page.after(list)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let more = cut(&mut rows, limit);
    let next_cursor = match rows.last() {
        Some((last, _)) if more => Some(cursor_after(list, last.created_at, &last.id)?),
        _ => None,
    };
    Ok((rows, next_cursor))
}

pub(super) fn to_wire(key: api_keys::Model, team: Option<teams::Model>) -> ApiKey {
    ApiKey {
        id: key.id,
        name: key.name,
        key_prefix: key.key_prefix,
        team_id: key.team_id,
        team: team.map(|team| TeamRef {
            id: team.id,
            name: team.name,
        }),
        last_used_at: key.last_used_at.map(|time| time.to_string()),
        expires_at: key.expires_at.map(|time| time.to_string()),
        created_at: key.created_at.to_string(),
    }
}

fn expiry(text: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = text else { return Ok(None) };
    let problem = |message: &str| Err(FieldError::new("expiresAt", message));
    let Ok(time) = text.parse::<Timestamp>() else {
        return problem("Give a date and time like 2030-12-31T23:59:59Z, or null for never");
    };
    if time <= now {
        return problem("The expiry must be in the future");
    }
    if time > now.plus_days(LONGEST_LIFE_DAYS) {
        return problem("The expiry can be at most ten years away; use null for never");
    }
    Ok(Some(time))
}

/// Makes a key. Its secret is in the answer and nowhere else.
pub async fn create(
    core: &Core,
    who: &Principal,
    input: CreateApiKeyRequest,
    claim: Option<&Claim>,
    client: &Client,
) -> Result<CreatedApiKey, Error> {
    require_access(core, who)?;
    let now = core.clock.now();
    let mut problems = Problems::default();
    let name = problems.note(text::name("name", &input.name, LONGEST_NAME));
    let expires_at = problems.note(expiry(input.expires_at.as_deref(), now));
    problems.finish()?;
    let (Some(name), Some(expires_at)) = (name, expires_at) else {
        return Err(Error::Internal("a checked field is missing".to_owned()));
    };

    // Both limits are looked at before the costly hash, and again in the transaction that counts.
    let limit = core.config.api.max_keys_per_user;
    require_room(core.db.read(), &who.user_id, limit, now).await?;
    let team = match &input.team_id {
        Some(team_id) => Some(
            team_rules::require_member(core.db.read(), &who.user_id, team_id)
                .await?
                .team,
        ),
        None => None,
    };
    let key = PlainKey::generate(&core.config.api.key_prefix).map_err(|error| Error::Internal(error.to_string()))?;
    let permit = core.key_hash_permit().await?;
    // Whoever waited for their turn may have come to the limit meanwhile; then the costly part is not for them.
    require_room(core.db.read(), &who.user_id, limit, now).await?;
    let key_hash = passwords::hash(permit, key.clone().into_secret(), core.config.api.hash_cost).await?;

    let tx = core.db.begin().await?;
    // Somebody may have tried this visible prefix before there was a key with it.
    let raised = epochs::raise(&tx).await?;
    lock_user(&tx, &who.user_id).await?;
    require_room(&tx, &who.user_id, limit, now).await?;
    if let Some(team) = &team {
        team_rules::require_member(&tx, &who.user_id, &team.id).await?;
    }
    let row = api_keys::ActiveModel {
        id: Set(new_id()),
        user_id: Set(who.user_id.clone()),
        team_id: Set(team.as_ref().map(|team| team.id.clone())),
        name: Set(name),
        key_prefix: Set(key.display_prefix().to_owned()),
        key_hash: Set(key_hash),
        key_tag: Set(key.tag()),
        last_used_at: Set(None),
        last_used_ip: Set(None),
        request_count: Set(0),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
        created_at: Set(now),
    };
    let row = row.insert(&tx).await?;
    let detail = json!({ "name": row.name, "keyPrefix": row.key_prefix, "teamId": row.team_id });
    audit::record(
        &tx,
        Action::KeyCreated,
        Some(&who.user_id),
        &row.id,
        Some(detail),
        client,
    )
    .await?;
    if let Some(claim) = claim {
        // The secret is not kept, so a repetition can only be told that it came too late.
        claim.answer(&tx, 201, None).await?;
    }
    tx.commit().await?;
    core.epochs.publish(raised, &[&row.key_prefix]);

    Ok(CreatedApiKey {
        key: NewApiKey {
            id: row.id,
            name: row.name,
            key_prefix: row.key_prefix,
            team_name: team.map(|team| team.name),
            team_id: row.team_id,
            created_at: row.created_at.to_string(),
            expires_at: row.expires_at.map(|time| time.to_string()),
        },
        secret: key.into_secret().expose_secret().to_owned(),
    })
}

async fn require_room(db: &impl ConnectionTrait, user_id: &str, limit: u32, now: Timestamp) -> Result<(), Error> {
    use api_keys::Column;
    let live = api_keys::Entity::live_of(user_id)
        .filter(
            Condition::any()
                .add(Column::ExpiresAt.is_null())
                .add(Column::ExpiresAt.gt(now)),
        )
        .count(db)
        .await?;
    if live < u64::from(limit) {
        Ok(())
    } else {
        Err(Error::KeyLimitReached(limit))
    }
}

async fn own_key(db: &impl ConnectionTrait, user_id: &str, id: &str) -> Result<api_keys::Model, Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let key = api_keys::Entity::live_of(user_id)
        .filter(api_keys::Column::Id.eq(id))
        .one(db)
        .await?;
    key.ok_or(Error::NotFound(WHAT))
}

/// Renames a key or gives it another expiry.
pub async fn change(
    core: &Core,
    who: &Principal,
    id: &str,
    input: ChangeApiKeyRequest,
    client: &Client,
) -> Result<ApiKey, Error> {
    require_access(core, who)?;
    let now = core.clock.now();
    let mut problems = Problems::default();
    let name = match &input.name {
        Some(name) => problems.note(text::name("name", name, LONGEST_NAME)),
        None => None,
    };
    let expires_at = match &input.expires_at {
        Patch::Absent => None,
        Patch::Null => Some(None),
        Patch::Value(text) => problems.note(expiry(Some(text), now)),
    };
    problems.finish()?;

    let tx = core.db.begin().await?;
    // In this order everywhere: first the epoch, then users.
    let raised = epochs::raise(&tx).await?;
    lock_user(&tx, &who.user_id).await?;
    let key = own_key(&tx, &who.user_id, id).await?;
    if expires_at.is_some() && key.expires_at.is_some_and(|expires_at| expires_at <= now) {
        // It comes back to life, and there must be room for it.
        require_room(&tx, &who.user_id, core.config.api.max_keys_per_user, now).await?;
    }
    let mut row = key.clone().into_active_model();
    if let Some(name) = name {
        row.name = Set(name);
    }
    if let Some(expires_at) = expires_at {
        row.expires_at = Set(expires_at);
    }
    let key = if row.is_changed() {
        let key = row.update(&tx).await?;
        let detail = json!({ "name": key.name, "expiresAt": key.expires_at.map(|time| time.to_string()) });
        audit::record(
            &tx,
            Action::KeyChanged,
            Some(&who.user_id),
            &key.id,
            Some(detail),
            client,
        )
        .await?;
        tx.commit().await?;
        core.epochs.publish(raised, &[&key.id]);
        key
    } else {
        tx.rollback().await?;
        key
    };
    let team = match &key.team_id {
        Some(team_id) => teams::Entity::find_by_id(team_id).one(core.db.read()).await?,
        None => None,
    };
    Ok(to_wire(key, team))
}

/// Revokes a key: when this returns, no request that starts with it succeeds. A plan without API access may do it too.
pub async fn revoke(core: &Core, who: &Principal, id: &str, client: &Client) -> Result<(), Error> {
    who.require_person()?;
    let tx = core.db.begin().await?;
    let key = own_key(&tx, &who.user_id, id).await?;
    revoke_row(core, tx, key, Some(&who.user_id), client).await
}

/// Revokes anybody's key, for the operator on the command line.
pub async fn revoke_by_id(core: &Core, id: &str, client: &Client) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let key = api_keys::Entity::find_by_id(id)
        .filter(api_keys::Column::RevokedAt.is_null())
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    revoke_row(core, tx, key, None, client).await
}

async fn revoke_row(
    core: &Core,
    tx: sea_orm::DatabaseTransaction,
    key: api_keys::Model,
    by: Option<&str>,
    client: &Client,
) -> Result<(), Error> {
    let raised = epochs::raise(&tx).await?;
    let id = key.id;
    let detail = json!({ "name": key.name, "keyPrefix": key.key_prefix });
    // Of two that revoke it at the same time one comes too late.
    let revoked = api_keys::Entity::update_many()
        .col_expr(api_keys::Column::RevokedAt, Expr::value(Some(core.clock.now())))
        .filter(api_keys::Column::Id.eq(&id))
        .filter(api_keys::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?;
    if revoked.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    audit::record(&tx, Action::KeyRevoked, by, &id, Some(detail), client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[&id]);
    Ok(())
}
