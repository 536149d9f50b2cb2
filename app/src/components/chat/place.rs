//! Where a new chat will lie.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::views::ProjectRow;

use super::open::Chat;
use crate::components::icons::{Glyph, Icon};
use crate::components::projects::dot;
use crate::contexts::realm::use_realm;
use crate::contexts::threads::use_threads;
use crate::contexts::toasts::use_toasts;
use crate::contexts::ui::use_ui;
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::{effect, memo};
use crate::routes::{self, Page};
use crate::server_fns::projects::project_row;

impl Chat {
    /// Learns of the project that the address names for a new chat.
    pub fn follow_place(self) {
        let (ui, threads, toasts) = (use_ui(), use_threads(), use_toasts());
        let asked = memo(move || ui.asked_project().filter(|_| ui.path() == Page::Start.path()));
        let arrived = move |place: ProjectRow| {
            threads.enter(place.team_id.clone());
            threads.place.set(Some(place));
            self.placed();
        };
        effect(move || {
            let Some(id) = asked.get() else {
                if threads.place.with_untracked(Option::is_some) {
                    threads.place.set(None);
                    self.placed();
                }
                return;
            };
            let known = |place: &Option<ProjectRow>| place.as_ref().is_some_and(|place| place.id == id);
            if threads.place.with_untracked(known) {
                return;
            }
            if let Some(place) = threads.project(&id) {
                return arrived(place);
            }
            threads.place.set(None);
            spawn_local(async move {
                let found = project_row(id.clone()).await;
                if asked.try_get_untracked() != Some(Some(id)) {
                    return;
                }
                match found {
                    Ok(place) => arrived(place),
                    Err(failure) if signed_out(&failure) => {}
                    Err(failure) => {
                        toasts.fail(["This chat will lie in no project. ", &failure.0.error].concat());
                        ui.replace(Page::Start.path());
                    }
                }
            });
        });
    }
}

const CHIP: &str = "inline-flex h-7 max-w-full min-w-0 items-center gap-1.5 rounded-full border border-line bg-surface px-2.5 text-xs text-ink-soft";

/// The project and the team of the new chat. A chat that will lie in neither says nothing.
#[component]
pub fn Place(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let (realm, threads) = (use_realm(), use_threads());
    let place = memo(move || threads.place.get());
    let team = memo(move || realm.choice().filter(|team| team.role.writes()).map(|team| team.name));
    let project = move || {
        place.get().map(|place| {
            view! {
                <span class=CHIP>
                    {dot(place.color)} <span class="sr-only">"In project "</span>
                    <a href=routes::project(&place.id) class="min-w-0 truncate rounded hover:underline">
                        <bdi>{place.name}</bdi>
                    </a>
                    <a
                        href=Page::Start.path()
                        data-replace=""
                        aria-label="Not in this project"
                        data-tip="Not in this project"
                        class="-mr-1.5 inline-flex size-6 shrink-0 items-center justify-center rounded-full text-muted hover:bg-sunken hover:text-ink"
                    >
                        <Glyph icon=Icon::Close size="size-3" />
                    </a>
                </span>
            }
        })
    };
    let team = move || {
        team.get().map(|name| {
            view! {
                <span class=CHIP>
                    <Glyph icon=Icon::Users size="size-3.5" />
                    <bdi class="min-w-0 truncate">{name}</bdi>
                </span>
                <span class="text-xs text-muted">"Only you see it until you share it."</span>
            }
        })
    };
    view! {
        <div class="mb-2 flex flex-wrap items-center gap-2 empty:hidden" class:hidden=move || chat.closed().is_some()>
            {project}
            {team}
        </div>
    }
    .into_any()
}

/// The same for a form that the browser posts by itself.
#[component]
pub fn PlaceFields(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    move || {
        let (team, project) = chat.place();
        let field =
            |name, value: Option<String>| value.map(|value| view! { <input type="hidden" name=name value=value /> });
        view! {
            {field("team_id", team)}
            {field("project_id", project)}
        }
    }
}
