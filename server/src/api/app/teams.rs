//! Teams, their members, and invitations. For people only: a key that reaches these is told so.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use domain::idempotency::Claim;
use domain::teams;
use serde_json::json;
use types::ErrorCode;
use types::teams::{
    ChangeMemberRequest, ChangeTeamRequest, CreateInviteRequest, CreateTeamRequest, InvitationAnswer, JoinedAnswer,
    MemberAnswer, MemberList, NewInviteAnswer, TeamAnswer, TeamList,
};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Teams",
        "People who share chats, and how others join them. For people only, never with an API key.",
    )
    .get(
        "/api/teams",
        list,
        operation("listTeams", "List my teams")
            .about("By name, without the archived ones.")
            .people_only()
            .refuses(&[ErrorCode::InvalidCursor]),
    )
    .post(
        "/api/teams",
        create,
        operation("createTeam", "Make a team")
            .about("Whoever makes it is its first owner.")
            .people_only()
            .sample(json!({ "name": "Research", "context": "We answer in British English." }))
            .refuses(&[ErrorCode::Conflict]),
    )
    .get(
        "/api/teams/{id}",
        read,
        operation("readTeam", "Read a team")
            .about("With the first page of its members, and for those who may invite, the open invitations.")
            .people_only(),
    )
    .patch(
        "/api/teams/{id}",
        change,
        operation("changeTeam", "Change a team")
            .about("Its name and what the models are told in every chat of it. For owners and administrators.")
            .people_only()
            .sample(json!({ "context": null })),
    )
    .delete(
        "/api/teams/{id}",
        archive,
        operation("archiveTeam", "Archive a team")
            .about("Its keys are refused from the next request on. For owners.")
            .people_only(),
    )
    .get(
        "/api/teams/{id}/members",
        list_members,
        operation("listMembers", "List who is in a team")
            .about("In the order in which they came.")
            .people_only()
            .refuses(&[ErrorCode::InvalidCursor]),
    )
    .patch(
        "/api/teams/{id}/members/{userId}",
        change_member,
        operation("changeMember", "Change what a member may do")
            .about("Only owners make, change or remove owners. The last owner stays one.")
            .people_only()
            .sample(json!({ "role": "viewer" }))
            .refuses(&[ErrorCode::Conflict]),
    )
    .delete(
        "/api/teams/{id}/members/{userId}",
        remove_member,
        operation("removeMember", "Remove somebody from a team")
            .about("Their keys for it are refused from the next request on.")
            .people_only()
            .refuses(&[ErrorCode::Conflict]),
    )
    .post(
        "/api/teams/{id}/leave",
        leave,
        operation("leaveTeam", "Leave a team")
            .about("The last owner can't.")
            .people_only()
            .refuses(&[ErrorCode::Conflict]),
    )
    .post(
        "/api/teams/{id}/invites",
        invite,
        operation("createInvite", "Invite somebody")
            .about("The answer carries the link, once and never again. It is good for a week and for one person.")
            .people_only()
            .sample(json!({ "role": "member" }))
            .refuses(&[ErrorCode::Conflict, ErrorCode::SecretShownOnce]),
    )
    .delete(
        "/api/teams/{id}/invites/{inviteId}",
        revoke_invite,
        operation("revokeInvite", "Take an invitation back").people_only(),
    )
    .get(
        "/api/invites/{token}",
        invitation,
        operation("readInvitation", "Look at an invitation")
            .about("What it is to, before it is accepted.")
            .people_only(),
    )
    .post(
        "/api/invites/{token}/accept",
        accept,
        operation("acceptInvitation", "Accept an invitation")
            .about("Somebody who is in the team already has the higher of the two roles afterwards.")
            .people_only()
            .refuses(&[ErrorCode::Conflict]),
    )
}

/// GET /api/teams
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(page): Params<Page>,
) -> Result<Answer<TeamList>, Problem> {
    Ok(Answer(teams::list(&state.core, &who, &page.request()?).await?))
}

/// POST /api/teams
pub async fn create(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    extensions: Extensions,
    body: Json<CreateTeamRequest>,
) -> Result<Created<TeamAnswer>, Problem> {
    who.require_person()?;
    let client = extensions.client(&state);
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        teams::create_as_asked(&state.core, &caller, value, claim.as_deref(), &client).await
    };
    key.create(&state, &who, &raw, make).await
}

/// GET /api/teams/{id}
pub async fn read(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<Answer<TeamAnswer>, Problem> {
    let team = teams::get(&state.core, &who, &id).await?;
    Ok(Answer(TeamAnswer { team }))
}

/// PATCH /api/teams/{id}
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
    body: Json<ChangeTeamRequest>,
) -> Result<Answer<TeamAnswer>, Problem> {
    let client = extensions.client(&state);
    let team = teams::change(&state.core, &who, &id, body.value, &client).await?;
    Ok(Answer(TeamAnswer { team }))
}

/// DELETE /api/teams/{id}
pub async fn archive(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    teams::archive(&state.core, &who, &id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// GET /api/teams/{id}/members
pub async fn list_members(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    Params(page): Params<Page>,
) -> Result<Answer<MemberList>, Problem> {
    Ok(Answer(teams::members(&state.core, &who, &id, &page.request()?).await?))
}

/// PATCH /api/teams/{id}/members/{userId}
pub async fn change_member(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids((id, user_id)): Ids<(String, String)>,
    extensions: Extensions,
    body: Json<ChangeMemberRequest>,
) -> Result<Answer<MemberAnswer>, Problem> {
    let client = extensions.client(&state);
    let member = teams::change_member(&state.core, &who, &id, &user_id, body.value.role, &client).await?;
    Ok(Answer(MemberAnswer { member }))
}

/// DELETE /api/teams/{id}/members/{userId}
pub async fn remove_member(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids((id, user_id)): Ids<(String, String)>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    teams::remove_member(&state.core, &who, &id, &user_id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST /api/teams/{id}/leave
pub async fn leave(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    teams::leave(&state.core, &who, &id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST /api/teams/{id}/invites
pub async fn invite(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    key: IdempotencyKey,
    extensions: Extensions,
    body: Json<CreateInviteRequest>,
) -> Result<Created<NewInviteAnswer>, Problem> {
    who.require_person()?;
    let client = extensions.client(&state);
    let Json { raw, value } = body;
    let caller = who.clone();
    let make = |state: AppState, claim: Option<Arc<Claim>>| async move {
        teams::invite(&state.core, &caller, &id, value, claim.as_deref(), &client).await
    };
    let made = key.create(&state, &who, &raw, make).await;
    made.map_err(|problem| match problem.code() {
        ErrorCode::SecretShownOnce => domain::Error::InviteShownOnce.into(),
        _ => problem,
    })
}

/// DELETE /api/teams/{id}/invites/{inviteId}
pub async fn revoke_invite(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids((id, invite_id)): Ids<(String, String)>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    teams::revoke_invite(&state.core, &who, &id, &invite_id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// GET /api/invites/{token}
pub async fn invitation(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(token): Ids<String>,
) -> Result<Answer<InvitationAnswer>, Problem> {
    Ok(Answer(teams::invitation(&state.core, &who, &token).await?))
}

/// POST /api/invites/{token}/accept
pub async fn accept(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(token): Ids<String>,
    extensions: Extensions,
) -> Result<Answer<JoinedAnswer>, Problem> {
    let client = extensions.client(&state);
    Ok(Answer(teams::accept(&state.core, &who, &token, &client).await?))
}
