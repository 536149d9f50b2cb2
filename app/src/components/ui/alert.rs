//! A failure, said at once.

use leptos::prelude::*;

use crate::components::icons::{Glyph, Icon};

/// One sentence about what went wrong. It can take the focus, so that the keyboard goes on from there.
#[component]
pub fn Alert(
    /// The sentence.
    #[prop(into)]
    message: Signal<String>,
) -> impl IntoView {
    view! {
        <div
            role="alert"
            tabindex="-1"
            class="flex items-start gap-2.5 rounded-lg bg-danger-soft px-3 py-2.5 text-sm text-danger"
        >
            <span class="mt-0.5">
                <Glyph icon=Icon::Alert />
            </span>
            <span class="min-w-0 break-words">{message}</span>
        </div>
    }
}
