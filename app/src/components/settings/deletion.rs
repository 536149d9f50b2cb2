//! Deleting the account.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::DELETE_ACCOUNT_CONFIRMATION;

use super::rows::Row;
use super::{sentence, why};
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::dialog::{Dialog, DialogButtons, DialogSize};
use crate::components::ui::field::Field;
use crate::contexts::live::use_live;
use crate::hooks::reactive::{effect, memo};
use crate::routes::Page;
use crate::server_fns::Failure;
use crate::server_fns::settings::delete_account;

/// The row, and the dialog that asks for the password and for words typed by hand.
#[component]
pub(super) fn DeleteAccount() -> impl IntoView {
    let live = use_live();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let (password, typed) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let failure = RwSignal::new(None::<Failure>);
    // It begins empty, and a password does not stay in memory.
    effect(move || {
        open.track();
        password.set(String::new());
        typed.set(String::new());
        failure.set(None);
    });
    let error = move |field: &'static str| {
        Signal::derive(move || failure.with(|failure| failure.as_ref()?.field(field).map(sentence)))
    };
    let general = move || {
        let failure = failure.get()?;
        failure.0.fields.is_empty().then(|| why(&failure))
    };
    let ready = memo(move || {
        typed.with(|typed| typed.trim().to_lowercase() == DELETE_ACCOUNT_CONFIRMATION)
            && password.with(|text| !text.is_empty())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !ready.get_untracked() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        failure.set(None);
        live.pause();
        let (proof, words) = (password.get_untracked(), typed.get_untracked());
        spawn_local(async move {
            match delete_account(proof, words).await {
                // A new document: nothing of the person is left in memory.
                Ok(()) => {
                    live.stop();
                    _ = window().location().replace(Page::SignIn.path());
                }
                Err(refused) => {
                    live.resume();
                    _ = busy.try_set(false);
                    _ = failure.try_set(Some(refused));
                }
            }
        });
    };
    view! {
        <Row title="Delete account" help="With your chats, projects, templates and API keys. This can't be undone.">
            <div class="-mr-3.5">
                <Button kind=ButtonKind::QuietDanger on_click=move |()| open.set(true)>
                    "Delete account"
                </Button>
            </div>
            <Dialog open title="Delete your account?" size=DialogSize::Small>
                <form novalidate=true on:submit=submit>
                    <p class="text-sm text-ink-soft">
                        "Your chats, projects, templates, API keys and settings are deleted, and you can't get them back. What you shared with a team stays with the team."
                    </p>
                    <p class="mt-3 mb-3 text-sm text-ink-soft">
                        "To confirm, type " <strong class="font-semibold text-ink">{DELETE_ACCOUNT_CONFIRMATION}</strong> "."
                    </p>
                    <div class="mb-4 flex flex-col gap-4">
                        <Field
                            label="Confirmation"
                            name="confirmation"
                            id="delete-account-confirmation"
                            bind=typed
                            autofocus=true
                            required=true
                            error=error("confirmation")
                        />
                        <Field
                            label="Your password"
                            name="password"
                            id="delete-account-password"
                            kind="password"
                            autocomplete="current-password"
                            bind=password
                            required=true
                            error=error("password")
                        />
                    </div>
                    {move || general().map(|message| view! { <div class="mt-4"><Alert message /></div> })}
                    <DialogButtons>
                        <Button kind=ButtonKind::Secondary on_click=move |()| open.set(false)>
                            "Cancel"
                        </Button>
                        <Button
                            kind=ButtonKind::Danger
                            submit=true
                            busy
                            disabled=Signal::derive(move || !ready.get())
                        >
                            "Delete account"
                        </Button>
                    </DialogButtons>
                </form>
            </Dialog>
        </Row>
    }
    .into_any()
}
