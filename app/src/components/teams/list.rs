//! The person's teams.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::teams::{TeamList, TeamSummary};

use super::roles::RoleBadge;
use super::why;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::card::CARD;
use crate::components::ui::dialog::{Dialog, DialogButtons};
use crate::components::ui::field::Field;
use crate::components::ui::more::More;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::address::use_address;
use crate::contexts::toasts::use_toasts;
use crate::contexts::ui::use_ui;
use crate::hooks::each::each;
use crate::hooks::reactive::{effect, memo};
use crate::routes::{self, Page, query};
use crate::server_fns::Failure;
use crate::server_fns::teams::{create_team, my_teams};

#[derive(Clone, PartialEq)]
enum Fetched {
    Waiting,
    Failed(String),
    Here,
}

/// The list, with the way to a new one.
#[component]
pub fn Teams(
    /// What the document brought along.
    first: Option<Result<TeamList, Failure>>,
) -> impl IntoView {
    let rows = RwSignal::new(Vec::<TeamSummary>::new());
    let cursor = RwSignal::new(None::<String>);
    let state = RwSignal::new(Fetched::Waiting);
    let busy = RwSignal::new(false);
    let creating = RwSignal::new(false);
    let toasts = use_toasts();
    let address = use_address();
    effect(move || {
        if address.param(query::NEW).is_some() {
            creating.set(true);
            address.replace(Page::Teams.path());
        }
    });
    let take = move |answer: Result<TeamList, Failure>, more: bool| match answer {
        Ok(page) => {
            cursor.set(page.next_cursor);
            rows.update(|rows| rows.extend(page.teams));
            state.set(Fetched::Here);
        }
        Err(failure) if more => toasts.fail(why(&failure)),
        Err(failure) => state.set(Fetched::Failed(why(&failure))),
    };
    let fetch = move |more: bool| {
        busy.set(true);
        spawn_local(async move {
            let answer = my_teams(cursor.get_untracked()).await;
            if busy.try_set(false).is_none() {
                take(answer, more);
            }
        });
    };
    let waiting = first.is_none();
    if let Some(first) = first {
        take(first, false);
    }
    effect(move || {
        if waiting {
            fetch(false);
        }
    });
    // The list stays while more comes.
    let shown = memo(move || state.get());
    let none = memo(move || rows.with(Vec::is_empty));
    let body = move || {
        match shown.get() {
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
        Fetched::Here if none.get() => view! {
            <div class=CARD>
                <EmptyState
                    icon=Icon::Users
                    title="You are in no team yet"
                    text="A team shares chats, a text that every model is told, and keys of its own. Make one, or open an invitation that somebody has sent you."
                >
                    <Button icon=Icon::Plus on_click=move |()| creating.set(true)>
                        "Create team"
                    </Button>
                </EmptyState>
            </div>
        }
        .into_any(),
        Fetched::Here => view! {
            <ul id="team-rows" class=[CARD, "divide-y divide-line"].join(" ")>
                {each(move || rows.get(), |team| team.id.clone(), row)}
            </ul>
            <More
                when=Signal::derive(move || cursor.with(Option::is_some))
                busy
                list="team-rows"
                on_more=move |()| fetch(true)
            />
        }
        .into_any(),
    }
    };
    view! {
        <div class="flex flex-wrap items-start justify-between gap-4">
            <div>
                <h1 class="text-xl font-semibold tracking-tight">"Teams"</h1>
                <p class="mt-1 max-w-xl text-sm text-muted">
                    "People who share chats, and what the models know about their work."
                </p>
            </div>
            <Button icon=Icon::Plus on_click=move |()| creating.set(true)>
                "Create team"
            </Button>
        </div>
        <div class="mt-6">{body}</div>
        <Create open=creating />
    }
    .into_any()
}

fn row(team: TeamSummary) -> AnyView {
    let count = match team.member_count {
        1 => "1 member".to_owned(),
        count => count.to_string() + " members",
    };
    view! {
        <li>
            <a
                href=routes::team(&team.id)
                class="flex min-h-14 items-center gap-3 px-4 py-3 hover:bg-sunken focus-visible:-outline-offset-2"
            >
                <span class="flex size-9 shrink-0 items-center justify-center rounded-lg bg-accent-soft text-accent">
                    <Glyph icon=Icon::Users />
                </span>
                <span class="min-w-0 flex-1">
                    <bdi class="block truncate text-sm font-medium">{team.name}</bdi>
                    <span class="block text-xs text-muted">{count}</span>
                </span>
                <RoleBadge role=team.role />
                <span class="text-muted">
                    <Glyph icon=Icon::ChevronRight />
                </span>
            </a>
        </li>
    }
    .into_any()
}

/// Asks for the name, and goes to the new team.
#[component]
fn Create(open: RwSignal<bool>) -> impl IntoView {
    let ui = use_ui();
    let name = RwSignal::new(String::new());
    let (wrong, error) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let busy = RwSignal::new(false);
    effect(move || {
        if open.get() {
            name.set(String::new());
            wrong.set(None);
            error.set(None);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        wrong.set(None);
        error.set(None);
        spawn_local(async move {
            let made = create_team(name.get_untracked()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match made {
                Ok(team) => {
                    open.set(false);
                    ui.go(routes::team(&team.id));
                }
                Err(failure) => match failure.field("name") {
                    Some(message) => wrong.set(Some(message.to_owned())),
                    None => error.set(Some(why(&failure))),
                },
            }
        });
    };
    view! {
        <Dialog open title="Create a team">
            <form novalidate=true on:submit=submit>
                <Field
                    label="Name"
                    name="name"
                    id="team-name"
                    bind=name
                    counter=100
                    required=true
                    autofocus=true
                    error=wrong
                    hint="You will be its owner, and can invite others next."
                />
                {move || error.get().map(|message| view! { <div class="mt-4"><Alert message /></div> })}
                <DialogButtons>
                    <Button kind=ButtonKind::Secondary on_click=move |()| open.set(false)>
                        "Cancel"
                    </Button>
                    <Button submit=true busy>
                        "Create team"
                    </Button>
                </DialogButtons>
            </form>
        </Dialog>
    }
    .into_any()
}
