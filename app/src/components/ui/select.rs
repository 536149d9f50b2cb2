//! One of several.

use leptos::prelude::*;

use super::classes;
use super::field::{INPUT, Note, described_by};
use crate::components::icons::{Glyph, Icon};
use crate::hooks::reactive::memo;

/// One thing that can be chosen: its value, and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen.
    pub value: String,
    /// How it is called.
    pub label: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// The browser's own list, with a label above it and a hint or error below.
#[component]
pub fn Select(
    /// The label.
    #[prop(into)]
    label: String,
    /// Its id, and its name in a form.
    id: &'static str,
    /// What there is to choose from.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The value that is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the new value when the reader chooses.
    #[prop(into)]
    on_change: Callback<String>,
    /// Whether the label is only for screen readers, because the words for it stand elsewhere: in a row of settings.
    #[prop(optional)]
    bare: bool,
    /// What the reader should know.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// Whether there is nothing to choose just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let wrong = memo(move || error.with(Option::is_some));
    let options = move || {
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let own = choice.value.clone();
                let chosen = move || value.with(|value| *value == own);
                view! {
                    <option value=choice.value selected=chosen.clone() prop:selected=chosen>
                        {choice.label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div>
            <label for=id class=if bare { "sr-only" } else { "mb-1.5 block text-sm font-medium" }>
                {label}
            </label>
            <div class="relative">
                <select
                    id=id
                    name=id
                    disabled=disabled
                    aria-invalid=move || wrong.get().then_some("true")
                    aria-describedby=described_by(id, hint, wrong)
                    class=classes(
                        &[
                            INPUT,
                            "cursor-pointer appearance-none truncate pr-9 pl-3",
                            if bare { "h-9" } else { "h-10" },
                        ],
                    )
                    on:change=move |event| on_change.run(event_target_value(&event))
                >
                    {options}
                </select>
                <span class="pointer-events-none absolute inset-y-0 right-3 flex items-center text-muted">
                    <Glyph icon=Icon::ChevronDown />
                </span>
            </div>
            <Note id hint error />
        </div>
    }
    .into_any()
}
