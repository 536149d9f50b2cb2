//! Labelled inputs with their errors.

use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlInputElement, HtmlTextAreaElement};

use super::classes;

use crate::hooks::reactive::{effect_after, memo};

/// The looks that all inputs share.
pub(super) const INPUT: &str = "w-full rounded-lg pointer-coarse:min-h-11 pointer-coarse:text-[16px] border border-control bg-surface text-sm text-ink transition-colors hover:border-ink-soft focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger disabled:pointer-events-none disabled:opacity-50";

/// A line of text with a label above it and, below, a hint or, in its place, what is wrong.
///
/// The label's text is exactly the accessible name; what stands below is the description.
#[component]
pub fn Field(
    /// The label.
    label: &'static str,
    /// Whether the label is only for screen readers, because it is plain to see what goes here: in a filter.
    #[prop(optional)]
    bare: bool,
    /// The field's name in the form.
    name: &'static str,
    /// Its id, when its name is not the only one of that name on the page.
    #[prop(optional)]
    id: Option<&'static str>,
    /// `text`, `email`, `password` or `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a password manager may fill in; the values are those of the HTML standard.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What it holds when the page opens.
    #[prop(optional, into)]
    value: String,
    /// What it holds, in both directions; takes the place of `value`.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// What is shown while it is empty.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// What the reader should know beforehand.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// How many characters are allowed. Shown together with how many there are; needs `bind`.
    #[prop(optional)]
    counter: Option<usize>,
    /// Whether a form without it makes no sense.
    #[prop(optional)]
    required: bool,
    /// Whether the focus goes here when the dialog around it opens.
    #[prop(optional)]
    autofocus: bool,
    /// Whether it can't be filled in just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let wrong = memo(move || error.with(Option::is_some));
    // Without JavaScript nothing else could lead to the field that has to be corrected.
    let autofocus = autofocus || wrong.get_untracked();
    // E-mail addresses are neither sentences nor words.
    let verbatim = matches!(kind, "email" | "password");
    let node = NodeRef::<Input>::new();
    if let Some(bind) = bind {
        keep_equal(bind, move || node.get().map(JsCast::unchecked_into));
    }
    let value = bind.map_or(value, |bind| bind.get_untracked());

    view! {
        <div>
            <Label id label bare bind counter />
            <input
                node_ref=node
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize=verbatim.then_some("none")
                spellcheck=verbatim.then_some("false")
                placeholder=placeholder
                required=required
                autofocus=autofocus
                disabled=disabled
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=described_by(id, hint, wrong)
                class=classes(&[INPUT, "h-10 px-3"])
                on:input=move |event| take(bind, event_target_value(&event))
            />
            <Note id hint error />
        </div>
    }
    .into_any()
}

/// Several lines of text, otherwise like [`Field`]. It grows with its text.
#[component]
pub fn TextArea(
    /// The label.
    label: &'static str,
    /// The field's name in the form.
    name: &'static str,
    /// Its id, when its name is not the only one of that name on the page.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What it holds, in both directions.
    bind: RwSignal<String>,
    /// What is shown while it is empty.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// What the reader should know beforehand.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// How many characters are allowed. Shown together with how many there are.
    #[prop(optional)]
    counter: Option<usize>,
    /// Height while there is little text, in lines.
    #[prop(default = 3)]
    rows: u32,
    /// Whether a form without it makes no sense.
    #[prop(optional)]
    required: bool,
    /// Whether the focus goes here when the dialog around it opens.
    #[prop(optional)]
    autofocus: bool,
    /// Whether it can't be filled in just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let wrong = memo(move || error.with(Option::is_some));
    let node = NodeRef::<Textarea>::new();
    keep_equal(bind, move || node.get().map(JsCast::unchecked_into));

    view! {
        <div>
            <Label id label bare=false bind=Some(bind) counter />
            <textarea
                node_ref=node
                id=id
                name=name
                rows=rows
                autocomplete="off"
                placeholder=placeholder
                required=required
                autofocus=autofocus
                disabled=disabled
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=described_by(id, hint, wrong)
                class=classes(&[INPUT, "block max-h-80 resize-y [field-sizing:content] px-3 py-2"])
                inner_html=escaped(&bind.get_untracked())
                on:input=move |event| take(Some(bind), event_target_value(&event))
            ></textarea>
            <Note id hint error />
        </div>
    }
    .into_any()
}

fn take(bind: Option<RwSignal<String>>, value: String) {
    if let Some(bind) = bind {
        bind.set(value);
    }
}

/// The label, and how many characters there are.
#[component]
fn Label(
    id: &'static str,
    label: &'static str,
    bare: bool,
    bind: Option<RwSignal<String>>,
    counter: Option<usize>,
) -> impl IntoView {
    let count = move || bind.map_or(0, |bind| bind.with(|text| text.chars().count()));
    view! {
        <div class=if bare { "sr-only" } else { "mb-1.5 flex items-baseline justify-between gap-3" }>
            <label for=id class="text-sm font-medium">
                {label}
            </label>
            {counter
                .map(|most| {
                    view! {
                        <span
                            class="text-xs tabular-nums"
                            class=("text-danger", move || most < count())
                            class=("text-muted", move || most >= count())
                        >
                            {move || count().to_string() + " / " + &most.to_string()}
                        </span>
                    }
                })}
        </div>
    }
    .into_any()
}

/// What stands below an input: what is wrong, else the hint.
#[component]
pub(super) fn Note(id: &'static str, hint: MaybeProp<String>, error: Signal<Option<String>>) -> impl IntoView {
    move || match (error.get(), hint.get()) {
        (Some(error), _) => view! {
            <p id=error_id(id) class="mt-1.5 text-xs font-medium wrap-anywhere text-danger">
                {error}
            </p>
        }
        .into_any(),
        (None, Some(hint)) => view! {
            <p id=hint_id(id) class="mt-1.5 text-xs text-muted">
                {hint}
            </p>
        }
        .into_any(),
        (None, None) => ().into_any(),
    }
}

/// The id of what describes an input just now.
pub(super) fn described_by(id: &'static str, hint: MaybeProp<String>, wrong: Memo<bool>) -> Signal<Option<String>> {
    Signal::derive(move || {
        if wrong.get() {
            Some(error_id(id))
        } else {
            hint.with(|hint| hint.is_some().then(|| hint_id(id)))
        }
    })
}

fn hint_id(id: &str) -> String {
    id.to_owned() + "-hint"
}

fn error_id(id: &str) -> String {
    id.to_owned() + "-error"
}

/// Keeps a signal and an input equal. What the reader typed before the page came alive is taken over, not overwritten;
/// and the cursor stays where it is while they type.
fn keep_equal(bind: RwSignal<String>, element: impl Fn() -> Option<Element> + 'static) {
    let initial = bind.get_untracked();
    effect_after(move |ran: Option<bool>| {
        let Some(element) = element() else { return false };
        let text = bind.get();
        let shown = if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            input.value()
        } else {
            element.unchecked_ref::<HtmlTextAreaElement>().value()
        };
        if shown == text {
            return true;
        }
        if ran == Some(true) || shown == initial {
            if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
                input.set_value(&text);
            } else {
                element.unchecked_ref::<HtmlTextAreaElement>().set_value(&text);
            }
        } else {
            bind.set(shown);
        }
        true
    });
}

/// A text as HTML: what a `<textarea>` holds at first is written between its tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
