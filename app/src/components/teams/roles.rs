//! What the roles in a team are called, and what the page offers to each.

use leptos::prelude::*;
use types::teams::TeamRole;

use crate::components::ui::badge::{Badge, BadgeKind};
use crate::components::ui::select::Choice;

const ALL: [TeamRole; 4] = [TeamRole::Owner, TeamRole::Admin, TeamRole::Member, TeamRole::Viewer];

/// As people read it.
pub(crate) const fn name(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Owner => "Owner",
        TeamRole::Admin => "Admin",
        TeamRole::Member => "Member",
        TeamRole::Viewer => "Viewer",
    }
}

/// What it means, in one line.
pub(crate) const fn meaning(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Owner => "Everything, also making owners and archiving the team.",
        TeamRole::Admin => "Invite people, change members and the team's text.",
        TeamRole::Member => "Read what is shared, and write.",
        TeamRole::Viewer => "Read what is shared.",
    }
}

const fn slug(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Owner => "owner",
        TeamRole::Admin => "admin",
        TeamRole::Member => "member",
        TeamRole::Viewer => "viewer",
    }
}

/// The role behind a choice.
pub(crate) fn of_slug(text: &str) -> TeamRole {
    ALL.into_iter()
        .find(|role| slug(*role) == text)
        .unwrap_or(TeamRole::Viewer)
}

/// The value of a choice.
pub(crate) fn value(role: TeamRole) -> String {
    slug(role).to_owned()
}

/// The roles somebody may give. Only owners make owners. The server decides; this is what is offered.
pub(crate) fn to_give(own: TeamRole) -> Vec<Choice> {
    let all = ALL
        .into_iter()
        .filter(|role| own == TeamRole::Owner || *role != TeamRole::Owner);
    all.map(|role| Choice::new(slug(role), name(role))).collect()
}

/// Whether the page offers to manage the team.
pub(crate) const fn manages(own: TeamRole) -> bool {
    matches!(own, TeamRole::Owner | TeamRole::Admin)
}

/// Whether the page offers to change a member of this role.
pub(crate) fn may_change(own: TeamRole, member: TeamRole) -> bool {
    own == TeamRole::Owner || (own == TeamRole::Admin && member != TeamRole::Owner)
}

/// A role in a pill.
#[component]
pub fn RoleBadge(
    /// The role.
    role: TeamRole,
) -> impl IntoView {
    let kind = if manages(role) {
        BadgeKind::Accent
    } else {
        BadgeKind::Neutral
    };
    view! { <Badge kind>{name(role)}</Badge> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_and_its_role_are_one() {
        for role in ALL {
            assert_eq!(of_slug(&value(role)), role);
        }
        assert_eq!(of_slug("nothing"), TeamRole::Viewer, "what is unknown gives least");
    }

    #[test]
    fn owners_are_for_owners() {
        assert_eq!(to_give(TeamRole::Owner).len(), 4);
        assert_eq!(to_give(TeamRole::Admin).len(), 3);
        for (own, member, may) in [
            (TeamRole::Owner, TeamRole::Owner, true),
            (TeamRole::Admin, TeamRole::Owner, false),
            (TeamRole::Admin, TeamRole::Admin, true),
            (TeamRole::Member, TeamRole::Viewer, false),
            (TeamRole::Viewer, TeamRole::Viewer, false),
        ] {
            assert_eq!(may_change(own, member), may, "{own:?} {member:?}");
        }
    }
}
