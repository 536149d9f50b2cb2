//! One of a few, all of them in sight.

use leptos::prelude::*;

use super::field::Note;
use super::select::Choice;

/// A row of radio buttons that looks like one control. The arrow keys are the browser's own.
#[component]
pub fn SegmentedControl(
    /// The label.
    #[prop(into)]
    label: String,
    /// Makes the ids, and is the name in a form.
    id: &'static str,
    /// What there is to choose from.
    choices: Vec<Choice>,
    /// The value that is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the new value when the reader chooses.
    #[prop(into)]
    on_change: Callback<String>,
    /// Whether the label is only for screen readers, because the words for it stand elsewhere.
    #[prop(optional)]
    bare: bool,
    /// What follows from the choice.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// Whether there is nothing to choose just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let segments = choices
        .into_iter()
        .map(|choice| {
            let own = choice.value.clone();
            let chosen = move || value.with(|value| *value == own);
            let own = choice.value.clone();
            view! {
                <label class="flex h-8 min-w-0 flex-1 cursor-pointer items-center justify-center rounded-md px-2.5 text-ink-soft select-none hover:text-ink has-checked:bg-raised has-checked:font-medium has-checked:text-ink has-checked:shadow-card has-checked:ring-1 has-checked:ring-line-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent has-disabled:pointer-events-none has-disabled:opacity-50 pointer-coarse:h-11">
                    <input
                        type="radio"
                        class="sr-only"
                        name=id
                        value=choice.value
                        checked=chosen.clone()
                        prop:checked=chosen
                        disabled=disabled
                        on:change=move |_| on_change.run(own.clone())
                    />
                    <span class="truncate">{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    let label_id = id.to_owned() + "-label";
    let described_by = move || hint.with(|hint| hint.is_some().then(|| id.to_owned() + "-hint"));
    view! {
        <div role="radiogroup" aria-labelledby=label_id.clone() aria-describedby=described_by>
            <span id=label_id.clone() class=if bare { "sr-only" } else { "mb-1.5 block text-sm font-medium" }>
                {label}
            </span>
            <div class="relative flex gap-1 rounded-lg bg-sunken p-1 text-sm">{segments}</div>
            <Note id hint error=Signal::stored(None) />
        </div>
    }
    .into_any()
}
