//! On or off, at once.

use leptos::prelude::*;

/// A switch. It shows what `checked` says: whoever saves the change moves it, and moves it back if that failed.
#[component]
pub fn Switch(
    /// What is switched: its name.
    #[prop(into)]
    label: Signal<String>,
    /// Id of what describes it, if something does.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Whether it is on.
    #[prop(into)]
    checked: Signal<bool>,
    /// Called with what it would become when it is pressed.
    #[prop(into)]
    on_change: Callback<bool>,
    /// Whether the last change is still being saved.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it can't be switched just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let press = move |_| {
        if !busy.get_untracked() {
            on_change.run(!checked.get_untracked());
        }
    };
    view! {
        <button
            type="button"
            role="switch"
            class="group inline-flex shrink-0 cursor-pointer items-center justify-center rounded-full disabled:pointer-events-none disabled:opacity-50 pointer-coarse:min-h-11 pointer-coarse:min-w-11"
            aria-label=label
            aria-describedby=described_by
            aria-checked=move || checked.get().to_string()
            aria-busy=move || busy.get().then_some("true")
            disabled=disabled
            on:click=press
        >
            <span class="flex h-5 w-9 items-center rounded-full bg-control p-0.5 transition-colors group-aria-checked:bg-accent">
                <span class="size-4 rounded-full bg-surface shadow-sm transition-[translate] group-aria-checked:translate-x-4"></span>
            </span>
        </button>
    }
    .into_any()
}
