//! The page of one team.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::ErrorCode;
use types::Patch;
use types::teams::{ChangeTeamRequest, Invite, Member, Team, TeamRole};

use super::invites::Invites;
use super::members::{Members, is_last_owner};
use super::roles::{RoleBadge, manages};
use super::why;
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::title::Title;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, button_class};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::field::{Field, TextArea};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::session::use_session;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::{effect, memo};
use crate::routes::Page;
use crate::server_fns::Failure;
use crate::server_fns::teams::{archive_team, change_team, leave_team, open_team};

/// The team on the page.
#[derive(Clone, Copy)]
pub struct Place {
    id: StoredValue<String>,
    state: RwSignal<State>,
    name: RwSignal<String>,
    context: RwSignal<String>,
    role: RwSignal<TeamRole>,
    /// Those who are loaded.
    pub members: RwSignal<Vec<Member>>,
    /// Where the next page of them begins.
    pub members_cursor: RwSignal<Option<String>>,
    /// What can still be accepted.
    pub invites: RwSignal<Vec<Invite>>,
    /// For what is said in passing.
    pub toasts: Toasts,
    me: StoredValue<String>,
}

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    Gone,
    Failed(String),
    Here,
}

impl Place {
    fn new(id: String, first: Option<Result<Team, Failure>>) -> Self {
        let me = untrack(|| use_session().read(|person| person.user.id.clone())).unwrap_or_default();
        let place = Self {
            id: StoredValue::new(id),
            state: RwSignal::new(State::Waiting),
            name: RwSignal::new(String::new()),
            context: RwSignal::new(String::new()),
            role: RwSignal::new(TeamRole::Viewer),
            members: RwSignal::new(Vec::new()),
            members_cursor: RwSignal::new(None),
            invites: RwSignal::new(Vec::new()),
            toasts: use_toasts(),
            me: StoredValue::new(me),
        };
        let waiting = first.is_none();
        if let Some(first) = first {
            place.take(first);
        }
        effect(move || {
            if waiting {
                place.load();
            }
        });
        place
    }

    /// The team's id.
    pub fn id(self) -> String {
        self.id.get_value()
    }

    /// What the reader is in it.
    pub fn role(self) -> TeamRole {
        self.role.get_untracked()
    }

    /// Whether a member is the reader.
    pub fn is_me(self, user_id: &str) -> bool {
        self.me.with_value(|me| me == user_id)
    }

    /// Fetches the team anew.
    pub fn load(self) {
        let Some(id) = self.id.try_get_value() else { return };
        spawn_local(async move {
            let answer = open_team(id).await;
            if !self.state.is_disposed() {
                self.take(answer);
            }
        });
    }

    fn take(self, answer: Result<Team, Failure>) {
        match answer {
            Ok(team) => {
                self.name.set(team.name);
                self.context.set(team.context);
                self.role.set(team.role);
                self.members.set(team.members);
                self.members_cursor.set(team.members_cursor);
                self.invites.set(team.invites);
                self.state.set(State::Here);
            }
            Err(failure) => {
                #[cfg(feature = "ssr")]
                crate::ssr::set_status(failure.code());
                self.state.set(match failure.code() {
                    ErrorCode::NotFound | ErrorCode::NotTeamMember | ErrorCode::Forbidden => State::Gone,
                    _ => State::Failed(why(&failure)),
                });
            }
        }
    }
}

/// A team: what it is told, who is in it, who is invited.
#[component]
pub fn TeamView(
    /// The team's id.
    id: String,
    /// What the document brought along.
    first: Option<Result<Team, Failure>>,
) -> impl IntoView {
    let place = Place::new(id, first);
    let state = memo(move || place.state.get());
    let role = memo(move || place.role.get());
    let title = move || match state.get() {
        State::Here => place.name.get(),
        State::Gone => "Team not found".to_owned(),
        _ => "Team".to_owned(),
    };
    let body = move || match state.get() {
        State::Waiting => view! {
            <div class="flex flex-col gap-4" aria-busy="true">
                <Skeleton class="h-6 w-2/5" />
                <Skeleton class="h-40 w-full" />
                <Skeleton class="h-40 w-full" />
            </div>
        }
        .into_any(),
        State::Gone => view! {
            <h1 class="sr-only">"Team not found"</h1>
            <EmptyState
                icon=Icon::Users
                title="There is no such team"
                text="It was archived, or you are not a member of it."
            >
                <a href=Page::Teams.path() class=button_class(ButtonKind::Primary, ButtonSize::Standard)>
                    "To your teams"
                </a>
            </EmptyState>
        }
        .into_any(),
        State::Failed(message) => view! {
            <h1 class="sr-only">"Team"</h1>
            <ErrorState message on_retry=move |()| place.load() />
        }
        .into_any(),
        State::Here => view! {
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                <h1 class="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">
                    <bdi>{place.name}</bdi>
                </h1>
                {move || view! { <RoleBadge role=role.get() /> }}
            </div>
            <div class="mt-6 flex flex-col gap-9">
                {move || {
                    if manages(role.get()) {
                        view! { <About place /> }.into_any()
                    } else {
                        view! { <Told place /> }.into_any()
                    }
                }}
                {move || {
                    _ = role.get();
                    view! { <Members place /> }
                }}
                {move || manages(role.get()).then(|| view! { <Invites place /> })}
                {move || {
                    let owner = role.get() == TeamRole::Owner;
                    view! { <Ways place owner /> }
                }}
            </div>
        }
        .into_any(),
    };
    view! {
        <Title text=Signal::derive(title) />
        <a
            href=Page::Teams.path()
            class="mb-4 inline-flex items-center gap-1 rounded text-sm text-muted hover:text-ink pointer-coarse:min-h-11"
        >
            <Glyph icon=Icon::ChevronLeft />
            "Teams"
        </a>
        {body}
    }
    .into_any()
}

/// Name and text, to be changed.
#[component]
fn About(place: Place) -> impl IntoView {
    let session = use_session();
    let name = RwSignal::new(place.name.get_untracked());
    let context = RwSignal::new(place.context.get_untracked());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let (wrong_name, wrong_context) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let changed = memo(move || place.name.get() != name.get() || place.context.get() != context.get());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        for signal in [error, wrong_name, wrong_context] {
            signal.set(None);
        }
        let text = context.get_untracked();
        let change = ChangeTeamRequest {
            name: Some(name.get_untracked()),
            context: if text.trim().is_empty() {
                Patch::Null
            } else {
                Patch::Value(text)
            },
        };
        spawn_local(async move {
            let answer = change_team(place.id(), change).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(team) => {
                    name.set(team.name.clone());
                    context.set(team.context.clone());
                    session.change(|person| {
                        for choice in person.teams.iter_mut().filter(|choice| choice.id == team.id) {
                            choice.name.clone_from(&team.name);
                        }
                    });
                    place.name.set(team.name);
                    place.context.set(team.context);
                    place.toasts.show("Saved.".to_owned());
                }
                Err(failure) => match (failure.field("name"), failure.field("context")) {
                    (None, None) => error.set(Some(why(&failure))),
                    (of_name, of_context) => {
                        wrong_name.set(of_name.map(ToOwned::to_owned));
                        wrong_context.set(of_context.map(ToOwned::to_owned));
                    }
                },
            }
        });
    };
    view! {
        <form novalidate=true on:submit=submit class=[CARD, "flex flex-col gap-4 p-4"].join(" ")>
            <Field label="Name" name="name" id="team-name" bind=name counter=100 required=true error=wrong_name />
            <TextArea
                label="What the models should know"
                name="context"
                id="team-context"
                bind=context
                error=wrong_context
                hint="Told in every chat of this team: who you are, what you work on, how answers should be."
            />
            {move || error.get().map(|message| view! { <Alert message /> })}
            <div class="flex justify-end">
                <Button submit=true busy disabled=Signal::derive(move || !changed.get())>
                    "Save"
                </Button>
            </div>
        </form>
    }
    .into_any()
}

/// The text, for who only reads it.
#[component]
fn Told(place: Place) -> impl IntoView {
    view! {
        <Show when=move || place.context.with(|context| !context.is_empty())>
            <section class=[CARD, "p-4"].join(" ")>
                <h2 class="text-sm font-semibold">"What the models are told"</h2>
                <p dir="auto" class="mt-1.5 text-sm whitespace-pre-wrap wrap-anywhere text-ink-soft">{place.context}</p>
            </section>
        </Show>
    }
    .into_any()
}

/// The ways out: leaving the team, and for owners its end.
#[component]
fn Ways(place: Place, owner: bool) -> impl IntoView {
    let ui = use_ui();
    let (leaving, archiving) = (RwSignal::new(false), RwSignal::new(false));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    // Who is not loaded may be an owner too; the server knows.
    let last = memo(move || {
        place.members_cursor.with(Option::is_none)
            && place
                .me
                .with_value(|me| place.members.with(|members| is_last_owner(members, me)))
    });
    let go = move |archive: bool| {
        busy.set(true);
        spawn_local(async move {
            let id = place.id();
            let done = if archive {
                archive_team(id).await
            } else {
                leave_team(id).await
            };
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(()) => ui.go(Page::Teams.path()),
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    view! {
        <section aria-labelledby="team-ways" class=[CARD, "divide-y divide-line"].join(" ")>
            <h2 id="team-ways" class="sr-only">"Leave or archive"</h2>
            <div class="flex flex-wrap items-center justify-between gap-3 px-4 py-3.5">
                <div class="min-w-0 flex-1 basis-48">
                    <p class="text-sm font-medium">"Leave this team"</p>
                    <p class="text-xs text-muted">
                        {move || {
                            if last.get() {
                                "You are its only owner: make somebody else one first."
                            } else {
                                "Your keys of this team stop working. What you wrote stays."
                            }
                        }}
                    </p>
                </div>
                <Button kind=ButtonKind::Secondary disabled=last on_click=move |()| leaving.set(true)>
                    "Leave"
                </Button>
            </div>
            {owner
                .then(|| {
                    view! {
                        <div class="flex flex-wrap items-center justify-between gap-3 px-4 py-3.5">
                            <div class="min-w-0 flex-1 basis-48">
                                <p class="text-sm font-medium">"Archive this team"</p>
                                <p class="text-xs text-muted">
                                    "Nobody reaches its chats any more, and all its keys are refused."
                                </p>
                            </div>
                            <Button kind=ButtonKind::Danger on_click=move |()| archiving.set(true)>
                                "Archive"
                            </Button>
                        </div>
                    }
                })}
            <Confirm
                open=leaving
                title="Leave this team?"
                text="You no longer see its chats, and your keys of it stop working at once. Somebody has to invite you to come back."
                go_on="Leave"
                kind=ButtonKind::Danger
                busy
                error
                on_go=move |()| go(false)
            />
            <Confirm
                open=archiving
                title="Archive this team?"
                text="Its chats can't be reached by anybody, and its keys are refused from the next moment on. This can't be undone here."
                go_on="Archive"
                kind=ButtonKind::Danger
                busy
                error
                on_go=move |()| go(true)
            />
        </section>
    }
    .into_any()
}
