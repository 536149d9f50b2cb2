//! Where the reader is: among their own things, or in one of their teams. Lists, searches and what is made follow it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlDocument;
use types::teams::TeamChoice;

use super::session::{Session, use_session};
use crate::hooks::reactive::effect;

/// The realm on show.
#[derive(Clone, Copy)]
pub struct Realm {
    team: RwSignal<Option<String>>,
    session: Session,
}

impl Realm {
    /// Name of the cookie that keeps the realm for the documents to come. Its value is the id of a team.
    pub(crate) const COOKIE: &'static str = "team";

    /// Id of the team on show, if it is one; and follows it.
    pub fn team(self) -> Option<String> {
        self.team.get()
    }

    /// Whether something lies in the realm on show; of a team's things the team says so.
    pub fn has(self, team_id: Option<&str>) -> bool {
        self.team.with_untracked(|team| team.as_deref() == team_id)
    }

    /// The team on show, and follows it.
    pub fn choice(self) -> Option<TeamChoice> {
        self.find(self.team.get().as_deref()?)
    }

    /// A team of the reader's, and follows it.
    pub fn find(self, team_id: &str) -> Option<TeamChoice> {
        self.session
            .read(|person| person.teams.iter().find(|team| team.id == team_id).cloned())
            .flatten()
    }

    /// Whether the reader may write to what lies there, and follows that.
    pub fn writes(self, team_id: Option<&str>) -> bool {
        team_id.is_none_or(|team_id| self.find(team_id).is_some_and(|team| team.role.writes()))
    }

    pub(super) fn set(self, team_id: Option<String>) {
        self.team.set(team_id);
    }
}

/// Makes the [`Realm`] available to everything below.
pub(crate) fn provide_realm(team: Option<String>) -> Realm {
    let realm = Realm {
        team: RwSignal::new(team),
        session: use_session(),
    };
    effect(move || {
        let team = realm.team.get();
        let age = if team.is_some() { "31536000" } else { "0" };
        let team = team.unwrap_or_default();
        let cookie = [Realm::COOKIE, "=", &team, "; Path=/; SameSite=Lax; Max-Age=", age].concat();
        _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
    });
    provide_context(realm);
    realm
}

/// The [`Realm`] on show. Only within the frame.
pub fn use_realm() -> Realm {
    expect_context()
}
