//! Questions before something that reaches far.

use leptos::prelude::*;

use super::alert::Alert;
use super::button::{Button, ButtonKind};
use super::dialog::{Dialog, DialogButtons, DialogSize};
use super::field::Field;
use crate::hooks::reactive::{effect, memo};

/// Asks before it goes on. A failure is said in the dialog, which stays open for another try.
#[component]
pub fn Confirm(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// The words on the button that goes on.
    go_on: &'static str,
    /// What kind of button that is.
    kind: ButtonKind,
    /// Words that have to be typed first.
    #[prop(optional)]
    typed: Option<(&'static str, RwSignal<String>)>,
    /// Whether it is going on.
    busy: RwSignal<bool>,
    /// Why it failed.
    error: RwSignal<Option<String>>,
    /// Goes on.
    #[prop(into)]
    on_go: Callback<()>,
) -> impl IntoView {
    effect(move || {
        if open.get() {
            error.set(None);
            if let Some((_, bind)) = typed {
                bind.set(String::new());
            }
        }
    });
    let ready = memo(move || typed.is_none_or(|(words, bind)| bind.with(|typed| typed.trim().to_lowercase() == words)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if ready.get_untracked() && !busy.get_untracked() {
            on_go.run(());
        }
    };
    view! {
        <Dialog open title size=DialogSize::Small>
            <form novalidate=true on:submit=submit>
                <p class="text-sm text-ink-soft">{text}</p>
                {typed
                    .map(|(words, bind)| {
                        view! {
                            <p class="mt-3 mb-3 text-sm text-ink-soft">
                                "To confirm, type " <strong class="font-semibold text-ink">{words}</strong> "."
                            </p>
                            <Field label="Confirmation" name="confirmation" bind autofocus=true required=true />
                        }
                    })}
                {move || error.get().map(|message| view! { <div class="mt-4"><Alert message /></div> })}
                <DialogButtons>
                    <Button kind=ButtonKind::Secondary on_click=move |()| open.set(false)>
                        "Cancel"
                    </Button>
                    <Button kind submit=true busy disabled=Signal::derive(move || !ready.get())>
                        {go_on}
                    </Button>
                </DialogButtons>
            </form>
        </Dialog>
    }
    .into_any()
}
