//! An invitation to a team, for whoever has its link.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::ErrorCode;
use types::teams::Invitation;

use crate::components::icons::{Glyph, Icon};
use crate::components::layout::title::Title;
use crate::components::teams::roles::{meaning, name};
use crate::components::teams::why;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, button_class};
use crate::components::ui::card::CARD;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::components::ui::time::Time;
use crate::contexts::opening::take_given;
use crate::contexts::toasts::use_toasts;
use crate::contexts::ui::use_ui;
use crate::hooks::dates::DateStyle;
use crate::hooks::reactive::effect;
use crate::routes::{self, Page, invitation_at};
use crate::server_fns::Failure;
use crate::server_fns::teams::{accept_invitation, read_invitation};

#[derive(Clone)]
enum Fetched {
    Waiting,
    /// Unknown, used, taken back, over, or somebody else's: nobody is told which.
    Gone,
    Failed(String),
    Here(Invitation),
}

/// The page.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let ui = use_ui();
    let (toasts, fetched) = (use_toasts(), RwSignal::new(Fetched::Waiting));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    // While another page is on its way the address is that page's already.
    let token = Memo::new(move |before: Option<&String>| {
        let path = ui.path();
        match (invitation_at(&path), before) {
            (Some(token), _) => token.to_owned(),
            (None, before) => before.cloned().unwrap_or_default(),
        }
    });
    let take = move |answer: Result<Invitation, Failure>| {
        fetched.set(match answer {
            Ok(invitation) => Fetched::Here(invitation),
            Err(failure) => {
                #[cfg(feature = "ssr")]
                crate::ssr::set_status(failure.code());
                match failure.code() {
                    ErrorCode::NotFound => Fetched::Gone,
                    _ => Fetched::Failed(why(&failure)),
                }
            }
        });
    };
    let load = move || {
        spawn_local(async move {
            let answer = read_invitation(token.get_untracked()).await;
            if !fetched.is_disposed() {
                take(answer);
            }
        });
    };
    let first = take_given();
    let waiting = first.is_none();
    if let Some(first) = first {
        take(first);
    }
    effect(move || {
        if waiting {
            load();
        }
    });
    let accept = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let joined = accept_invitation(token.get_untracked()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match joined {
                Ok(joined) => {
                    if joined.already_member {
                        toasts.show("You were in this team already.".to_owned());
                    }
                    ui.go(routes::team(&joined.team.id));
                }
                Err(failure) if failure.code() == ErrorCode::NotFound => fetched.set(Fetched::Gone),
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    let body = move || {
        match fetched.get() {
        Fetched::Waiting => view! {
            <div class="flex flex-col gap-4 p-6" aria-busy="true">
                <Skeleton class="h-6 w-3/5" />
                <Skeleton class="h-4 w-4/5" />
            </div>
        }
        .into_any(),
        Fetched::Gone => view! {
            <h1 class="sr-only">"Invitation"</h1>
            <EmptyState
                icon=Icon::Users
                title="This invitation is good for nothing any more"
                text="It was used, taken back or is over, or it is for another account. Ask whoever sent it for a new one."
            >
                <a href=Page::Start.path() class=button_class(ButtonKind::Secondary, ButtonSize::Standard)>
                    "Start a new chat"
                </a>
            </EmptyState>
        }
        .into_any(),
        Fetched::Failed(message) => view! {
            <h1 class="sr-only">"Invitation"</h1>
            <ErrorState message on_retry=move |()| load() />
        }
        .into_any(),
        Fetched::Here(invitation) => view! {
            <div class="flex flex-col items-center gap-2 px-6 py-10 text-center">
                <span class="mb-2 flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent">
                    <Glyph icon=Icon::Users size="size-5" />
                </span>
                <h1 class="text-xl font-semibold tracking-tight wrap-anywhere">
                    "Join " <bdi>{invitation.team_name}</bdi> "?"
                </h1>
                <p class="max-w-md text-sm text-ink-soft">
                    "You are invited as " <strong class="font-semibold text-ink">{name(invitation.role)}</strong> ". "
                    {meaning(invitation.role)}
                </p>
                <p class="text-xs text-muted">
                    "The invitation ends " <Time at=invitation.expires_at style=DateStyle::Relative /> "."
                </p>
                {move || error.get().map(|message| view! { <div class="mt-3"><Alert message /></div> })}
                <div class="mt-4 flex flex-wrap justify-center gap-2">
                    <a href=Page::Start.path() class=button_class(ButtonKind::Secondary, ButtonSize::Standard)>
                        "Not now"
                    </a>
                    <Button busy on_click=accept>
                        "Join team"
                    </Button>
                </div>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        <Title text="Invitation" />
        <div class="mx-auto max-w-lg px-4 py-10 md:py-16">
            <div class=CARD>{body}</div>
        </div>
    }
    .into_any()
}
