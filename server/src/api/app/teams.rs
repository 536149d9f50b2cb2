//! Teams, their members, and invitations. For people only: a key that reaches these is told so.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::teams;
use types::ErrorCode;
use types::teams::{
    ChangeMemberRequest, ChangeTeamRequest, CreateInviteRequest, CreateTeamRequest, InvitationAnswer, JoinedAnswer,
    MemberAnswer, MemberList, TeamAnswer, TeamList,
};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

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
) -> Result<Response, Problem> {
    who.require_person()?;
    let claim = match key.turn(&state, &who, &body.raw).await? {
        Turn::Act(claim) => claim,
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
    };
    let client = extensions.client(&state);
    let made = act(&state, claim, |state, claim| async move {
        teams::create_as_asked(&state.core, &who, body.value, claim.as_deref(), &client).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
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
) -> Result<Response, Problem> {
    who.require_person()?;
    let claim = match key.turn(&state, &who, &body.raw).await {
        Ok(Turn::Act(claim)) => claim,
        Ok(Turn::Repeat(answer)) => return Ok(answer),
        Ok(Turn::Follow(_)) => return Err(domain::Error::IdempotencyKeyReused.into()),
        Err(problem) if problem.code() == ErrorCode::SecretShownOnce => {
            return Err(domain::Error::InviteShownOnce.into());
        }
        Err(problem) => return Err(problem),
    };
    let client = extensions.client(&state);
    let made = act(&state, claim, |state, claim| async move {
        teams::invite(&state.core, &who, &id, body.value, claim.as_deref(), &client).await
    })
    .await?;
    Ok((StatusCode::CREATED, Answer(made)).into_response())
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
