//! Who is in a team, as what.

use entity::team_members::{self, TeamRole};
use entity::{Timestamp, users};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use types::teams as wire;

use super::{invites, lock_to, place, role_from_wire, role_to_wire, word};
use crate::access::{Principal, TeamAct, is_above, require};
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::is_id;
use crate::page::{PageRequest, cursor_after, cut};
use crate::{Core, Error, epochs};

const WHAT: &str = "Member";

/// The members of a team the caller is in, in the order in which they came.
pub async fn members(
    core: &Core,
    who: &Principal,
    team_id: &str,
    page: &PageRequest,
) -> Result<wire::MemberList, Error> {
    let place = place(core.db.read(), who, team_id).await?;
    page_of(core.db.read(), who, &place.team.id, page).await
}

pub(super) async fn page_of(
    db: &impl ConnectionTrait,
    who: &Principal,
    team_id: &str,
    page: &PageRequest,
) -> Result<wire::MemberList, Error> {
    use team_members::Column;
    let limit = page.limit()?;
    let list = format!("members:{}:{team_id}", who.user_id);
    let mut rows = team_members::Entity::find()
        .filter(Column::TeamId.eq(team_id))
        .find_also_related(users::Entity);
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.newer(Column::CreatedAt, Column::UserId));
    }
    let mut rows = rows
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::UserId)
        .limit(limit + 1)
        .all(db)
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some((last, _))) => Some(cursor_after(&list, last.created_at, &last.user_id)?),
        _ => None,
    };
    Ok(wire::MemberList {
        members: rows.into_iter().filter_map(to_wire).collect(),
        next_cursor,
    })
}

fn to_wire((member, user): (team_members::Model, Option<users::Model>)) -> Option<wire::Member> {
    user.map(|user| wire::Member {
        user_id: member.user_id,
        name: user.name,
        email: user.email,
        role: role_to_wire(member.role),
        created_at: member.created_at.to_string(),
    })
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    team_id: &str,
    user_id: &str,
) -> Result<Option<team_members::Model>, Error> {
    if !is_id(user_id) {
        return Ok(None);
    }
    let member = team_members::Entity::find_by_id((team_id.to_owned(), user_id.to_owned()));
    Ok(member.one(db).await?)
}

/// Gives a member another role. It takes effect on their next request, with their keys of this team too.
pub async fn change_member(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    role: wire::TeamRole,
    client: &Client,
) -> Result<wire::Member, Error> {
    put(core, who, team_id, user_id, (role_from_wire(role), false), client).await?;
    let row = team_members::Entity::find_by_id((team_id.to_owned(), user_id.to_owned()))
        .find_also_related(users::Entity)
        .one(core.db.read())
        .await?;
    row.and_then(to_wire).ok_or(Error::NotFound(WHAT))
}

/// The same, and takes in who is not a member yet, unasked. For people there are invitations.
pub async fn set_member(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    role: TeamRole,
    client: &Client,
) -> Result<(), Error> {
    put(core, who, team_id, user_id, (role, true), client).await
}

async fn put(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    (role, add): (TeamRole, bool),
    client: &Client,
) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let own = lock_to(&tx, who, team_id, TeamAct::ManageMembers).await?;
    let before = find(&tx, team_id, user_id).await?.map(|member| member.role);
    if before.is_none() && !add {
        return Err(Error::NotFound(WHAT));
    }
    if role == TeamRole::Owner || before == Some(TeamRole::Owner) {
        require(own.role, TeamAct::ManageOwners)?;
    }
    if before == Some(role) {
        return Ok(());
    }
    if before == Some(TeamRole::Owner) {
        require_another_owner(&tx, team_id, user_id).await?;
    }
    write(core, &tx, team_id, user_id, role).await?;
    let withdrawn = match before {
        Some(before) if is_above(before, role) => {
            invites::withdraw(&tx, team_id, user_id, Some(role), core.clock.now()).await?
        }
        _ => 0,
    };
    let detail = json!({
        "userId": user_id, "role": word(role), "before": before.map(word), "invitesWithdrawn": withdrawn,
    });
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

/// Takes somebody into a team, or gives them another role there; they keep their place among its members.
pub(super) async fn write(
    core: &Core,
    tx: &impl ConnectionTrait,
    team_id: &str,
    user_id: &str,
    role: TeamRole,
) -> Result<(), Error> {
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
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Refuses to leave a team without an owner who can sign in.
async fn require_another_owner(tx: &DatabaseTransaction, team_id: &str, than: &str) -> Result<(), Error> {
    if has_another_owner(tx, team_id, than).await? {
        Ok(())
    } else {
        Err(Error::Conflict(
            "This is the team's last owner. Make another member an owner first, or archive the team.",
        ))
    }
}

/// Whether a team has another owner who can sign in.
pub(crate) async fn has_another_owner(tx: &DatabaseTransaction, team_id: &str, than: &str) -> Result<bool, DbErr> {
    use team_members::Column;
    let others = team_members::Entity::find()
        .filter(Column::TeamId.eq(team_id))
        .filter(Column::Role.eq(TeamRole::Owner))
        .filter(Column::UserId.ne(than))
        .inner_join(users::Entity)
        .filter(users::Column::SuspendedAt.is_null())
        .count(tx)
        .await?;
    Ok(others > 0)
}

/// Takes somebody out of a team with the invitations that rest on them; says how many those were.
pub(crate) async fn forget_member(
    tx: &impl ConnectionTrait,
    team_id: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<u64, Error> {
    team_members::Entity::delete_by_id((team_id.to_owned(), user_id.to_owned()))
        .exec(tx)
        .await?;
    invites::withdraw(tx, team_id, user_id, None, now).await
}

/// Removes a member: when this returns, no request with their keys of this team that starts succeeds. Anybody may remove
/// themself, which is leaving.
pub async fn remove_member(
    core: &Core,
    who: &Principal,
    team_id: &str,
    user_id: &str,
    client: &Client,
) -> Result<(), Error> {
    let act = if who.user_id == user_id {
        TeamAct::Leave
    } else {
        TeamAct::ManageMembers
    };
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let own = lock_to(&tx, who, team_id, act).await?;
    let member = find(&tx, team_id, user_id).await?.ok_or(Error::NotFound(WHAT))?;
    if member.role == TeamRole::Owner {
        require(own.role, TeamAct::ManageOwners)?;
        require_another_owner(&tx, team_id, user_id).await?;
    }
    let withdrawn = forget_member(&tx, team_id, user_id, core.clock.now()).await?;
    let detail = json!({ "userId": user_id, "role": word(member.role), "invitesWithdrawn": withdrawn });
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

/// Leaves a team.
pub async fn leave(core: &Core, who: &Principal, team_id: &str, client: &Client) -> Result<(), Error> {
    remove_member(core, who, team_id, &who.user_id, client).await
}
