//! A labelled input with its error.

use leptos::prelude::*;

/// A line of text with a label above it and, below, a hint or, in its place, what is wrong.
///
/// The label's text is exactly the accessible name; what stands below is the description.
#[component]
pub fn Field(
    /// The label.
    label: &'static str,
    /// The field's name in the form. It also makes the ids, so it must be the only one of its name on the page.
    name: &'static str,
    /// `text`, `email` or `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a password manager may fill in; the values are those of the HTML standard.
    autocomplete: &'static str,
    /// What it holds when the page opens.
    #[prop(optional, into)]
    value: String,
    /// What the reader should know beforehand.
    #[prop(optional, into)]
    hint: Option<&'static str>,
    /// Whether a form without it makes no sense.
    #[prop(optional)]
    required: bool,
    /// What is wrong with it.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    let error_id = format!("{name}-error");
    let wrong = Memo::new(move |_| error.with(Option::is_some));
    let described_by = {
        let (hint_id, error_id) = (hint.map(|_| hint_id.clone()), error_id.clone());
        move || {
            if wrong.get() {
                Some(error_id.clone())
            } else {
                hint_id.clone()
            }
        }
    };
    // Without JavaScript nothing else could lead to the field that has to be corrected.
    let wrong_at_first = wrong.get_untracked();
    // E-mail addresses are neither sentences nor words.
    let verbatim = kind != "text";

    view! {
        <div>
            <label for=name class="mb-1.5 block text-sm font-medium">
                {label}
            </label>
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize=verbatim.then_some("none")
                spellcheck=verbatim.then_some("false")
                required=required
                autofocus=wrong_at_first
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=described_by
                class="h-10 w-full rounded-lg border border-control bg-surface px-3 text-sm text-ink transition-colors hover:border-ink-soft focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger"
            />
            {move || match (error.get(), hint) {
                (Some(error), _) => {
                    Some(
                        view! {
                            <p id=error_id.clone() class="mt-1.5 text-xs font-medium break-words text-danger">
                                {error}
                            </p>
                        },
                    )
                }
                (None, Some(hint)) => {
                    Some(
                        view! {
                            <p id=hint_id.clone() class="mt-1.5 text-xs text-muted">
                                {hint.to_owned()}
                            </p>
                        },
                    )
                }
                (None, None) => None,
            }}
        </div>
    }
}
