//! Nothing is here.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::layout::card_page::CardPage;
use crate::routes::Page;

/// The answer to every path that no page has; its status is 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_status(types::ErrorCode::NotFound);

    view! {
        <Title text="Page not found" />
        <CardPage title="There is nothing here">
            <p class="text-sm text-muted">
                "The address may be mistyped, or what was here is gone."
            </p>
            <p class="text-sm">
                <a
                    href=Page::Start.path()
                    class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
                >
                    "Go to the start page"
                </a>
            </p>
        </CardPage>
    }
}
