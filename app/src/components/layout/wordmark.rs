//! The name of the house.

use leptos::prelude::*;

use crate::components::icons::{Glyph, Icon};
use crate::routes::Page;

/// Key and name; leads to the start page.
#[component]
pub fn Wordmark() -> impl IntoView {
    view! {
        <a href=Page::Start.path() class="inline-flex items-center gap-2 rounded-md font-semibold tracking-tight">
            <span class="text-brass">
                <Glyph icon=Icon::Key size="size-5" />
            </span>
            "Latchkey"
        </a>
    }
}
