//! The application: what every page shares, and the route table.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};

use crate::contexts::session::provide_session;
use crate::pages::{not_found::NotFoundPage, sign_in::SignInPage, sign_up::SignUpPage, start::StartPage};
use crate::routes::Page;

/// Latchkey in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();

    // Tests and tools wait for this mark: from here on the page reacts to more than links and form posts.
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            _ = root.set_attribute("data-hydrated", "");
        }
    });

    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Latchkey".to_owned() } else { format!("{title} · Latchkey") }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=Page::Start.pattern() view=StartPage />
                <Route path=Page::SignIn.pattern() view=SignInPage />
                <Route path=Page::SignUp.pattern() view=SignUpPage />
            </Routes>
        </Router>
    }
}
