//! The new key, on show once.

use leptos::html::{Button as ButtonTag, Code, Div};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::api_keys::{CreatedApiKey, Example};

use super::create::Creation;
use super::examples::{ByHand, Examples, Secret, TakeButton, copy_shown};
use super::guard::Way;
use super::store::Keys;
use super::trial::{Trial, harmless, try_key};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::alert::{Alert, AlertKind};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton, button_class};
use crate::hooks::clipboard::use_copier;
use crate::hooks::reactive::{effect, effect_after, memo};

const WARNING: &str = "new-key-warning";

/// Shows a key, lets it be taken along and tried.
///
/// While it is hidden the key is in no element: dots stand for it, and the examples name a variable.
#[component]
pub fn Reveal(
    /// The keys.
    keys: Keys,
    /// The dialog.
    creation: Creation,
    /// What was made.
    made: CreatedApiKey,
) -> impl IntoView {
    let masked = mask(&made.secret, &made.key.key_prefix);
    let secret = Secret {
        key: StoredValue::new(made.secret),
        shown: RwSignal::new(false),
        on_taken: Callback::new(move |()| creation.take()),
    };
    let shown = secret.shown;
    let node = NodeRef::<Code>::new();
    let copier = use_copier();
    let copy = Callback::new(move |()| copy_shown(copier, secret.key.get_value(), node, Some(secret)));
    let key = move || {
        if shown.get() {
            secret.key.get_value()
        } else {
            masked.clone()
        }
    };
    let key_class = move || {
        if shown.get() {
            "min-w-0 flex-1 py-1 font-mono text-sm break-all select-all"
        } else {
            "min-w-0 flex-1 truncate font-mono text-sm"
        }
    };
    // Whoever copies it with their own keys has it too.
    let copied_by_hand = move |_| {
        let selected = window()
            .get_selection()
            .ok()
            .flatten()
            .map(|selection| selection.to_string());
        if selected.is_some_and(|text| secret.key.with_value(|key| text.includes(key, 0))) {
            creation.take();
        }
    };
    let example = keys.about.with_untracked(|about| about.example.clone());

    view! {
        <div class="flex flex-col gap-4" on:copy=copied_by_hand>
            <div id=WARNING>
                <Alert
                    kind=AlertKind::Warning
                    message="Copy it now and keep it somewhere safe. It will not be shown again."
                />
            </div>
            <div>
                <div class="flex items-center gap-1 rounded-lg border border-control bg-surface py-1 pr-1 pl-3">
                    <code node_ref=node class=key_class translate="no">
                        {key}
                    </code>
                    <IconButton
                        icon=Signal::derive(move || if shown.get() { Icon::EyeOff } else { Icon::Eye })
                        label="Show key"
                        pressed=shown
                        on_click=move |()| shown.update(|shown| *shown = !*shown)
                    />
                    <TakeButton copier label="key" focused=true described_by=WARNING on_press=copy />
                </div>
                <ByHand copier />
            </div>
            {example.clone().map(|example| view! { <Examples id="new-key" example secret /> })}
            <End keys creation secret copy example />
        </div>
    }
    .into_any()
}

/// The key's visible beginning, and a dot for each character that is hidden.
fn mask(secret: &str, prefix: &str) -> String {
    let hidden = secret.chars().count().saturating_sub(prefix.chars().count());
    prefix.to_owned() + &"•".repeat(hidden)
}

/// Trying and closing; in their place, when the key would be lost, the question whether it may.
#[component]
fn End(keys: Keys, creation: Creation, secret: Secret, copy: Callback<()>, example: Option<Example>) -> impl IntoView {
    let trial = RwSignal::new(None::<Trial>);
    let trying = RwSignal::new(false);
    let harmless = keys.about.with_untracked(|about| harmless(&about.endpoints));
    let only_run = RwSignal::new(false);
    let has_example = example.is_some();
    let test = move |()| {
        let Some((ask_for, path)) = harmless else {
            only_run.set(true);
            return;
        };
        trying.set(true);
        trial.set(None);
        spawn_local(async move {
            let key = secret.key.get_value();
            let result = try_key(&key, ask_for, path).await;
            drop(key);
            if trying.try_set(false).is_some() {
                return;
            }
            if matches!(result, Trial::Works(_)) {
                keys.refresh();
            }
            trial.set(Some(result));
        });
    };
    let result = move || {
        if only_run.get() {
            let words = if has_example {
                "Keys can't read anything here, so a test would have to send a message. Run the example to do that."
            } else {
                "There is nothing here that a key could be tried with."
            };
            return view! { <Outcome icon=Icon::Info class="text-ink-soft" words=words.to_owned() /> }.into_any();
        }
        match trial.get() {
            None => ().into_any(),
            Some(Trial::Works(path)) => {
                let words = "It works: the server answered ".to_owned() + path + ".";
                view! { <Outcome icon=Icon::Check class="text-ok" words /> }.into_any()
            }
            Some(Trial::Refused(why)) => {
                let words = "The server refused it: ".to_owned() + &why;
                view! { <Outcome icon=Icon::Alert class="text-danger" words /> }.into_any()
            }
            Some(Trial::Unreachable) => {
                let words = "The server can't be reached. Check the connection and try again.".to_owned();
                view! { <Outcome icon=Icon::Alert class="text-danger" words /> }.into_any()
            }
        }
    };
    let done = NodeRef::<ButtonTag>::new();
    let asked = memo(move || creation.question.with(Option::is_some));
    effect_after(move |before: Option<bool>| {
        let asked = asked.get();
        if before == Some(true)
            && !asked
            && let Some(done) = done.get()
        {
            _ = done.focus();
        }
        asked
    });

    view! {
        <div role="status" class="empty:hidden">
            {result}
        </div>
        {move || {
            if asked.get() {
                view! { <Question creation copy /> }.into_any()
            } else {
                view! {
                    <div class="flex items-center justify-between gap-2 pt-1">
                        <Button kind=ButtonKind::Secondary busy=trying on_click=test>
                            "Test key"
                        </Button>
                        <button
                            node_ref=done
                            type="button"
                            class=button_class(ButtonKind::Primary, ButtonSize::Standard)
                            on:click=move |_| creation.leave(Way::Here)
                        >
                            "Done"
                        </button>
                    </div>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

/// What came of trying.
#[component]
fn Outcome(icon: Icon, class: &'static str, words: String) -> impl IntoView {
    view! {
        <p class="flex items-start gap-2 text-sm">
            <span class=class>
                <span class="flex h-5 items-center">
                    <Glyph icon />
                </span>
            </span>
            <span class="min-w-0 break-words">{words}</span>
        </p>
    }
    .into_any()
}

/// Asked once, before a key is lost that nobody has copied.
#[component]
fn Question(creation: Creation, copy: Callback<()>) -> impl IntoView {
    let box_ref = NodeRef::<Div>::new();
    let first = NodeRef::<ButtonTag>::new();
    effect(move || {
        if let Some(first) = first.get() {
            _ = first.focus();
        }
        if let Some(question) = box_ref.get() {
            question.scroll_into_view();
        }
    });
    let way = creation.question.get_untracked().unwrap_or(Way::Here);
    let words = if way == Way::Here {
        "Close anyway"
    } else {
        "Leave anyway"
    };
    view! {
        <div
            node_ref=box_ref
            class="flex flex-wrap items-center justify-end gap-2 rounded-lg bg-danger-soft p-3"
        >
            <p role="alert" class="grow basis-full text-sm text-danger">
                "You have not copied the key. It can't be shown again."
            </p>
            <Button kind=ButtonKind::Secondary on_click=move |()| creation.leave_anyway()>
                {words}
            </Button>
            <button
                node_ref=first
                type="button"
                class=button_class(ButtonKind::Primary, ButtonSize::Standard)
                on:click=move |_| copy.run(())
            >
                "Copy key"
            </button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn of_a_hidden_key_only_the_prefix_is_there() {
        assert_eq!(mask("sk-a1b2c3d4e5", "sk-a1b2c3"), "sk-a1b2c3••••");
        assert_eq!(mask("sk-a1b2c3", "sk-a1b2c3"), "sk-a1b2c3");
    }
}
