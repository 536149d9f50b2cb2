//! The projects of the realm on show.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::projects::Sharing;
use types::views::{ProjectRow, ProjectRows};

use super::{chats, dot};
use crate::components::icons::{Glyph, Icon};
use crate::components::teams::why;
use crate::components::ui::badge::Badge;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::card::CARD;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::realm::use_realm;
use crate::contexts::threads::{Asking, Heard, use_threads};
use crate::contexts::toasts::use_toasts;
use crate::hooks::reactive::{effect_after, memo};
use crate::routes;
use crate::server_fns::Failure;
use crate::server_fns::projects::project_rows;

#[derive(Clone)]
enum Fetched {
    Waiting,
    Failed(String),
    Here,
}

/// The list, with the way to a new one. It follows the realm.
#[component]
pub fn Projects(
    /// What the document brought along.
    first: Option<Result<ProjectRows, Failure>>,
) -> impl IntoView {
    let (realm, threads, toasts) = (use_realm(), use_threads(), use_toasts());
    let rows = RwSignal::new(Vec::<ProjectRow>::new());
    let cursor = RwSignal::new(None::<String>);
    let state = RwSignal::new(Fetched::Waiting);
    let busy = RwSignal::new(false);
    let take = move |answer: Result<ProjectRows, Failure>, more: bool| match answer {
        Ok(page) => {
            cursor.set(page.next_cursor);
            rows.update(|rows| {
                if !more {
                    rows.clear();
                }
                rows.extend(page.projects);
            });
            state.set(Fetched::Here);
        }
        Err(failure) if more => toasts.fail(why(&failure)),
        Err(failure) => state.set(Fetched::Failed(why(&failure))),
    };
    let fetch = move |more: bool| {
        busy.set(true);
        let team = untrack(|| realm.team());
        let from = cursor.get_untracked().filter(|_| more);
        spawn_local(async move {
            let answer = project_rows(team.clone(), from).await;
            // Somebody may have gone to another realm meanwhile.
            if realm.has(team.as_deref()) && busy.try_set(false).is_none() {
                take(answer, more);
            }
        });
    };
    let waiting = first.is_none();
    if let Some(first) = first {
        take(first, false);
    }
    effect_after(move |before: Option<()>| {
        _ = realm.team();
        if before.is_some() || waiting {
            state.set(Fetched::Waiting);
            fetch(false);
        }
    });
    // Whoever has gone on to older ones keeps their place.
    let listener = Callback::new(move |heard| {
        let beginning = cursor.with_untracked(Option::is_none) || rows.with_untracked(|rows| rows.len() <= 50);
        if matches!(heard, Heard::Projects) && beginning && !busy.get_untracked() {
            fetch(false);
        }
    });
    effect_after(move |_: Option<()>| threads.listen(Some(listener)));
    on_cleanup(move || threads.listen(None));

    let writes = memo(move || realm.writes(realm.team().as_deref()));
    let new = move |()| threads.asking.set(Some(Asking::New(None)));
    let body = move || {
        match state.get() {
        Fetched::Waiting => view! {
            <div class=[CARD, "flex flex-col gap-4 p-5"].join(" ") aria-busy="true">
                <Skeleton class="h-4 w-2/5" />
                <Skeleton class="h-4 w-1/3" />
                <Skeleton class="h-4 w-2/5" />
            </div>
        }
        .into_any(),
        Fetched::Failed(message) => view! {
            <div class=CARD>
                <ErrorState message busy on_retry=move |()| fetch(false) />
            </div>
        }
        .into_any(),
        Fetched::Here if rows.with(Vec::is_empty) => view! {
            <div class=CARD>
                <EmptyState
                    icon=Icon::Folder
                    title="No projects yet"
                    text="A project keeps chats about one thing together, and tells the models what they should know about it."
                >
                    {move || {
                        writes
                            .get()
                            .then(|| {
                                view! {
                                    <Button icon=Icon::Plus on_click=new>
                                        "New project"
                                    </Button>
                                }
                            })
                    }}
                </EmptyState>
            </div>
        }
        .into_any(),
        Fetched::Here => view! {
            <ul class=[CARD, "divide-y divide-line"].join(" ")>{move || rows.get().into_iter().map(row).collect_view()}</ul>
            <Show when=move || cursor.with(Option::is_some)>
                <div class="mt-3 flex justify-center">
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=move |()| fetch(true)>
                        "Show more"
                    </Button>
                </div>
            </Show>
        }
        .into_any(),
    }
    };
    let about = move || match realm.choice() {
        Some(team) => [
            "Chats of “",
            &team.name,
            "” about one thing, and what the models should know about it.",
        ]
        .concat(),
        None => "Your chats about one thing, and what the models should know about it.".to_owned(),
    };
    view! {
        <div class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="text-xl font-semibold tracking-tight">"Projects"</h1>
                <p class="mt-1 max-w-xl text-sm wrap-anywhere text-muted">{about}</p>
            </div>
            <Show when=move || writes.get()>
                <Button icon=Icon::Plus on_click=new>
                    "New project"
                </Button>
            </Show>
        </div>
        <div class="mt-6">{body}</div>
    }
    .into_any()
}

fn row(project: ProjectRow) -> AnyView {
    let shared = project.sharing == Sharing::Team;
    view! {
        <li>
            <a
                href=routes::project(&project.id)
                class="flex min-h-14 items-center gap-3 px-4 py-3 hover:bg-sunken focus-visible:-outline-offset-2"
            >
                {dot(project.color)}
                <span class="min-w-0 flex-1">
                    <bdi class="block truncate text-sm font-medium">{project.name}</bdi>
                    <span class="block text-xs text-muted">{chats(project.thread_count)}</span>
                </span>
                {shared.then(|| view! { <Badge icon=Icon::Users>"Shared"</Badge> })}
                <span class="text-muted">
                    <Glyph icon=Icon::ChevronRight />
                </span>
            </a>
        </li>
    }
    .into_any()
}
