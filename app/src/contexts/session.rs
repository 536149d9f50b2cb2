//! Who is here. Asked once per document; signing in puts the answer of the server function in its place.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;

use crate::components::layout::card_page::CardPage;
use crate::components::ui::alert::Alert;
use crate::routes::Page;
use crate::server_fns::Failure;
use crate::server_fns::accounts::{Person, Visitor, current_visitor};

/// The visitor of this document.
#[derive(Clone, Copy)]
pub struct Session(Resource<Result<Visitor, Failure>>);

impl Session {
    /// Somebody signed in on this page: everything that shows the visitor follows.
    pub fn signed_in(self, visitor: Visitor) {
        self.0.set(Some(Ok(visitor)));
    }
}

/// Makes the [`Session`] available to everything below.
pub(crate) fn provide_session() {
    provide_context(Session(Resource::new_blocking(|| (), |()| current_visitor())));
}

/// The [`Session`] of this document.
pub fn use_session() -> Session {
    expect_context()
}

/// A page for people who are signed in; everybody else is sent to sign in.
#[component]
pub fn SignedInOnly<P, V>(
    /// Renders the page for that person.
    page: P,
) -> impl IntoView
where
    P: Fn(Person, Visitor) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    visited(move |mut visitor| match visitor.person.take() {
        Some(person) => Ok(page(person, visitor)),
        None => Err(Page::SignIn),
    })
}

/// A page for people who are not signed in; everybody else is sent to the start page.
#[component]
pub fn SignedOutOnly<P, V>(
    /// Renders the page.
    page: P,
) -> impl IntoView
where
    P: Fn(Visitor) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    visited(move |visitor| {
        if visitor.person.is_none() {
            Ok(page(visitor))
        } else {
            Err(Page::Start)
        }
    })
}

/// Renders what is right for the visitor, or sends them to another page.
fn visited<P, V>(page: P) -> impl IntoView
where
    P: Fn(Visitor) -> Result<V, Page> + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let Session(visitor) = use_session();
    view! {
        <Suspense>
            {move || {
                let page = page.clone();
                Suspend::new(async move {
                    // A page's type is its whole tree: left as it is, a few levels of it are more than the compiler
                    // will look at.
                    match visitor.await.map(page) {
                        Ok(Ok(page)) => page.into_any(),
                        Ok(Err(elsewhere)) => view! { <Replace page=elsewhere /> }.into_any(),
                        Err(failure) => view! { <Unavailable failure /> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// Goes to another page; the back button doesn't come back here.
#[component]
fn Replace(page: Page) -> impl IntoView {
    let options = NavigateOptions {
        replace: true,
        ..NavigateOptions::default()
    };
    view! { <Redirect path=page.path() options /> }
}

#[component]
fn Unavailable(failure: Failure) -> impl IntoView {
    view! {
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
