//! Nothing is here.

use leptos::prelude::*;

use crate::components::layout::card_page::CardPage;
use crate::components::layout::title::Title;
use crate::contexts::session::use_session;
use crate::routes::Page;

/// The answer to every path that no page has; its status is 404. Within the frame for whoever is signed in.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_status(types::ErrorCode::NotFound);

    let framed = use_session().read(|_| ()).is_some();
    let words = view! {
        <p class="text-sm text-muted">"The address may be mistyped, or what was here is gone."</p>
        <p class="text-sm">
            <a
                href=Page::Start.path()
                class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
            >
                {if framed { "Start a new chat" } else { "Go to the start page" }}
            </a>
        </p>
    };
    let page = if framed {
        view! {
            <div class="flex min-h-full flex-col items-center justify-center gap-3 px-4 py-10 text-center">
                <h1 class="text-xl font-semibold tracking-tight">"There is nothing here"</h1>
                {words}
            </div>
        }
        .into_any()
    } else {
        view! { <CardPage title="There is nothing here">{words}</CardPage> }.into_any()
    };
    view! {
        <Title text="Page not found" />
        {page}
    }
}
