//! What stands where nothing does: nothing there yet, or it could not be fetched.

use leptos::prelude::*;

use super::button::{Button, ButtonKind};
use crate::components::icons::{Glyph, Icon};

/// Nothing is here yet: an icon, a sentence, and what to do about it.
#[component]
pub fn EmptyState(
    /// What would be here.
    icon: Icon,
    /// The sentence.
    #[prop(into)]
    title: String,
    /// One more sentence.
    #[prop(optional, into)]
    text: Option<String>,
    /// What to do: a button, or nothing.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center gap-1 px-6 py-12 text-center">
            <span class="mb-3 flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent">
                <Glyph icon size="size-5" />
            </span>
            <p class="font-medium wrap-anywhere">{title}</p>
            {text.map(|text| view! { <p class="max-w-md text-sm wrap-anywhere text-muted">{text}</p> })}
            {children.map(|children| view! { <div class="mt-4 flex flex-wrap justify-center gap-2">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// It could not be fetched: a sentence, and another try.
#[component]
pub fn ErrorState(
    /// The sentence.
    #[prop(into)]
    message: Signal<String>,
    /// Whether the next try is going on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Tries again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center gap-1 px-6 py-12 text-center">
            <span class="mb-3 flex size-11 items-center justify-center rounded-full bg-danger-soft text-danger">
                <Glyph icon=Icon::Alert size="size-5" />
            </span>
            <p role="alert" class="max-w-md text-sm wrap-anywhere text-ink-soft">
                {message}
            </p>
            <div class="mt-4">
                <Button kind=ButtonKind::Secondary icon=Icon::Refresh busy on_click=on_retry>
                    "Try again"
                </Button>
            </div>
        </div>
    }
    .into_any()
}
