//! Where the person is signed in.

use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use types::settings::SessionView;

use super::{count, why};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::badge::{Badge, BadgeKind};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::ErrorState;
use crate::components::ui::time::Time;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::dates::DateStyle;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::accounts::SignOut;
use crate::server_fns::settings::{end_other_sessions, end_session, my_sessions};

/// Something that is fetched when it is first shown.
#[derive(Clone)]
enum Fetched {
    Waiting,
    Failed(String),
    Here(Vec<SessionView>),
}

/// The sessions on show.
#[derive(Clone, Copy)]
pub(super) struct SessionList {
    fetched: RwSignal<Fetched>,
    loading: RwSignal<bool>,
    /// Id of the one that is being ended.
    ending: RwSignal<Option<String>>,
    ending_others: RwSignal<bool>,
    heading: NodeRef<html::H3>,
    toasts: Toasts,
}

impl SessionList {
    pub(super) fn new() -> Self {
        let list = Self {
            fetched: RwSignal::new(Fetched::Waiting),
            loading: RwSignal::new(false),
            ending: RwSignal::new(None),
            ending_others: RwSignal::new(false),
            heading: NodeRef::new(),
            toasts: use_toasts(),
        };
        effect(move || list.load());
        list
    }

    /// Fetches them, again when they are there already.
    pub(super) fn load(self) {
        if self.loading.try_set(true).is_some() {
            return;
        }
        spawn_local(async move {
            let fetched = match my_sessions().await {
                Ok(sessions) => Fetched::Here(sessions),
                Err(failure) => Fetched::Failed(why(&failure)),
            };
            _ = self.fetched.try_set(fetched);
            _ = self.loading.try_set(false);
        });
    }

    fn end(self, id: String, device: String) {
        if self.ending.with_untracked(Option::is_some) {
            return;
        }
        self.ending.set(Some(id.clone()));
        spawn_local(async move {
            let done = end_session(id.clone()).await;
            _ = self.ending.try_set(None);
            match done {
                Ok(()) => {
                    self.toasts.show("Signed out of ".to_owned() + &device + ".");
                    self.remove(|session| session.id == id);
                }
                Err(failure) => {
                    self.toasts.fail(device + " is still signed in. " + &why(&failure));
                    // It may have ended by itself.
                    self.load();
                }
            }
        });
    }

    fn end_others(self) {
        self.ending_others.set(true);
        spawn_local(async move {
            let done = end_other_sessions().await;
            _ = self.ending_others.try_set(false);
            match done {
                Ok(number) => {
                    self.toasts
                        .show("Signed out in ".to_owned() + &count(number, "other place") + ".");
                    self.remove(|session| !session.current);
                }
                Err(failure) => self
                    .toasts
                    .fail("You are still signed in elsewhere. ".to_owned() + &why(&failure)),
            }
        });
    }

    /// Takes sessions off the list. The button that ended them goes as well, so the focus goes to the heading.
    fn remove(self, gone: impl Fn(&SessionView) -> bool) {
        _ = self.fetched.try_update(|fetched| {
            if let Fetched::Here(sessions) = fetched {
                sessions.retain(|session| !gone(session));
            }
        });
        if let Some(heading) = self.heading.try_get_untracked().flatten() {
            _ = heading.focus();
        }
    }
}

/// The list, and the way out everywhere else.
#[component]
pub(super) fn Sessions(list: SessionList) -> impl IntoView {
    let several = memo(move || {
        list.fetched
            .with(|fetched| matches!(fetched, Fetched::Here(sessions) if sessions.len() > 1))
    });
    let content = move || match list.fetched.get() {
        Fetched::Waiting => view! {
            <div aria-busy="true" class="divide-y divide-line">
                {(0..2)
                    .map(|_| {
                        view! {
                            <div class="flex h-16 items-center gap-3">
                                <Skeleton class="size-9 rounded-full" />
                                <div class="flex flex-col gap-2">
                                    <Skeleton class="h-3 w-36" />
                                    <Skeleton class="h-2.5 w-52" />
                                </div>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        }
        .into_any(),
        Fetched::Failed(message) => {
            view! { <ErrorState message busy=list.loading on_retry=move |()| list.load() /> }.into_any()
        }
        Fetched::Here(sessions) => view! {
            <ul class="divide-y divide-line">
                {sessions.into_iter().map(|session| view! { <SessionRow list session /> }).collect_view()}
            </ul>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="settings-sessions" class="mt-3 border-t border-line pt-5">
            <div class="flex min-h-8 flex-wrap items-center justify-between gap-x-6 gap-y-2">
                <h3
                    node_ref=list.heading
                    id="settings-sessions"
                    tabindex="-1"
                    class="text-sm font-semibold outline-none"
                >
                    "Active sessions"
                </h3>
                <Show when=move || several.get()>
                    <div class="-mr-2">
                        <Button
                            kind=ButtonKind::QuietDanger
                            size=ButtonSize::Small
                            busy=list.ending_others
                            on_click=move |()| list.end_others()
                        >
                            "Sign out everywhere else"
                        </Button>
                    </div>
                </Show>
            </div>
            {content}
        </section>
    }
    .into_any()
}

#[component]
fn SessionRow(list: SessionList, session: SessionView) -> impl IntoView {
    let SessionView {
        id,
        current,
        device,
        ip,
        last_seen_at,
        ..
    } = session;
    let label = "Sign out of ".to_owned() + &device;
    let control = if current {
        // A form post on purpose: the new document that follows keeps nothing of this one in memory.
        view! {
            <form method="post" action=SignOut::PATH>
                <Button kind=ButtonKind::Secondary size=ButtonSize::Small submit=true label="Sign out of this device">
                    "Sign out"
                </Button>
            </form>
        }
        .into_any()
    } else {
        let (own, name) = (id.clone(), device.clone());
        let busy = Signal::derive(move || list.ending.with(|ending| ending.as_ref() == Some(&own)));
        view! {
            <Button
                kind=ButtonKind::Secondary
                size=ButtonSize::Small
                label
                busy
                on_click=move |()| list.end(id.clone(), name.clone())
            >
                "Sign out"
            </Button>
        }
        .into_any()
    };
    view! {
        <li class="flex min-h-16 items-center gap-3 py-2.5">
            <span class="flex size-9 shrink-0 items-center justify-center rounded-full bg-sunken text-muted">
                <Glyph icon=Icon::Monitor />
            </span>
            <div class="min-w-0 flex-1">
                <div class="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm font-medium">
                    <span class="min-w-0 break-words">{device}</span>
                    {current.then(|| view! { <Badge kind=BadgeKind::Accent>"This device"</Badge> })}
                </div>
                <p class="text-xs break-words text-muted">
                    {ip.map(|ip| ip + " · ")}
                    "active "
                    {if current {
                        "now".into_any()
                    } else {
                        view! { <Time at=last_seen_at style=DateStyle::Relative /> }.into_any()
                    }}
                </p>
            </div>
            {control}
        </li>
    }
    .into_any()
}
