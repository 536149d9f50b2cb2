//! Teams: made, changed, archived; who is in them and who is invited.
//!
//! What each role may do stands in [`crate::access::may`]. Whatever changes who is in a team raises the epoch row and then
//! takes the team's lock, so that of two who decide by the same members one comes after the other.

mod invites;
mod members;

use std::collections::HashMap;

use entity::team_members::{self, TeamRole};
use entity::{Timestamp, teams};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use types::teams as wire;
use types::{FieldError, Patch};

use crate::access::{Principal, TeamAct, may, require};
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::db::{lock_team, lock_user};
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::page::{PageRequest, cursor, cut};
use crate::{Core, Error, epochs, text};

pub(crate) use invites::forget_invites;
pub use invites::{accept, invitation, invite, revoke_invite};
pub use members::{change_member, leave, members, remove_member, set_member};
pub(crate) use members::{forget_member, has_another_owner};

const LONGEST_NAME: usize = 100;
const LONGEST_CONTEXT: usize = 4_000;
/// Teams somebody may be in.
const MOST_TEAMS: u64 = 100;
const WHAT: &str = "Team";

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
    Ok(rows.into_iter().filter_map(membership).collect())
}

/// The caller's teams that are not archived, by name, to choose from.
pub async fn choices(core: &Core, user_id: &str) -> Result<Vec<wire::TeamChoice>, Error> {
    let choice = |place: Membership| wire::TeamChoice {
        id: place.team.id,
        name: place.team.name,
        role: role_to_wire(place.role),
    };
    let places = of_user(core.db.read(), user_id).await?;
    Ok(places.into_iter().map(choice).collect())
}

fn membership((member, team): (team_members::Model, Option<teams::Model>)) -> Option<Membership> {
    team.map(|team| Membership {
        team,
        role: member.role,
    })
}

/// The caller's own place in a team, for what is about the team itself. Where it is only named for something else, as for
/// a thread, [`require_member`] says that one is not in it; here there is no such team.
async fn place(db: &impl ConnectionTrait, who: &Principal, team_id: &str) -> Result<Membership, Error> {
    who.require_person()?;
    require_member(db, &who.user_id, team_id)
        .await
        .map_err(|error| match error {
            Error::NotTeamMember => Error::NotFound(WHAT),
            other => other,
        })
}

/// The same under the team's lock, if the caller may do this.
async fn lock_to(tx: &DatabaseTransaction, who: &Principal, team_id: &str, act: TeamAct) -> Result<Membership, Error> {
    who.require_person()?;
    if !is_id(team_id) {
        return Err(Error::NotFound(WHAT));
    }
    lock_team(tx, team_id).await?;
    let place = place(tx, who, team_id).await?;
    require(place.role, act)?;
    Ok(place)
}

fn role_to_wire(role: TeamRole) -> wire::TeamRole {
    match role {
        TeamRole::Owner => wire::TeamRole::Owner,
        TeamRole::Admin => wire::TeamRole::Admin,
        TeamRole::Member => wire::TeamRole::Member,
        TeamRole::Viewer => wire::TeamRole::Viewer,
    }
}

fn role_from_wire(role: wire::TeamRole) -> TeamRole {
    match role {
        wire::TeamRole::Owner => TeamRole::Owner,
        wire::TeamRole::Admin => TeamRole::Admin,
        wire::TeamRole::Member => TeamRole::Member,
        wire::TeamRole::Viewer => TeamRole::Viewer,
    }
}

/// A role as audit rows name it.
fn word(role: TeamRole) -> String {
    format!("{role:?}").to_lowercase()
}

/// The caller's teams that are not archived, by name.
pub async fn list(core: &Core, who: &Principal, page: &PageRequest) -> Result<wire::TeamList, Error> {
    use teams::Column;
    who.require_person()?;
    let limit = page.limit()?;
    let list = format!("teams:{}", who.user_id);
    let mut rows = team_members::Entity::find()
        .filter(team_members::Column::UserId.eq(&who.user_id))
        .find_also_related(teams::Entity)
        .filter(Column::ArchivedAt.is_null());
    if let Some((name, id)) = page.place::<(String, String)>(&list)? {
        if !is_id(&id) || name.contains('\0') {
            return Err(Error::InvalidCursor);
        }
        rows = rows.filter(
            Condition::all()
                .add(Column::Name.gte(&name))
                .add(Condition::any().add(Column::Name.gt(&name)).add(Column::Id.gt(id))),
        );
    }
    let rows = rows
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let mut rows: Vec<Membership> = rows.into_iter().filter_map(membership).collect();
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor(&list, &(&last.team.name, &last.team.id))?),
        _ => None,
    };
    let counts = counts(core.db.read(), rows.iter().map(|row| row.team.id.as_str())).await?;
    let summary = |row: Membership| wire::TeamSummary {
        member_count: counts.get(&row.team.id).copied().unwrap_or(0),
        id: row.team.id,
        name: row.team.name,
        role: role_to_wire(row.role),
        created_at: row.team.created_at.to_string(),
    };
    Ok(wire::TeamList {
        teams: rows.into_iter().map(summary).collect(),
        next_cursor,
    })
}

/// How many are in each of these teams.
async fn counts(
    db: &impl ConnectionTrait,
    team_ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, i64>, DbErr> {
    use team_members::Column;
    let rows: Vec<(String, i64)> = team_members::Entity::find()
        .select_only()
        .column(Column::TeamId)
        .column_as(Column::UserId.count(), "members")
        .filter(Column::TeamId.is_in(team_ids))
        .group_by(Column::TeamId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A team the caller is in.
pub async fn get(core: &Core, who: &Principal, team_id: &str) -> Result<wire::Team, Error> {
    let place = place(core.db.read(), who, team_id).await?;
    to_wire(core.db.read(), who, place, core.clock.now()).await
}

/// The team as this member sees it.
async fn to_wire(
    db: &impl ConnectionTrait,
    who: &Principal,
    place: Membership,
    now: Timestamp,
) -> Result<wire::Team, Error> {
    let Membership { team, role } = place;
    let first = members::page_of(db, who, &team.id, &PageRequest::default()).await?;
    let invites = if may(role, TeamAct::ManageMembers) {
        invites::open(db, &team.id, now).await?
    } else {
        Vec::new()
    };
    Ok(wire::Team {
        id: team.id,
        name: team.name,
        context: team.context,
        role: role_to_wire(role),
        members: first.members,
        members_cursor: first.next_cursor,
        invites,
        created_at: team.created_at.to_string(),
        updated_at: team.updated_at.to_string(),
    })
}

fn name(text: &str) -> Result<String, FieldError> {
    text::name("name", text, LONGEST_NAME)
}

/// A text for prompts; blank is none.
fn context(text: &str) -> Result<String, FieldError> {
    text::no_nul("context", text)?;
    text::at_most("context", text, LONGEST_CONTEXT)?;
    Ok(if text.trim().is_empty() { "" } else { text }.to_owned())
}

/// Makes a team of this name with its maker as owner.
pub async fn create(core: &Core, who: &Principal, name: &str, client: &Client) -> Result<teams::Model, Error> {
    let input = wire::CreateTeamRequest {
        name: name.to_owned(),
        context: None,
    };
    let tx = core.db.begin().await?;
    // So that the maker's open pages hear of it.
    let raised = epochs::raise(&tx).await?;
    let team = insert(core, &tx, who, input, client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[]);
    Ok(team)
}

/// The same as a request asks for it.
pub async fn create_as_asked(
    core: &Core,
    who: &Principal,
    input: wire::CreateTeamRequest,
    claim: Option<&Claim>,
    client: &Client,
) -> Result<wire::TeamAnswer, Error> {
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let place = Membership {
        team: insert(core, &tx, who, input, client).await?,
        role: TeamRole::Owner,
    };
    let answer = wire::TeamAnswer {
        team: to_wire(&tx, who, place, core.clock.now()).await?,
    };
    if let Some(claim) = claim {
        let body = serde_json::to_string(&answer).map_err(|error| Error::Internal(error.to_string()))?;
        claim.answer(&tx, 201, Some(body)).await?;
    }
    tx.commit().await?;
    core.epochs.publish(raised, &[]);
    Ok(answer)
}

async fn insert(
    core: &Core,
    tx: &DatabaseTransaction,
    who: &Principal,
    input: wire::CreateTeamRequest,
    client: &Client,
) -> Result<teams::Model, Error> {
    who.require_person()?;
    let mut problems = Problems::default();
    let name = problems.note(name(&input.name));
    let context = problems.note(context(&input.context.unwrap_or_default()));
    problems.finish()?;
    lock_user(tx, &who.user_id).await?;
    require_room(tx, &who.user_id).await?;
    let now = core.clock.now();
    let team = teams::ActiveModel {
        id: Set(new_id()),
        name: Set(name.unwrap_or_default()),
        context: Set(context.unwrap_or_default()),
        archived_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let team = team.insert(tx).await?;
    let owner = team_members::ActiveModel {
        team_id: Set(team.id.clone()),
        user_id: Set(who.user_id.clone()),
        role: Set(TeamRole::Owner),
        created_at: Set(now),
    };
    owner.insert(tx).await?;
    let detail = json!({ "name": team.name });
    audit::record(
        tx,
        Action::TeamCreated,
        Some(&who.user_id),
        &team.id,
        Some(detail),
        client,
    )
    .await?;
    Ok(team)
}

/// Refuses who is in as many teams as one may be.
async fn require_room(tx: &impl ConnectionTrait, user_id: &str) -> Result<(), Error> {
    let teams = team_members::Entity::find()
        .filter(team_members::Column::UserId.eq(user_id))
        .inner_join(teams::Entity)
        .filter(teams::Column::ArchivedAt.is_null())
        .count(tx)
        .await?;
    if teams < MOST_TEAMS {
        Ok(())
    } else {
        Err(Error::Conflict(
            "You are in 100 teams, which is the limit. Leave one that you no longer need.",
        ))
    }
}

/// Changes what is in the request; the rest stays.
pub async fn change(
    core: &Core,
    who: &Principal,
    team_id: &str,
    input: wire::ChangeTeamRequest,
    client: &Client,
) -> Result<wire::Team, Error> {
    who.require_person()?;
    let mut problems = Problems::default();
    let name = match &input.name {
        Some(text) => problems.note(name(text)),
        None => None,
    };
    let context = match &input.context {
        Patch::Absent => None,
        Patch::Null => Some(String::new()),
        Patch::Value(text) => problems.note(context(text)),
    };
    problems.finish()?;
    let now = core.clock.now();
    let tx = core.db.begin().await?;
    let mut place = lock_to(&tx, who, team_id, TeamAct::Change).await?;
    let name = name.filter(|name| *name != place.team.name);
    let context = context.filter(|context| *context != place.team.context);
    if name.is_some() || context.is_some() {
        // What the text says is the team's own; that it was changed is enough.
        let detail = json!({ "from": place.team.name, "name": name, "context": context.is_some() });
        let mut row = place.team.into_active_model();
        row.updated_at = Set(now);
        if let Some(name) = name {
            row.name = Set(name);
        }
        if let Some(context) = context {
            row.context = Set(context);
        }
        place.team = row.update(&tx).await?;
        audit::record(
            &tx,
            Action::TeamChanged,
            Some(&who.user_id),
            team_id,
            Some(detail),
            client,
        )
        .await?;
    }
    tx.commit().await?;
    to_wire(core.db.read(), who, place, now).await
}

/// Archives a team: nothing in it can be reached any more, its keys are refused and its invitations worth nothing.
pub async fn archive(core: &Core, who: &Principal, team_id: &str, client: &Client) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let place = lock_to(&tx, who, team_id, TeamAct::Archive).await?;
    let now = core.clock.now();
    let mut team = place.team.into_active_model();
    team.archived_at = Set(Some(now));
    team.updated_at = Set(now);
    team.update(&tx).await?;
    audit::record(&tx, Action::TeamArchived, Some(&who.user_id), team_id, None, client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[team_id]);
    Ok(())
}
