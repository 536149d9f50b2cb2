//! Takes a text along.

use leptos::html::Code;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::classes;
use crate::components::icons::{Glyph, Icon};
use crate::hooks::clipboard::{Copying, use_copier};
use crate::hooks::reactive::effect;

/// A button that copies a text and says so: on itself, and through a live region.
///
/// Copying is the script's doing: without one there is no button.
#[component]
pub fn CopyButton(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What the text is, for a screen reader: it hears "Copy" and this.
    #[prop(into)]
    label: String,
    /// The element that shows exactly this text, if there is one: it is selected where the browser refuses to copy.
    #[prop(optional)]
    shown: Option<NodeRef<Code>>,
    /// Called when the text is in the clipboard.
    #[prop(optional, into)]
    on_copied: Option<Callback<()>>,
    /// Whether it is as high as an input beside it; otherwise it fits a bar.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let copier = use_copier();
    let (scripted, set_scripted) = signal(false);
    effect(move || set_scripted.set(true));
    effect(move || {
        if let (Copying::Copied, Some(on_copied)) = (copier.state(), on_copied) {
            on_copied.run(());
        }
    });

    let copy = move || {
        let shown = shown
            .and_then(|shown| shown.get_untracked())
            .map(JsCast::unchecked_into);
        copier.copy(text.get_untracked(), shown);
    };
    let class = move || {
        let size = if large {
            "h-8 px-2.5 text-sm"
        } else {
            "h-6.5 px-2 text-xs"
        };
        let colour = match copier.state() {
            Copying::Copied => "bg-ok-soft text-ok",
            _ => "text-ink-soft hover:bg-sunken hover:text-ink",
        };
        classes(&[
            "inline-flex shrink-0 cursor-pointer items-center gap-1.5 rounded-md font-medium transition-colors pointer-coarse:min-h-11",
            size,
            colour,
        ])
    };

    view! {
        <Show when=move || scripted.get()>
            <button
                type="button"
                class=class
                on:click=move |_| copy()
            >
                {move || {
                    let icon = if copier.state() == Copying::Copied { Icon::Check } else { Icon::Copy };
                    view! { <Glyph icon size="size-3.5" /> }
                }}
                {move || copier.state().words()}
                <span class="sr-only">" " {label.clone()}</span>
            </button>
        </Show>
        <span role="status" class="sr-only">
            {move || copier.state().said()}
        </span>
    }
    .into_any()
}
