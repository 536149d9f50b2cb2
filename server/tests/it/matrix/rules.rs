//! What is expected of a cell, in a few rules that know nothing of the code: who somebody is, whose a row is, and what the
//! contract says of the two.

use super::table::Route;

/// What a member of a team is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Owner,
    Admin,
    Member,
    Viewer,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Anonymous,
    /// The administrator of the instance, who is in no team.
    Root,
    Owner,
    Admin,
    Member,
    Viewer,
    /// In no team.
    Other,
    /// Was in the team.
    Removed,
    Suspended,
    /// A personal key of the member.
    Key,
    /// The member's key of the team.
    TeamKey,
    /// The viewer's key of the team.
    ViewersTeamKey,
    /// A key of the team whose owner was removed from it.
    RemovedTeamKey,
    SuspendedKey,
    RevokedKey,
    ExpiredKey,
}

impl Who {
    pub(super) const ALL: [Self; 16] = [
        Self::Anonymous,
        Self::Root,
        Self::Owner,
        Self::Admin,
        Self::Member,
        Self::Viewer,
        Self::Other,
        Self::Removed,
        Self::Suspended,
        Self::Key,
        Self::TeamKey,
        Self::ViewersTeamKey,
        Self::RemovedTeamKey,
        Self::SuspendedKey,
        Self::RevokedKey,
        Self::ExpiredKey,
    ];

    fn standing(self) -> Standing {
        match self {
            Self::Anonymous | Self::Suspended => Standing::Nobody,
            Self::Root | Self::Other | Self::Removed => Standing::Person(None),
            Self::Owner => Standing::Person(Some(Role::Owner)),
            Self::Admin => Standing::Person(Some(Role::Admin)),
            Self::Member => Standing::Person(Some(Role::Member)),
            Self::Viewer => Standing::Person(Some(Role::Viewer)),
            Self::Key => Standing::Key,
            Self::TeamKey => Standing::TeamKey(Role::Member),
            Self::ViewersTeamKey => Standing::TeamKey(Role::Viewer),
            Self::RemovedTeamKey | Self::SuspendedKey | Self::RevokedKey | Self::ExpiredKey => Standing::DeadKey,
        }
    }
}

enum Standing {
    /// Shows nothing, or what is no longer good.
    Nobody,
    /// Somebody signed in, and what they are in the team.
    Person(Option<Role>),
    Key,
    TeamKey(Role),
    /// A key that is no longer good.
    DeadKey,
}

/// Whose the row is that the request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The asker's own, outside teams. For lists and new rows: no team.
    Own,
    /// The asker's own in the team, not shared.
    OwnInTeam,
    /// Another member's, shared with the team; or the team itself.
    Shared,
    /// Another member's in the team, not shared.
    Private,
    /// A stranger's, outside teams.
    Foreign,
    /// Shared in a team of strangers; or that team itself.
    ForeignTeam,
    /// Nobody's.
    Unknown,
}

/// What is done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Read,
    /// What all of a team but its viewers may.
    Write,
    /// What only who made the row may.
    Maker,
    /// What only who made it may, and their own is all they find.
    Own,
    /// The same, for who may only read in their team too.
    OwnToRead,
    /// What who made it may, and owners and administrators of its team.
    MakerOrManager,
    /// What owners and administrators of a team may.
    Manage,
    /// What its owners may.
    Rule,
}

/// What a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Open to everybody.
    Public,
    /// Somebody's own account and keys: for people, whatever keys may reach.
    Account,
    /// For people; keys are told so.
    Person,
    /// For people and their personal keys.
    Settings,
    /// For everybody with a good credential.
    Anyone,
    /// The same, but for keys of who may only read in their team.
    Import,
    /// For administrators of the instance; for others it is not there.
    Admin,
    /// The same with an account that is named.
    Manage,
    /// A key of somebody's own.
    OwnKey,
    /// What lies in a team, or outside; also keys made for it.
    List,
    /// Something new there.
    Create,
    /// A thread, message, project or template.
    Thing(Act),
    /// A team.
    Team(Act),
    /// An invitation, by its link.
    Invitation,
    /// For everybody with a key that is good, in the dialects that know nothing else.
    Keys,
    /// The same, but for keys of who may only read in their team.
    KeysCreate,
    /// A workspace, or what is in one, by a key; with the status of one that is not there.
    Workspace(Act, u16),
}

impl Rule {
    /// The rows its cells are about.
    pub(super) fn rows(self) -> &'static [Whose] {
        use Whose::{Foreign, ForeignTeam, Own, OwnInTeam, Private, Shared, Unknown};
        match self {
            Self::Public
            | Self::Account
            | Self::Person
            | Self::Settings
            | Self::Anyone
            | Self::Import
            | Self::Admin
            | Self::Keys
            | Self::KeysCreate => &[Own],
            Self::Manage => &[Foreign, Unknown],
            Self::OwnKey => &[Own, Shared, Foreign, Unknown],
            Self::List | Self::Create => &[Own, Shared, ForeignTeam, Unknown],
            Self::Thing(_) | Self::Workspace(..) => &[Own, OwnInTeam, Shared, Private, Foreign, ForeignTeam, Unknown],
            Self::Team(_) | Self::Invitation => &[Shared, ForeignTeam, Unknown],
        }
    }
}

/// Where no key comes in, whatever is configured.
fn never_with_a_key(path: &str) -> bool {
    ["/api/auth/", "/api/api-keys", "/api/admin/"]
        .iter()
        .any(|never| path.starts_with(never))
}

/// The status that a cell must have.
pub(super) fn expected(route: &Route, who: Who, whose: Whose) -> u16 {
    let is_key = matches!(who.standing(), Standing::Key | Standing::TeamKey(_) | Standing::DeadKey);
    if is_key && never_with_a_key(route.path) {
        return 403;
    }
    if matches!(route.rule, Rule::Keys | Rule::KeysCreate | Rule::Workspace(..)) {
        return with_a_key(route, who, whose);
    }
    match (who.standing(), route.rule) {
        (Standing::DeadKey, _) => 401,
        (_, Rule::Public) => route.good,
        (Standing::Nobody, _) => 401,
        (Standing::Person(role), rule) => person(who, role, rule, route, whose),
        (_, Rule::Person | Rule::Team(_) | Rule::Invitation)
        | (Standing::TeamKey(_), Rule::Settings)
        // A key's own reach takes the place of whatever team is named.
        | (Standing::TeamKey(Role::Viewer), Rule::Create | Rule::Import) => 403,
        (Standing::Key, Rule::Thing(act)) => match whose {
            Whose::Own => thing(None, act, true, route),
            _ => 404,
        },
        (Standing::TeamKey(role), Rule::Thing(act)) if in_team(route, whose) => {
            thing(Some(role), act, whose == Whose::OwnInTeam, route)
        }
        (Standing::TeamKey(_), Rule::Thing(_)) => 404,
        _ => route.good,
    }
}

/// Whether a path speaks the dialect of `OpenAI`'s API.
pub(super) fn is_open_ai(path: &str) -> bool {
    path.starts_with("/v1/") || path.starts_with("/api/v1/openai/")
}

fn with_a_key(route: &Route, who: Who, whose: Whose) -> u16 {
    let no_key = if is_open_ai(route.path) { 401 } else { 403 };
    let role = match who.standing() {
        // What is wrong with these two is told, whatever the dialect.
        Standing::DeadKey if matches!(who, Who::ExpiredKey | Who::RemovedTeamKey) => return 401,
        Standing::Nobody | Standing::Person(_) | Standing::DeadKey => return no_key,
        Standing::Key => None,
        Standing::TeamKey(role) => Some(role),
    };
    let (act, missing) = match route.rule {
        Rule::Workspace(act, missing) => (act, missing),
        Rule::KeysCreate if role == Some(Role::Viewer) => return 403,
        _ => return route.good,
    };
    let seen = match role {
        None => whose == Whose::Own,
        Some(_) => in_team(route, whose),
    };
    let own = matches!(whose, Whose::Own | Whose::OwnInTeam);
    match act {
        _ if !seen => missing,
        Act::Own | Act::OwnToRead if !own => missing,
        Act::OwnToRead => route.good,
        act => thing(role, act, own, route),
    }
}

fn person(who: Who, role: Option<Role>, rule: Rule, route: &Route, whose: Whose) -> u16 {
    match rule {
        Rule::Admin if who == Who::Root => route.good,
        Rule::Manage if who == Who::Root && whose != Whose::Unknown => route.good,
        Rule::OwnKey if whose == Whose::Own => route.good,
        Rule::Invitation if whose != Whose::Unknown => route.good,
        Rule::Admin | Rule::Manage | Rule::OwnKey | Rule::Invitation => 404,
        Rule::List | Rule::Create => match (whose, role) {
            (Whose::Shared, Some(Role::Viewer)) if rule == Rule::Create => 403,
            (Whose::Own, _) | (Whose::Shared, Some(_)) => route.good,
            // A team that is named for something else and that one is not in, whether there is such a team or not.
            _ => 403,
        },
        Rule::Team(act) => match (whose, role) {
            (Whose::Shared, Some(role)) if may(role, act) => route.good,
            (Whose::Shared, Some(_)) => 403,
            _ => 404,
        },
        Rule::Thing(act) => match (whose, role) {
            (Whose::Own, _) => thing(None, act, true, route),
            (_, Some(role)) if in_team(route, whose) => thing(Some(role), act, whose == Whose::OwnInTeam, route),
            _ => 404,
        },
        Rule::Public | Rule::Account | Rule::Person | Rule::Settings | Rule::Anyone | Rule::Import => route.good,
        Rule::Keys | Rule::KeysCreate | Rule::Workspace(..) => with_a_key(route, who, whose),
    }
}

/// Whether all of the team, or this member of it, sees the row.
fn in_team(route: &Route, whose: Whose) -> bool {
    match whose {
        Whose::OwnInTeam | Whose::Shared => true,
        // Templates of a team are all its members'.
        Whose::Private => route.path.contains("{template}"),
        _ => false,
    }
}

/// A row that is seen, outside teams or by somebody who is this in its team.
fn thing(role: Option<Role>, act: Act, made_it: bool, route: &Route) -> u16 {
    let manages = matches!(role, Some(Role::Owner | Role::Admin));
    match act {
        Act::Read => route.good,
        _ if role == Some(Role::Viewer) => 403,
        Act::Write => route.good,
        _ if made_it => route.good,
        Act::MakerOrManager if manages => route.good,
        Act::Own | Act::OwnToRead => 404,
        _ => 403,
    }
}

fn may(role: Role, act: Act) -> bool {
    match act {
        Act::Manage => matches!(role, Role::Owner | Role::Admin),
        Act::Rule => role == Role::Owner,
        _ => true,
    }
}
