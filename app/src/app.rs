//! The application: what every page shares.
//!
//! Each page is a piece of WASM of its own, loaded when somebody goes there; see [`crate::pieces`].

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

use crate::components::layout::card_page::CardPage;
use crate::components::layout::frame::{First, Frame};
use crate::components::layout::pages::Pages;
use crate::components::layout::title::Title;
use crate::components::ui::alert::Alert;
use crate::components::ui::toast::Toaster;
use crate::components::ui::tooltip::Tooltips;
use crate::contexts::address::provide_address;
use crate::contexts::opening::provide_opening;
use crate::contexts::session::{provide_session, use_session};
use crate::contexts::toasts::provide_toasts;
use crate::hooks::dates::DateLocale;
use crate::hooks::reactive::effect;
use crate::server_fns::Failure;

/// Latchkey in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let opening = provide_opening();
    let framed = opening.visitor.person.is_some();
    provide_session(opening.visitor, opening.returned);
    provide_address();
    provide_toasts();
    follow_date_locale();

    let content = match (opening.trouble, framed) {
        (Some(failure), _) => view! { <Unavailable failure /> }.into_any(),
        (None, true) => {
            let first = First {
                team: opening.team,
                place: opening.place,
                sidebar: opening.sidebar,
            };
            view! { <Frame first><Pages /></Frame> }.into_any()
        }
        (None, false) => view! { <Pages /> }.into_any(),
    };
    view! {
        <Title text="" />
        {content}
        <Toaster />
        <Tooltips />
    }
}

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
pub async fn hydrate() {
    use leptos::mount::hydrate_body;

    let path = window().location().pathname().unwrap_or_default();
    if let Some(piece) = crate::routes::piece_at(&path) {
        crate::pieces::preload(piece).await;
    }
    hydrate_body(App);
    // Tests and tools wait for this mark: from here on the page reacts to more than links and form posts.
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("data-hydrated", "");
    }
}

/// Dates are written as the person has chosen, from the next one on.
fn follow_date_locale() {
    let session = use_session();
    let chosen = move || session.read(|person| person.settings.date_locale.clone()).flatten();
    let locale = RwSignal::new(untrack(chosen));
    effect(move || locale.set(chosen()));
    provide_context(DateLocale(locale));
}

/// The page when the server can't even say who is here.
#[component]
fn Unavailable(failure: Failure) -> impl IntoView {
    view! {
        <Title text="Not available" />
        <CardPage title="This page can't be shown">
            <Alert message=failure.to_string() />
            <p class="text-sm text-muted">
                <a class="font-medium text-accent underline underline-offset-4" href="" rel="external">
                    "Try again"
                </a>
            </p>
        </CardPage>
    }
}
