//! The person's teams, their members, and invitations.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::teams::{
    ChangeTeamRequest, Invitation, JoinedAnswer, Member, MemberList, NewInvite, Team, TeamList, TeamRole,
};

use super::Failure;
use crate::wire::Wire;

/// A page of the person's teams.
#[server(prefix = "/_fn", endpoint = "my_teams", input = Wire, output = Wire)]
pub async fn my_teams(cursor: Option<String>) -> Result<TeamList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    teams::list(&request.core, &who, &page)
        .await
        .map_err(|error| refused(&error))
}

/// A team.
#[server(prefix = "/_fn", endpoint = "open_team", input = Wire, output = Wire)]
pub async fn open_team(id: String) -> Result<Team, Failure> {
    let (request, who) = asking()?;
    teams::get(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Makes a team.
#[server(prefix = "/_fn", endpoint = "create_team", input = Wire, output = Wire)]
pub async fn create_team(name: String) -> Result<Team, Failure> {
    let (request, who) = asking()?;
    let team = teams::create(&request.core, &who, &name, &request.client)
        .await
        .map_err(|error| refused(&error))?;
    teams::get(&request.core, &who, &team.id)
        .await
        .map_err(|error| refused(&error))
}

/// Changes a team's name or text.
#[server(prefix = "/_fn", endpoint = "change_team", input = Wire, output = Wire)]
pub async fn change_team(id: String, change: ChangeTeamRequest) -> Result<Team, Failure> {
    let (request, who) = asking()?;
    teams::change(&request.core, &who, &id, change, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Archives a team.
#[server(prefix = "/_fn", endpoint = "archive_team", input = Wire, output = Wire)]
pub async fn archive_team(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    teams::archive(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Leaves a team.
#[server(prefix = "/_fn", endpoint = "leave_team", input = Wire, output = Wire)]
pub async fn leave_team(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    teams::leave(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// A page of a team's members.
#[server(prefix = "/_fn", endpoint = "team_members", input = Wire, output = Wire)]
pub async fn team_members(id: String, cursor: Option<String>) -> Result<MemberList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    teams::members(&request.core, &who, &id, &page)
        .await
        .map_err(|error| refused(&error))
}

/// Gives a member another role.
#[server(prefix = "/_fn", endpoint = "change_member", input = Wire, output = Wire)]
pub async fn change_member(id: String, user_id: String, role: TeamRole) -> Result<Member, Failure> {
    let (request, who) = asking()?;
    teams::change_member(&request.core, &who, &id, &user_id, role, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Removes a member.
#[server(prefix = "/_fn", endpoint = "remove_member", input = Wire, output = Wire)]
pub async fn remove_member(id: String, user_id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    teams::remove_member(&request.core, &who, &id, &user_id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Makes an invitation; the link is in this answer and nowhere else.
#[server(prefix = "/_fn", endpoint = "invite_to_team", input = Wire, output = Wire)]
pub async fn invite_to_team(id: String, role: TeamRole, email: Option<String>) -> Result<NewInvite, Failure> {
    let (request, who) = asking()?;
    let wanted = CreateInviteRequest { role, email };
    teams::invite(&request.core, &who, &id, wanted, None, &request.client)
        .await
        .map(|answer| answer.invite)
        .map_err(|error| refused(&error))
}

/// Takes an invitation back.
#[server(prefix = "/_fn", endpoint = "revoke_invite", input = Wire, output = Wire)]
pub async fn revoke_invite(id: String, invite_id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    teams::revoke_invite(&request.core, &who, &id, &invite_id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// What an invitation is for.
#[server(prefix = "/_fn", endpoint = "read_invitation", input = Wire, output = Wire)]
pub async fn read_invitation(token: String) -> Result<Invitation, Failure> {
    let (request, who) = asking()?;
    teams::invitation(&request.core, &who, &token)
        .await
        .map(|answer| answer.invite)
        .map_err(|error| refused(&error))
}

/// Accepts an invitation.
#[server(prefix = "/_fn", endpoint = "accept_invitation", input = Wire, output = Wire)]
pub async fn accept_invitation(token: String) -> Result<JoinedAnswer, Failure> {
    let (request, who) = asking()?;
    teams::accept(&request.core, &who, &token, &request.client)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::page::PageRequest,
    domain::teams,
    types::teams::CreateInviteRequest,
};
