//! The person's API keys.

use leptos::html::H1;
use leptos::prelude::*;
use leptos::web_sys::VisibilityState;
use types::api_keys::ApiKey;

use crate::components::api_keys::create::{CreateDialog, Creation};
use crate::components::api_keys::list::{KeyFacts, KeyList, KeyListSkeleton};
use crate::components::api_keys::revoke::RevokeDialog;
use crate::components::api_keys::store::{Keys, Stage};
use crate::components::api_keys::usage::UsageDialog;
use crate::components::icons::Icon;
use crate::components::layout::title::Title;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::card::CARD;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::opening::take_first_page;
use crate::contexts::session::use_session;
use crate::hooks::dates;
use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect, effect_after, memo};

/// Coming back to the page asks the server for news at most this often, in seconds.
const REST: i64 = 5;

/// The page.
#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let keys = Keys::new(take_first_page());
    let creation = Creation::new();
    let usage = RwSignal::new(false);
    let revoking = RwSignal::new(None::<ApiKey>);
    let heading = NodeRef::<H1>::new();
    let to_heading = move || {
        // By then the dialog has closed and given the focus back to what is not there any more.
        request_animation_frame(move || {
            if let Some(heading) = heading.try_get_untracked().flatten() {
                _ = heading.focus();
            }
        });
    };

    effect(move || {
        if keys.stage.get_untracked() == Stage::Loading {
            keys.load();
        } else {
            keys.set_clock();
        }
    });
    use_news(keys);
    // What opened the dialog may have gone: after the first key nothing says any more that there is none.
    effect_after(move |before: Option<bool>| {
        let open = creation.open.get();
        if before == Some(true) && !open {
            request_animation_frame(move || {
                let lost = document()
                    .active_element()
                    .is_none_or(|active| active.tag_name() == "BODY");
                if lost {
                    to_heading();
                }
            });
        }
        open
    });

    let stage = memo(move || keys.stage.get());
    let empty = memo(move || stage.get() == Stage::Ready && keys.list.with(Vec::is_empty));
    let body = move || match stage.get() {
        Stage::Loading => view! { <KeyListSkeleton /> }.into_any(),
        Stage::Failed(message) => view! {
            <div class=CARD>
                <ErrorState message busy=keys.fetching on_retry=move |()| keys.load() />
            </div>
        }
        .into_any(),
        Stage::Barred => view! { <Barred /> }.into_any(),
        Stage::Ready => view! {
            {move || {
                if empty.get() {
                    view! { <Empty creation /> }.into_any()
                } else {
                    view! { <KeyList keys revoking /> }.into_any()
                }
            }}
            <KeyFacts keys />
        }
        .into_any(),
    };

    view! {
        <Title text="API keys" />
        <div class="mx-auto max-w-250 px-4 py-6 md:px-8 md:py-8">
            <div class="flex flex-wrap items-start justify-between gap-4">
                <div>
                    <h1
                        node_ref=heading
                        tabindex="-1"
                        class="text-xl font-semibold tracking-tight outline-none"
                    >
                        "API keys"
                    </h1>
                    {move || {
                        (stage.get() != Stage::Barred)
                            .then(|| {
                                view! {
                                    <p class="mt-1 max-w-xl text-sm text-muted">
                                        "A key lets a program chat as you. Give each program its own, so you can take one away without touching the others."
                                    </p>
                                }
                            })
                    }}
                </div>
                {move || {
                    matches!(stage.get(), Stage::Loading | Stage::Ready)
                        .then(|| view! { <HeadButtons stage empty creation usage /> })
                }}
            </div>
            <div class="@container mt-6">{body}</div>
        </div>
        <CreateDialog keys creation />
        <UsageDialog keys open=usage />
        <RevokeDialog keys revoking on_revoked=Callback::new(move |()| to_heading()) />
    }
    .into_any()
}

/// What can be done on this page.
#[component]
fn HeadButtons(stage: Memo<Stage>, empty: Memo<bool>, creation: Creation, usage: RwSignal<bool>) -> impl IntoView {
    let waiting = Signal::derive(move || stage.get() == Stage::Loading);
    view! {
        <div class="flex flex-wrap gap-2">
            <Button
                kind=ButtonKind::Secondary
                icon=Icon::Terminal
                disabled=waiting
                on_click=move |()| usage.set(true)
            >
                "How to use it"
            </Button>
            {move || {
                (!empty.get())
                    .then(|| {
                        view! {
                            <Button icon=Icon::Plus disabled=waiting on_click=move |()| creation.begin()>
                                "Create key"
                            </Button>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

/// There is no key yet.
#[component]
fn Empty(creation: Creation) -> impl IntoView {
    view! {
        <div class=CARD>
            <EmptyState icon=Icon::Key title="Create a key for the first program that should chat as you.">
                <Button icon=Icon::Plus on_click=move |()| creation.begin()>
                    "Create key"
                </Button>
            </EmptyState>
        </div>
    }
    .into_any()
}

/// The person may not have keys.
#[component]
fn Barred() -> impl IntoView {
    let plan = use_session()
        .read(|person| person.plan_name.clone())
        .unwrap_or_default();
    let text = "They are not part of the ".to_owned()
        + &plan
        + " plan, or this server has them switched off. Whoever runs it can tell you more.";
    view! {
        <div class=CARD>
            <EmptyState icon=Icon::Key title="You can't have API keys here" text />
        </div>
    }
    .into_any()
}

/// Looks at the clock and asks for news when the reader comes back to the page: meanwhile keys have expired, and a
/// program may have used one.
fn use_news(keys: Keys) {
    effect(move || {
        let last = StoredValue::new(dates::now());
        let come_back = move || {
            if document().visibility_state() == VisibilityState::Hidden {
                return;
            }
            keys.look_at_clock();
            let now = dates::now();
            if last.try_get_value().is_some_and(|last| now - last >= REST) {
                last.set_value(now);
                keys.refresh();
            }
        };
        StoredValue::new_local([
            listen(&window(), "focus", false, Box::new(move |_| come_back())),
            listen(&document(), "visibilitychange", false, Box::new(move |_| come_back())),
        ]);
    });
}
