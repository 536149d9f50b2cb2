//! Whose chats are on show: the reader's own, or a team's.

use leptos::prelude::*;

use crate::components::icons::{Glyph, Icon};
use crate::components::ui::menu::{Menu, MenuChoice, MenuLine, MenuLink};
use crate::components::ui::place::Align;
use crate::contexts::realm::use_realm;
use crate::contexts::session::use_session;
use crate::contexts::threads::use_threads;
use crate::hooks::reactive::memo;
use crate::routes::{self, Page};

const TRIGGER: &str = "flex h-9 min-w-0 flex-1 cursor-pointer items-center gap-2.5 rounded-lg border border-line px-2 text-left text-sm hover:bg-sunken focus-visible:-outline-offset-2 aria-expanded:bg-sunken pointer-coarse:h-11 md:group-data-collapsed/frame:justify-center md:group-data-collapsed/frame:px-0";

/// The switch. Who is in no team has nothing to switch.
#[component]
pub fn RealmSwitch() -> impl IntoView {
    let (session, realm, threads) = (use_session(), use_realm(), use_threads());
    let teams = memo(move || session.read(|person| person.teams.clone()).unwrap_or_default());
    let none = memo(move || teams.with(Vec::is_empty));
    let name = memo(move || realm.choice().map_or_else(|| "Personal".to_owned(), |team| team.name));
    let trigger = move || {
        view! {
            <span class="text-muted">
                {move || {
                    let icon = if realm.team().is_some() { Icon::Users } else { Icon::User };
                    view! { <Glyph icon /> }
                }}
            </span>
            <bdi class="min-w-0 flex-1 truncate font-medium md:group-data-collapsed/frame:sr-only">{name}</bdi>
            <span class="text-muted md:group-data-collapsed/frame:hidden">
                <Glyph icon=Icon::ChevronDown size="size-3.5" />
            </span>
        }
        .into_any()
    };
    let choices = move || {
        let choice = |id: Option<String>, name: String, text: &'static str| {
            let own = id.clone();
            let checked = Signal::derive(move || realm.team() == own);
            view! {
                <MenuChoice label=name text checked on_select=move |()| threads.choose(id.clone()) />
            }
            .into_any()
        };
        let own = choice(None, "Personal".to_owned(), "Only you");
        let teams = teams.get().into_iter().map(|team| {
            let text = if team.role.writes() { "Team" } else { "Team, read only" };
            choice(Some(team.id), team.name, text)
        });
        [own].into_iter().chain(teams).collect_view()
    };
    move || {
        (!none.get()).then(|| {
            view! {
                <div class="flex shrink-0 px-3 pb-2 noscript:hidden md:group-data-collapsed/frame:px-1.5">
                    <Menu
                        label=Signal::derive(move || name.get() + ": choose whose chats are shown")
                        trigger
                        class=TRIGGER
                        align=Align::Start
                    >
                        {choices}
                        <MenuLine />
                        <MenuLink label="Teams…" icon=Icon::Users href=Page::Teams.path() />
                        <MenuLink label="New team" icon=Icon::Plus href=routes::new_team() />
                    </Menu>
                </div>
            }
        })
    }
}
