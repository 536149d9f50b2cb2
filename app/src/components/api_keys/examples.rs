//! Code to take along, in the languages people use most.

use leptos::html::{Button, Code};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::api_keys::Example;

use super::snippet::{Call, Language, snippet, strings};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::tabs::Tabs;
use crate::contexts::session::use_session;
use crate::hooks::clipboard::{Copier, Copying, copy_text, use_copier};
use crate::hooks::reactive::effect;

/// The key that examples are made with. Without one they take it from the environment; with one they show it while it is
/// on show, and copying takes it along in any case.
#[derive(Clone, Copy)]
pub struct Secret {
    /// The whole key; gone with the component that holds it.
    pub key: StoredValue<String>,
    /// Whether it is on show.
    pub shown: RwSignal<bool>,
    /// Called when it was taken along.
    pub on_taken: Callback<()>,
}

/// A call in each language, under tabs, with a button that copies it.
#[component]
pub fn Examples(
    /// Makes the ids.
    id: &'static str,
    /// The call.
    example: Example,
    /// The key, when there is one.
    #[prop(optional)]
    secret: Option<Secret>,
) -> impl IntoView {
    let call = StoredValue::new(Call {
        url: use_session().public_url() + &example.path,
        method: example.method,
        body: example.body,
        stream: example.stream,
    });
    let selected = RwSignal::new(0);
    let language = move || Language::ALL[selected.get().min(Language::ALL.len() - 1)];
    let write = move |language: Language, with_key: bool| {
        call.with_value(|call| match secret.filter(|_| with_key) {
            Some(secret) => secret.key.with_value(|key| snippet(language, call, Some(key))),
            None => snippet(language, call, None),
        })
    };
    let code = move || {
        let shown = secret.is_some_and(|secret| secret.shown.get());
        paint(&write(language(), shown))
    };
    let node = NodeRef::<Code>::new();
    let copier = use_copier();
    let copy = move |()| copy_shown(copier, write(language(), true), node, secret);

    view! {
        <div class="relative">
            <Tabs label="Languages" id tabs=Language::ALL.map(Language::name).to_vec() selected>
                <pre
                    class="overflow-x-auto rounded-lg bg-sunken px-3.5 py-3 font-mono text-[0.78rem] leading-relaxed"
                    tabindex="0"
                    role="region"
                    aria-label="Example"
                    translate="no"
                >
                    <code node_ref=node>{code}</code>
                </pre>
            </Tabs>
            <span class="absolute -top-1.5 right-0 pointer-coarse:top-0">
                <TakeButton copier label="the example" on_press=copy />
            </span>
            <ByHand copier />
        </div>
    }
    .into_any()
}

fn paint(code: &str) -> Vec<AnyView> {
    strings(code)
        .into_iter()
        .map(|(string, piece)| {
            let class = if string { "text-accent" } else { "" };
            view! { <span class=class>{piece.to_owned()}</span> }.into_any()
        })
        .collect()
}

/// A button that takes something along and says so. Without a script there is nothing to take.
#[component]
pub fn TakeButton(
    /// What it remembers.
    copier: Copier,
    /// What is copied, for a screen reader.
    label: &'static str,
    /// Whether the focus goes here as soon as it is there.
    #[prop(optional)]
    focused: bool,
    /// Id of what should be heard with its name.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Copies.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<Button>::new();
    if focused {
        effect(move || {
            if let Some(button) = node.get() {
                _ = button.focus();
            }
        });
    }
    let copied = move || copier.state() == Copying::Copied;
    view! {
        <button
            node_ref=node
            type="button"
            class=move || {
                if copied() {
                    "inline-flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-md px-2.5 text-sm font-medium transition-colors pointer-coarse:h-10 bg-ok-soft text-ok"
                } else {
                    "inline-flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-md px-2.5 text-sm font-medium transition-colors pointer-coarse:h-10 text-ink-soft hover:bg-sunken hover:text-ink"
                }
            }
            aria-describedby=described_by
            on:click=move |_| on_press.run(())
        >
            {move || {
                let icon = if copied() { Icon::Check } else { Icon::Copy };
                view! { <Glyph icon /> }
            }}
            {move || if copied() { "Copied" } else { "Copy" }}
            <span class="sr-only">" " {label}</span>
        </button>
        <span role="status" class="sr-only">
            {move || if copied() { "Copied" } else { "" }}
        </span>
    }
    .into_any()
}

/// What to do where the browser did not let a page copy; it stays until copying is tried again.
#[component]
pub fn ByHand(
    /// What the button remembers.
    copier: Copier,
) -> impl IntoView {
    let last = Memo::new(move |last: Option<&Copying>| match copier.state() {
        Copying::Idle => last.copied().unwrap_or(Copying::Idle),
        now => now,
    });
    let said = move || match last.get() {
        Copying::Selected => "Your browser does not let this page copy. The text is selected: press Ctrl C, or ⌘ C.",
        Copying::Refused => "Your browser does not let this page copy. Mark the text and copy it yourself.",
        Copying::Idle | Copying::Copied => "",
    };
    view! {
        <p role="status" class="text-xs text-ink-soft not-empty:mt-1.5">
            {said}
        </p>
    }
    .into_any()
}

/// Copies a text that `node` shows as soon as the key is on show. Where the browser refuses, it is put on show and selected.
pub fn copy_shown(copier: Copier, text: String, node: NodeRef<Code>, secret: Option<Secret>) {
    spawn_local(async move {
        let result = copy_text(&text, None).await;
        drop(text);
        if result != Copying::Refused {
            copier.settle(result);
            if let Some(secret) = secret {
                secret.on_taken.try_run(());
            }
            return;
        }
        if let Some(secret) = secret {
            _ = secret.shown.try_set(true);
        }
        // By then it is in the document.
        request_animation_frame(move || {
            if let Some(node) = node.try_get_untracked().flatten() {
                copier.copy_element(node.into());
            }
        });
    });
}
