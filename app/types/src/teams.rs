//! Teams, who is in them, and invitations.

use serde::{Deserialize, Serialize};

use crate::Patch;

/// What a member may do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    /// Everything: also archive the team, and make, change and remove owners.
    Owner,
    /// Change name and text of the team, invite, change and remove members.
    Admin,
    /// Read and write.
    Member,
    /// Read.
    Viewer,
}

/// A team in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamSummary {
    /// The team's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the caller is in it.
    pub role: TeamRole,
    /// How many are in it.
    pub member_count: i64,
    /// When it was made.
    pub created_at: String,
}

/// A team somebody can choose to be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamChoice {
    /// The team's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What they are in it.
    pub role: TeamRole,
}

impl TeamRole {
    /// Whether who has it may write threads and whatever else lies in the team.
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Viewer)
    }
}

/// `{teams}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamList {
    /// The caller's teams that are not archived, by name.
    pub teams: Vec<TeamSummary>,
    /// Cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// A team as its members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// The team's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the models are told in every chat of the team; may be empty.
    pub context: String,
    /// What the caller is in it.
    pub role: TeamRole,
    /// The first page of its members, in the order in which they came.
    pub members: Vec<Member>,
    /// Cursor of the next page of them; null at the end.
    pub members_cursor: Option<String>,
    /// The invitations that can still be accepted, newest first; empty for those who may not invite.
    pub invites: Vec<Invite>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// `{team}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TeamAnswer {
    /// The team.
    pub team: Team,
}

/// `POST /api/teams`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateTeamRequest {
    /// 1 to 100 characters after trimming, without control characters.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: String,
    /// What the models are told in every chat of the team, at most 4,000 characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 4_000), regex(pattern = crate::schema::TEXT)))]
    pub context: Option<String>,
}

/// `PATCH /api/teams/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeTeamRequest {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: Option<String>,
    /// The new text for the models; null clears it.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(length(max = 4_000), regex(pattern = crate::schema::TEXT)))]
    pub context: Patch<String>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user's id.
    pub user_id: String,
    /// Display name; may be empty.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What they may do.
    pub role: TeamRole,
    /// When they joined.
    pub created_at: String,
}

/// `{members}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberList {
    /// In the order in which they came.
    pub members: Vec<Member>,
    /// Cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `PATCH /api/teams/{id}/members/{userId}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeMemberRequest {
    /// What they are to be.
    pub role: TeamRole,
}

/// `{member}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberAnswer {
    /// The member.
    pub member: Member,
}

/// An invitation that can still be accepted, for those who may invite. The token is not in it and cannot be had again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// The invitation's id.
    pub id: String,
    /// What whoever accepts it becomes.
    pub role: TeamRole,
    /// The only account that may accept it; null for whoever has the link.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is refused.
    pub expires_at: String,
}

/// `POST /api/teams/{id}/invites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateInviteRequest {
    /// What whoever accepts it becomes. Only owners invite owners.
    pub role: TeamRole,
    /// The only account that may accept it; absent or null for whoever has the link.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(min = 3, max = 254), regex(pattern = crate::schema::EMAIL)))]
    pub email: Option<String>,
}

/// An invitation just made: the one answer that carries its token.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewInvite {
    /// The invitation's id.
    pub id: String,
    /// What accepts it. It is shown here and nowhere else.
    pub token: String,
    /// The link to hand on, with the token in it.
    pub url: String,
    /// What whoever accepts it becomes.
    pub role: TeamRole,
    /// The only account that may accept it; null for whoever has the link.
    pub email: Option<String>,
    /// From when on it is refused.
    pub expires_at: String,
}

/// `{invite}` of `POST /api/teams/{id}/invites`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewInviteAnswer {
    /// The invitation.
    pub invite: NewInvite,
}

/// What somebody who has an invitation's token is told before they accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The team's name.
    pub team_name: String,
    /// What they would become.
    pub role: TeamRole,
    /// Until when they can accept.
    pub expires_at: String,
}

/// `{invite}` of `GET /api/invites/{token}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationAnswer {
    /// The invitation.
    pub invite: Invitation,
}

/// `POST /api/invites/{token}/accept`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct JoinedAnswer {
    /// The team, with what the caller is in it now.
    pub team: Team,
    /// Whether they were in it before; the higher of the two roles is what they are now.
    pub already_member: bool,
}
