//! A page with one thing on it: a card in the middle.

use leptos::prelude::*;

use super::wordmark::Wordmark;

/// The wordmark, a card with a heading, and a line below it.
#[component]
pub fn CardPage(
    /// The heading.
    title: &'static str,
    /// What is in the card, under the heading.
    children: Children,
    /// What stands below the card.
    #[prop(optional)]
    footer: Option<AnyView>,
) -> impl IntoView {
    view! {
        <div class="flex min-h-dvh flex-col items-center px-4 py-10 sm:justify-center">
            <header class="mb-6">
                <Wordmark />
            </header>
            <main class="w-full max-w-96">
                <div class="rounded-2xl border border-line bg-raised px-5 pt-5 pb-6 shadow-card sm:px-7 sm:pt-6 sm:pb-7">
                    <h1 class="mb-5 text-xl font-semibold tracking-tight">{title}</h1>
                    <div class="flex flex-col gap-4">{children()}</div>
                </div>
                <div class="mt-5 text-center text-sm text-muted">{footer}</div>
            </main>
        </div>
    }
}
