//! Code to read and to take along.

use leptos::html::Code;
use leptos::prelude::*;

use crate::components::icons::{Glyph, Icon};
use crate::hooks::clipboard::{Copying, use_copy};

/// A block of code under a bar with its language and a button that copies it.
#[component]
pub fn CodeBlock(
    /// Language, as it is written on the bar.
    language: &'static str,
    /// What the code is for; the block's name for a screen reader.
    label: &'static str,
    /// The code.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    let node = NodeRef::<Code>::new();
    let (copying, copy) = use_copy(node);
    // Copying is the script's doing: without one there is no button.
    let (scripted, set_scripted) = signal(false);
    Effect::new(move || set_scripted.set(true));

    let words = move || match copying.get() {
        Copying::Idle => "Copy",
        Copying::Copied => "Copied",
        Copying::Selected => "Selected",
    };
    let said = move || match copying.get() {
        Copying::Idle => "",
        Copying::Copied => "Copied",
        Copying::Selected => "The text is selected. Copy it with your keyboard.",
    };

    view! {
        <div class="overflow-hidden rounded-xl border border-line bg-surface">
            <div class="flex h-9 items-center justify-between border-b border-line pr-1.5 pl-3.5 text-xs text-muted">
                <span>{language}</span>
                <Show when=move || scripted.get()>
                    <button
                        type="button"
                        class="inline-flex h-6.5 cursor-pointer items-center gap-1.5 rounded-md px-2 hover:bg-sunken hover:text-ink"
                        on:click=move |_| copy()
                    >
                        <Glyph
                            icon=Icon::Copy
                            size="size-3.5"
                        />
                        {words}
                        <span class="sr-only">" " {label}</span>
                    </button>
                </Show>
            </div>
            <pre
                class="overflow-x-auto px-3.5 py-3 font-mono text-[0.8rem]/relaxed text-ink"
                tabindex="0"
                role="region"
                aria-label=label
            >
                <code node_ref=node>{code}</code>
            </pre>
            <span role="status" class="sr-only">
                {said}
            </span>
        </div>
    }
    .into_any()
}
