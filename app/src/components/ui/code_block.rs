//! Code to read and to take along.

use leptos::html::Code;
use leptos::prelude::*;

use super::copy_button::CopyButton;

/// A block of code under a bar with its language and a button that copies it.
#[component]
pub fn CodeBlock(
    /// Language, as it is written on the bar.
    language: &'static str,
    /// What the code is for; the block's name for a screen reader.
    label: &'static str,
    /// The code.
    #[prop(into)]
    code: Signal<String>,
) -> impl IntoView {
    let node = NodeRef::<Code>::new();
    view! {
        <div class="overflow-hidden rounded-xl border border-line bg-surface">
            <div class="flex h-9 items-center justify-between border-b border-line pr-1.5 pl-3.5 text-xs text-muted">
                <span>{language}</span>
                <CopyButton text=code shown=node label />
            </div>
            <pre
                class="overflow-x-auto px-3.5 py-3 font-mono text-[0.8rem]/relaxed text-ink focus-visible:-outline-offset-2"
                tabindex="0"
                role="region"
                aria-label=label
            >
                <code node_ref=node>{code}</code>
            </pre>
        </div>
    }
    .into_any()
}
