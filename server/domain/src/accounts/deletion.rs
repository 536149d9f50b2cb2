//! Deleting an account.
//!
//! It happens in two steps. The first is one short transaction ([`close`]): from its commit on nobody gets in with the
//! account, nothing of it is shown, and its address is free. The second ([`clear`]) takes what lies there away, in batches
//! that hold up nobody else, and goes on where it was if the server ends in between: the row of the account goes last.
//!
//! What people made alone goes with them: their personal things, and what they kept to themselves in a team. What they
//! shared with a team stays with it. Shared projects, templates and shared threads become those of the team's oldest owner;
//! messages in threads that stay become those of whoever has the thread, and say that who wrote them is gone. A team
//! that nobody else is in goes too.

mod clearing;

use std::sync::Arc;

use entity::team_members::{self, TeamRole};
use entity::{Timestamp, api_keys, messages, sessions, teams, users};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use types::accounts::{DELETE_ACCOUNT_CONFIRMATION, DeleteAccountRequest};

use self::clearing::clear;
pub(crate) use self::clearing::clear_closed;
use super::Client;
use super::own::{prove, unchanged};
use super::users::another_admin;
use crate::access::Principal;
use crate::audit::{self, Action};
use crate::chat::stop_all;
use crate::db::{lock_team, lock_user};
use crate::{Core, Error, epochs, teams as team_rules};

const WHAT: &str = "User";
const PASSWORD: &str = "password";

/// Deletes the caller's own account. When this returns it is closed; what is left of it goes in the background.
pub async fn delete_own(
    core: &Arc<Core>,
    who: &Principal,
    input: DeleteAccountRequest,
    client: &Client,
) -> Result<(), Error> {
    who.require_person()?;
    if input.confirmation.trim().to_lowercase() != DELETE_ACCOUNT_CONFIRMATION {
        return Err(Error::invalid(
            "confirmation",
            format!("Type “{DELETE_ACCOUNT_CONFIRMATION}” to delete your account"),
        ));
    }
    let known = prove(core, who, PASSWORD, input.password, client).await?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let places = lock_places(&tx, &known.id).await?;
    let user = unchanged(&tx, known, PASSWORD).await?;
    close(core, tx, (raised, places), user, Some(&who.user_id), client).await?;
    let (at_work, id) = (Arc::clone(core), who.user_id.clone());
    core.tasks.spawn(async move {
        if let Err(error) = clear(&at_work, &id).await {
            tracing::warn!(%error, "what a deleted account left could not be cleared away; trying again within the hour");
        }
    });
    Ok(())
}

/// Deletes an account for the operator, by its e-mail address. When this returns nothing is left of it.
pub async fn delete_by_email(core: &Core, address: &str, client: &Client) -> Result<(), Error> {
    let address = address.trim().to_lowercase();
    let known = users::Entity::find()
        .filter(users::Column::Email.eq(address))
        .filter(users::Column::DeletedAt.is_null())
        .one(core.db.read())
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let places = lock_places(&tx, &known.id).await?;
    lock_user(&tx, &known.id).await?;
    let user = users::Entity::find_by_id(&known.id)
        .filter(users::Column::DeletedAt.is_null())
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    close(core, tx, (raised, places), user, None, client).await?;
    clear(core, &known.id).await?;
    Ok(())
}

/// A team somebody is in.
struct Place {
    team: teams::Model,
    role: TeamRole,
}

/// The teams of a user, archived ones too, with their locks.
async fn lock_places(tx: &DatabaseTransaction, user_id: &str) -> Result<Vec<Place>, DbErr> {
    let teams_of: Vec<String> = team_members::Entity::find()
        .select_only()
        .column(team_members::Column::TeamId)
        .filter(team_members::Column::UserId.eq(user_id))
        .order_by_asc(team_members::Column::TeamId)
        .into_tuple()
        .all(tx)
        .await?;
    for team_id in &teams_of {
        lock_team(tx, team_id).await?;
    }
    let rows = team_members::Entity::find()
        .filter(team_members::Column::UserId.eq(user_id))
        .filter(team_members::Column::TeamId.is_in(teams_of))
        .find_also_related(teams::Entity)
        .order_by_asc(team_members::Column::TeamId)
        .all(tx)
        .await?;
    let place = |(member, team): (team_members::Model, Option<teams::Model>)| {
        team.map(|team| Place {
            team,
            role: member.role,
        })
    };
    Ok(rows.into_iter().filter_map(place).collect())
}

/// The first step, and the end of the transaction.
async fn close(
    core: &Core,
    tx: DatabaseTransaction,
    (raised, places): (epochs::Raised, Vec<Place>),
    user: users::Model,
    by: Option<&str>,
    client: &Client,
) -> Result<(), Error> {
    let now = core.clock.now();
    let id = user.id.clone();
    if user.role == users::UserRole::Admin && !another_admin(&tx, &id).await? {
        return Err(Error::Conflict(
            "This is the last administrator. Make somebody else one first.",
        ));
    }
    let mut left = 0_u32;
    for place in &places {
        left += u32::from(leave(&tx, place, &id, by, now, client).await?);
    }
    sessions::Entity::delete_many()
        .filter(sessions::Column::UserId.eq(&id))
        .exec(&tx)
        .await?;
    api_keys::Entity::update_many()
        .col_expr(api_keys::Column::RevokedAt, Expr::value(Some(now)))
        .filter(api_keys::Column::UserId.eq(&id))
        .filter(api_keys::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?;
    let stopped = stop_all(core, &tx, Condition::all().add(messages::Column::UserId.eq(&id))).await?;
    let mut row = user.into_active_model();
    // No address: nobody can sign in with it or register it.
    row.email = Set(format!("deleted {id}"));
    row.name = Set(String::new());
    row.password_hash = Set(String::new());
    row.role = Set(users::UserRole::User);
    row.settings = Set("{}".to_owned());
    row.theme = Set(None);
    row.suspended_at = Set(Some(now));
    row.deleted_at = Set(Some(now));
    row.updated_at = Set(now);
    row.update(&tx).await?;
    let detail = json!({ "teamsLeft": left });
    audit::record(&tx, Action::UserDeleted, by, &id, Some(detail), client).await?;
    tx.commit().await?;
    let subjects = places.iter().map(|place| place.team.id.as_str());
    let subjects: Vec<&str> = subjects.chain([id.as_str()]).collect();
    core.epochs.publish(raised, &subjects);
    for message_id in stopped {
        core.chat.abandon(&message_id);
    }
    Ok(())
}

/// Leaves a team for good, or closes it when nobody else is in it. True when it was left.
async fn leave(
    tx: &DatabaseTransaction,
    place: &Place,
    user_id: &str,
    by: Option<&str>,
    now: Timestamp,
    client: &Client,
) -> Result<bool, Error> {
    use team_members::Column;
    let Place { team, role } = place;
    let others = team_members::Entity::find()
        .filter(Column::TeamId.eq(&team.id))
        .filter(Column::UserId.ne(user_id))
        .count(tx)
        .await?;
    if others == 0 {
        // Who is in it alone stays in it to the end, which is how it is known that it goes too.
        if team.archived_at.is_none() {
            let mut row = team.clone().into_active_model();
            row.archived_at = Set(Some(now));
            row.update(tx).await?;
        }
        return Ok(false);
    }
    let needed = *role == TeamRole::Owner && team.archived_at.is_none();
    if needed && !team_rules::has_another_owner(tx, &team.id, user_id).await? {
        return Err(Error::LastOwner(team.name.clone()));
    }
    team_rules::forget_member(tx, &team.id, user_id, now).await?;
    let detail = json!({ "userId": user_id, "accountDeleted": true });
    audit::record(tx, Action::MemberRemoved, by, &team.id, Some(detail), client).await?;
    Ok(true)
}
