//! Invitations by link. The token is shown once, to whoever invites; a hash of it is kept. It is good for a week, for one
//! person, and only as long as whoever made it may still invite.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::team_members::{self, TeamRole};
use entity::{Timestamp, team_invites, teams, users};
use rand::TryRng;
use rand::rngs::SysRng;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use types::teams as wire;

use super::{Membership, lock_to, members, require_room, role_from_wire, role_to_wire, to_wire, word};
use crate::access::{Principal, TeamAct, is_above, may, require, to_give};
use crate::accounts::{Client, check_email};
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::db::{lock_team, lock_user};
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::{Core, Error, epochs};

const LIFE_DAYS: i64 = 7;
/// How long one is kept after it could have been accepted.
const KEPT_DAYS: i64 = 30;
/// Invitations of a team that can be accepted at a time.
const MOST_OPEN: u64 = 50;
const WHAT: &str = "Invitation";

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The open invitations of a team, newest first.
pub(super) async fn open(db: &impl ConnectionTrait, team_id: &str, now: Timestamp) -> Result<Vec<wire::Invite>, DbErr> {
    let rows = team_invites::Entity::open_of(team_id, now)
        .order_by_desc(team_invites::Column::CreatedAt)
        .order_by_desc(team_invites::Column::Id)
        .limit(MOST_OPEN)
        .all(db)
        .await?;
    let invite = |row: team_invites::Model| wire::Invite {
        id: row.id,
        role: role_to_wire(row.role),
        email: row.email,
        created_at: row.created_at.to_string(),
        expires_at: row.expires_at.to_string(),
    };
    Ok(rows.into_iter().map(invite).collect())
}

/// Makes an invitation to a team. The answer is the only one that carries its token.
pub async fn invite(
    core: &Core,
    who: &Principal,
    team_id: &str,
    input: wire::CreateInviteRequest,
    claim: Option<&Claim>,
    client: &Client,
) -> Result<wire::NewInviteAnswer, Error> {
    who.require_person()?;
    let mut problems = Problems::default();
    let email = match &input.email {
        Some(text) => problems.note(check_email(text)),
        None => None,
    };
    problems.finish()?;
    let role = role_from_wire(input.role);
    let mut bytes = [0_u8; 32];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let token = URL_SAFE_NO_PAD.encode(bytes);

    let now = core.clock.now();
    let tx = core.db.begin().await?;
    let own = lock_to(&tx, who, team_id, TeamAct::ManageMembers).await?;
    require(own.role, to_give(role))?;
    if team_invites::Entity::open_of(team_id, now).count(&tx).await? >= MOST_OPEN {
        return Err(Error::Conflict(
            "This team has 50 open invitations, which is the limit. Take back one that is no longer needed.",
        ));
    }
    if let Some(email) = &email {
        refuse_members(&tx, team_id, email).await?;
    }
    let row = team_invites::ActiveModel {
        id: Set(new_id()),
        team_id: Set(team_id.to_owned()),
        token_hash: Set(hash(&token)),
        role: Set(role),
        email: Set(email),
        created_by: Set(who.user_id.clone()),
        created_at: Set(now),
        expires_at: Set(now.plus_days(LIFE_DAYS)),
        accepted_at: Set(None),
        accepted_by: Set(None),
        revoked_at: Set(None),
    };
    let row = row.insert(&tx).await?;
    let detail = json!({ "inviteId": row.id, "role": word(role), "email": row.email });
    audit::record(
        &tx,
        Action::InviteCreated,
        Some(&who.user_id),
        team_id,
        Some(detail),
        client,
    )
    .await?;
    if let Some(claim) = claim {
        // The token is not kept, so a repetition can only be told that it came too late.
        claim.answer(&tx, 201, None).await?;
    }
    tx.commit().await?;
    Ok(wire::NewInviteAnswer {
        invite: wire::NewInvite {
            id: row.id,
            url: format!("{}/invite/{token}", core.config.server.url()),
            token,
            role: input.role,
            email: row.email,
            expires_at: row.expires_at.to_string(),
        },
    })
}

async fn refuse_members(tx: &impl ConnectionTrait, team_id: &str, email: &str) -> Result<(), Error> {
    let members = team_members::Entity::find()
        .filter(team_members::Column::TeamId.eq(team_id))
        .inner_join(users::Entity)
        .filter(users::Column::Email.eq(email))
        .count(tx)
        .await?;
    if members == 0 {
        Ok(())
    } else {
        Err(Error::Conflict("This person is in the team already"))
    }
}

/// Takes an invitation back.
pub async fn revoke_invite(
    core: &Core,
    who: &Principal,
    team_id: &str,
    invite_id: &str,
    client: &Client,
) -> Result<(), Error> {
    use team_invites::Column;
    let now = core.clock.now();
    let tx = core.db.begin().await?;
    lock_to(&tx, who, team_id, TeamAct::ManageMembers).await?;
    if !is_id(invite_id) {
        return Err(Error::NotFound(WHAT));
    }
    let revoked = revoke(&tx, team_id, Condition::all().add(Column::Id.eq(invite_id)), now).await?;
    if revoked == 0 {
        return Err(Error::NotFound(WHAT));
    }
    let detail = json!({ "inviteId": invite_id });
    audit::record(
        &tx,
        Action::InviteRevoked,
        Some(&who.user_id),
        team_id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back those of a team's open invitations that are meant; says how many.
async fn revoke(tx: &impl ConnectionTrait, team_id: &str, which: Condition, now: Timestamp) -> Result<u64, DbErr> {
    use team_invites::Column;
    let revoked = team_invites::Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .filter(Column::TeamId.eq(team_id))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(revoked.rows_affected)
}

/// Takes back with somebody's standing in a team the invitations that rest on it: those they made and could not make any
/// more, and those meant for them, lest they come back by a link that was kept. Says how many.
pub(super) async fn withdraw(
    tx: &impl ConnectionTrait,
    team_id: &str,
    user_id: &str,
    now_role: Option<TeamRole>,
    now: Timestamp,
) -> Result<u64, Error> {
    use team_invites::Column;
    let gives = |role: &TeamRole| now_role.is_some_and(|now_role| may(now_role, to_give(*role)));
    let roles = [TeamRole::Owner, TeamRole::Admin, TeamRole::Member, TeamRole::Viewer];
    let still_gives: Vec<TeamRole> = roles.into_iter().filter(gives).collect();
    let made = Condition::all()
        .add(Column::CreatedBy.eq(user_id))
        .add(Column::Role.is_not_in(still_gives));
    let mut which = Condition::any().add(made);
    if let Some(user) = users::Entity::find_by_id(user_id).one(tx).await? {
        which = which.add(Column::Email.eq(user.email));
    }
    Ok(revoke(tx, team_id, which, now).await?)
}

/// The open invitation with this token and its team, if it is for the caller. A token that is unknown, used, expired or
/// taken back, or of a team that is archived, is all the same.
async fn find(
    db: &impl ConnectionTrait,
    who: &Principal,
    token: &str,
    now: Timestamp,
) -> Result<(team_invites::Model, teams::Model), Error> {
    who.require_person()?;
    let found = team_invites::Entity::with_token(&hash(token), now).one(db).await?;
    let Some((invite, Some(team))) = found else {
        return Err(Error::NotFound(WHAT));
    };
    if let Some(email) = &invite.email {
        let user = users::Entity::find_by_id(&who.user_id).one(db).await?;
        if user.is_none_or(|user| user.email != *email) {
            return Err(Error::Forbidden(
                "This invitation is for another e-mail address. Sign in with the account it was made for.",
            ));
        }
    }
    Ok((invite, team))
}

/// What an invitation is to, for somebody who has its token.
pub async fn invitation(core: &Core, who: &Principal, token: &str) -> Result<wire::InvitationAnswer, Error> {
    let (invite, team) = find(core.db.read(), who, token, core.clock.now()).await?;
    Ok(wire::InvitationAnswer {
        invite: wire::Invitation {
            team_name: team.name,
            role: role_to_wire(invite.role),
            expires_at: invite.expires_at.to_string(),
        },
    })
}

/// Joins the team, and uses the invitation up. Who is in it already keeps the higher of the two roles.
pub async fn accept(core: &Core, who: &Principal, token: &str, client: &Client) -> Result<wire::JoinedAnswer, Error> {
    use team_invites::Column;
    let now = core.clock.now();
    let (_, team) = find(core.db.read(), who, token, now).await?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    lock_team(&tx, &team.id).await?;
    // As it is now that nobody else can change it.
    let (invite, team) = find(&tx, who, token, now).await?;
    let before = members::find(&tx, &team.id, &who.user_id)
        .await?
        .map(|member| member.role);
    if before.is_none() {
        lock_user(&tx, &who.user_id).await?;
        require_room(&tx, &who.user_id).await?;
    }
    let role = match before {
        Some(before) if !is_above(invite.role, before) => before,
        _ => {
            members::write(core, &tx, &team.id, &who.user_id, invite.role).await?;
            invite.role
        }
    };
    let used = team_invites::Entity::update_many()
        .col_expr(Column::AcceptedAt, Expr::value(Some(now)))
        .col_expr(Column::AcceptedBy, Expr::value(Some(who.user_id.clone())))
        .filter(Column::Id.eq(&invite.id))
        .filter(Column::AcceptedAt.is_null())
        .exec(&tx)
        .await?;
    if used.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    let detail = json!({
        "inviteId": invite.id, "invitedBy": invite.created_by, "role": word(role), "before": before.map(word),
    });
    audit::record(
        &tx,
        Action::InviteAccepted,
        Some(&who.user_id),
        &team.id,
        Some(detail),
        client,
    )
    .await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[&who.user_id]);
    Ok(wire::JoinedAnswer {
        team: to_wire(core.db.read(), who, Membership { team, role }, now).await?,
        already_member: before.is_some(),
    })
}

/// Removes the invitations that could long not be accepted any more.
pub(crate) async fn forget_invites(core: &Core) -> Result<(), DbErr> {
    team_invites::Entity::delete_many()
        .filter(team_invites::Column::ExpiresAt.lt(core.clock.now().plus_days(-KEPT_DAYS)))
        .exec(core.db.write())
        .await
        .map(drop)
}
