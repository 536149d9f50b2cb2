//! The application: what every page shares, and the route table.
//!
//! Each page is a piece of WASM of its own, loaded when somebody goes there; see [`crate::pieces`].

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::Lazy;
use leptos_router::components::{FlatRoutes, Route, Router};

use crate::components::layout::card_page::CardPage;
use crate::components::layout::frame::Frame;
use crate::components::ui::alert::Alert;
use crate::components::ui::toast::Toaster;
use crate::components::ui::tooltip::Tooltips;
use crate::contexts::opening::provide_opening;
use crate::contexts::session::{provide_session, use_session};
use crate::contexts::toasts::provide_toasts;
use crate::hooks::dates::DateLocale;
use crate::pages::not_found::NotFoundPage;
use crate::pieces::{ApiKeysRoute, ChatRoute, GalleryRoute, SignInRoute, SignUpRoute};
use crate::routes::{ChatPath, Page};
use crate::server_fns::Failure;

/// Latchkey in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let opening = provide_opening();
    let framed = opening.visitor.person.is_some();
    provide_session(opening.visitor, opening.returned);
    provide_toasts();
    follow_date_locale();

    // Made within the router: the frame asks where it is.
    let content = move || match (opening.trouble, framed) {
        (Some(failure), _) => view! { <Unavailable failure /> }.into_any(),
        (None, true) => view! { <Frame sidebar=opening.sidebar>{routes()}</Frame> }.into_any(),
        (None, false) => routes(),
    };
    view! {
        <Title formatter=|title: String| { if title.is_empty() { "Latchkey".to_owned() } else { title + " · Latchkey" } } />
        <Router>
            {content()}
            <Toaster />
            <Tooltips />
        </Router>
    }
}

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
pub async fn hydrate() {
    use leptos::mount::hydrate_body;

    let path = window().location().pathname().unwrap_or_default();
    crate::pieces::preload(&path).await;
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
    Effect::new(move || locale.set(chosen()));
    provide_context(DateLocale(locale));
}

fn routes() -> AnyView {
    view! {
        <FlatRoutes fallback=NotFoundPage>
            <Route path=ChatPath view={Lazy::<ChatRoute>::new()} />
            <Route path=Page::ApiKeys.pattern() view={Lazy::<ApiKeysRoute>::new()} />
            <Route path=Page::SignIn.pattern() view={Lazy::<SignInRoute>::new()} />
            <Route path=Page::SignUp.pattern() view={Lazy::<SignUpRoute>::new()} />
            <Route path=Page::Gallery.pattern() view={Lazy::<GalleryRoute>::new()} />
        </FlatRoutes>
    }
    .into_any()
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
