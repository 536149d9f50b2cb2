//! Teams and who is in them. Their routes come later; keys, threads and their tests need the rules now.

use entity::team_members::{self, TeamRole};
use entity::teams;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde_json::json;

use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::{Core, Error, epochs, text};

const LONGEST_NAME: usize = 100;

/// A team and what somebody is in it.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The team.
    pub team: teams::Model,
    /// What the member may do.
    pub role: TeamRole,
}

/// The membership of a user in a team that is not archived; an unknown team looks the same as a foreign one.
pub async fn require_member(db: &impl ConnectionTrait, user_id: &str, team_id: &str) -> Result<Membership, Error> {
    if !is_id(team_id) {
        return Err(Error::NotTeamMember);
    }
    let found = team_members::Entity::find_by_id((team_id.to_owned(), user_id.to_owned()))
        .find_also_related(teams::Entity)
        .filter(teams::Column::ArchivedAt.is_null())
        .one(db)
        .await?;
    match found {
        Some((member, Some(team))) => Ok(Membership {
            team,
            role: member.role,
        }),
        _ => Err(Error::NotTeamMember),
    }
}

/// The teams of a user that are not archived, by name.
pub async fn of_user(db: &impl ConnectionTrait, user_id: &str) -> Result<Vec<Membership>, DbErr> {
    let rows = team_members::Entity::find()
        .filter(team_members::Column::UserId.eq(user_id))
        .find_also_related(teams::Entity)
        .filter(teams::Column::ArchivedAt.is_null())
        .order_by_asc(teams::Column::Name)
        .order_by_asc(teams::Column::Id)
        .all(db)
        .await?;
    let membership = |(member, team): (team_members::Model, Option<teams::Model>)| {
        team.map(|team| Membership {
            team,
            role: member.role,
        })
    };
    Ok(rows.into_iter().filter_map(membership).collect())
}

/// Makes a team with its maker as owner.
pub async fn create(core: &Core, who: &Principal, name: &str, client: &Client) -> Result<teams::Model, Error> {
    who.require_person()?;
    let name = text::name("name", name, LONGEST_NAME).map_err(|problem| Error::Invalid(vec![problem]))?;
    let now = core.clock.now();
    let tx = core.db.begin().await?;
    let team = teams::ActiveModel {
        id: Set(new_id()),
        name: Set(name),
        context: Set(String::new()),
        archived_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let team = team.insert(&tx).await?;
    let owner = team_members::ActiveModel {
        team_id: Set(team.id.clone()),
        user_id: Set(who.user_id.clone()),
        role: Set(TeamRole::Owner),
        created_at: Set(now),
    };
    owner.insert(&tx).await?;
    audit::record(&tx, Action::TeamCreated, Some(&who.user_id), &team.id, None, client).await?;
    tx.commit().await?;
    Ok(team)
}

/// Takes a user into a team, or gives a member another role. The caller must be the team's owner or administrator.
pub async fn set_member(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    role: TeamRole,
    client: &Client,
) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    require_manager(&tx, who, team_id).await?;
    let row = team_members::ActiveModel {
        team_id: Set(team_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        role: Set(role),
        created_at: Set(core.clock.now()),
    };
    let upsert = OnConflict::columns([team_members::Column::TeamId, team_members::Column::UserId])
        .update_column(team_members::Column::Role)
        .to_owned();
    team_members::Entity::insert(row)
        .on_conflict(upsert)
        .exec_without_returning(&tx)
        .await?;
    let detail = json!({ "userId": user_id, "role": format!("{role:?}").to_lowercase() });
    audit::record(
        &tx,
        Action::MemberSet,
        Some(&who.user_id),
        team_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[user_id]);
    Ok(())
}

/// Removes a member: when this returns, no request with their keys of this team that starts succeeds.
pub async fn remove_member(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    client: &Client,
) -> Result<(), Error> {
    who.require_person()?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    if who.user_id != user_id {
        require_manager(&tx, who, team_id).await?;
    }
    team_members::Entity::delete_by_id((team_id.to_owned(), user_id.to_owned()))
        .exec(&tx)
        .await?;
    let detail = json!({ "userId": user_id });
    audit::record(
        &tx,
        Action::MemberRemoved,
        Some(&who.user_id),
        team_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[user_id]);
    Ok(())
}

/// Archives a team: nothing in it can be reached any more, and its keys are refused.
pub async fn archive(core: &Core, who: &Principal, team_id: &str, client: &Client) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let membership = require_manager(&tx, who, team_id).await?;
    let mut team = membership.team.into_active_model();
    team.archived_at = Set(Some(core.clock.now()));
    team.update(&tx).await?;
    audit::record(&tx, Action::TeamArchived, Some(&who.user_id), team_id, None, client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[team_id]);
    Ok(())
}

async fn require_manager(tx: &impl ConnectionTrait, who: &Principal, team_id: &str) -> Result<Membership, Error> {
    who.require_person()?;
    let membership = require_member(tx, &who.user_id, team_id).await?;
    match membership.role {
        TeamRole::Owner | TeamRole::Admin => Ok(membership),
        TeamRole::Member | TeamRole::Viewer => Err(Error::Forbidden(
            "Only owners and administrators of this team can do this",
        )),
    }
}
