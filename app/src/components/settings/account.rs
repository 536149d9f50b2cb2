//! What the person signs in with, and where they are signed in.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use types::ErrorCode;

use super::deletion::DeleteAccount;
use super::rows::{ROWS, Row};
use super::saving::Standing;
use super::sessions::{SessionList, Sessions};
use super::{sentence, why};
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::field::Field;
use crate::contexts::session::use_session;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::reactive::effect;
use crate::server_fns::Failure;
use crate::server_fns::settings::{change_email, change_password};

#[component]
pub(super) fn Account() -> impl IntoView {
    let session = use_session();
    let plan = Signal::derive(move || session.read(|person| person.plan_name.clone()).unwrap_or_default());
    let sessions = SessionList::new();
    view! {
        <div class=ROWS>
            <EmailRow />
            <PasswordRow sessions />
            <Row title="Plan" help="What you may use. An administrator of this server can change it.">
                <span class="text-sm">{plan}</span>
            </Row>
        </div>
        <Sessions list=sessions />
        <div class=[ROWS, "mt-6 border-t border-line"].join(" ")>
            <DeleteAccount />
        </div>
    }
    .into_any()
}

/// A form in a row: closed, open, or on its way.
#[derive(Clone, Copy)]
struct InlineForm {
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    standing: RwSignal<Standing>,
    failure: RwSignal<Option<Failure>>,
    toasts: Toasts,
    button: NodeRef<html::Div>,
}

impl InlineForm {
    fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            busy: RwSignal::new(false),
            standing: RwSignal::new(Standing::Quiet),
            failure: RwSignal::new(None),
            toasts: use_toasts(),
            button: NodeRef::new(),
        }
    }

    fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.failure.with(|failure| {
                let failure = failure.as_ref()?;
                // It belongs to the field, and its sentence is for somebody who is signing up.
                if failure.code() == ErrorCode::EmailTaken && field == EMAIL {
                    return Some("Another account has this address. Use a different one.".to_owned());
                }
                failure.field(field).map(sentence)
            })
        })
    }

    fn general(self) -> Option<String> {
        self.failure.with(|failure| {
            let failure = failure.as_ref()?;
            (failure.0.fields.is_empty() && failure.code() != ErrorCode::EmailTaken).then(|| failure.to_string())
        })
    }

    fn begin(self) {
        self.busy.set(true);
        self.failure.set(None);
    }

    /// Takes the answer; true when it is good.
    fn end(self, answer: Result<(), Failure>, what: &'static str) -> bool {
        _ = self.busy.try_set(false);
        match answer {
            Ok(()) => {
                if self.standing.try_set(Standing::Saved).is_some() {
                    self.toasts.show(what.to_owned() + " changed.");
                } else {
                    self.close();
                }
                true
            }
            Err(failure) => {
                let why = why(&failure);
                if self.failure.try_set(Some(failure)).is_some() {
                    self.toasts.fail(what.to_owned() + " was not changed. " + &why);
                } else {
                    request_animation_frame(move || self.focus_wrong());
                }
                false
            }
        }
    }

    /// Closes the form; the focus goes back to the button that opened it.
    fn close(self) {
        self.open.set(false);
        self.failure.set(None);
        request_animation_frame(move || {
            let button = self.button.try_get_untracked().flatten();
            if let Some(button) = button.and_then(|row| row.query_selector("button").ok().flatten()) {
                _ = button.unchecked_into::<HtmlElement>().focus();
            }
        });
    }

    fn focus_wrong(self) {
        let Some(row) = self.button.try_get_untracked().flatten() else {
            return;
        };
        let wrong = row
            .query_selector("[aria-invalid=true],form [role=alert]")
            .ok()
            .flatten();
        if let Some(wrong) = wrong {
            _ = wrong.unchecked_into::<HtmlElement>().focus();
        }
    }
}

/// A row that opens a form.
#[component]
fn FormRow(
    form: InlineForm,
    title: &'static str,
    #[prop(into)] help: Signal<String>,
    /// Name of the button that opens it; begins with "Change".
    label: &'static str,
    /// Sends it.
    #[prop(into)]
    on_submit: Callback<()>,
    /// The fields.
    children: ChildrenFn,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !form.busy.get_untracked() {
            on_submit.run(());
        }
    };
    let children = StoredValue::new(children);
    let content = move || {
        if form.open.get() {
            view! {
                <form
                    novalidate=true
                    class="mb-4 flex flex-col gap-4 rounded-xl border border-line bg-surface p-4"
                    aria-label=label
                    on:submit=submit
                >
                    {move || form.general().map(|message| view! { <Alert message /> })}
                    {children.with_value(|children| children())}
                    <div class="flex justify-end gap-2">
                        <Button kind=ButtonKind::Secondary on_click=move |()| form.close()>
                            "Cancel"
                        </Button>
                        <Button submit=true busy=form.busy>
                            "Save"
                        </Button>
                    </div>
                </form>
            }
            .into_any()
        } else {
            ().into_any()
        }
    };
    view! {
        <div node_ref=form.button>
            <Row title help standing=form.standing>
                <Show when=move || !form.open.get()>
                    <Button kind=ButtonKind::Secondary label on_click=move |()| form.open.set(true)>
                        "Change"
                    </Button>
                </Show>
            </Row>
            {content}
        </div>
    }
    .into_any()
}

const EMAIL: &str = "email";

#[component]
fn EmailRow() -> impl IntoView {
    let session = use_session();
    let form = InlineForm::new();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let now = Signal::derive(move || session.read(|person| person.user.email.clone()).unwrap_or_default());
    clear_on_open(form, email, password);
    let send = move |()| {
        form.begin();
        let (proof, new) = (password.get_untracked(), email.get_untracked());
        spawn_local(async move {
            let answer = change_email(proof, new.clone()).await;
            if form.end(answer, "E-mail") {
                session.change(|person| person.user.email = new.trim().to_lowercase());
            }
        });
    };
    view! {
        <FormRow form title="E-mail" help=now label="Change e-mail" on_submit=send>
            <Field
                label="New e-mail"
                name=EMAIL
                id="settings-email"
                kind="email"
                autocomplete="email"
                bind=email
                required=true
                autofocus=true
                error=form.error(EMAIL)
            />
            <Field
                label="Your password"
                name="password"
                id="settings-email-password"
                kind="password"
                autocomplete="current-password"
                bind=password
                required=true
                hint="So that nobody else can take your account over."
                error=form.error("password")
            />
        </FormRow>
    }
    .into_any()
}

#[component]
fn PasswordRow(sessions: SessionList) -> impl IntoView {
    let session = use_session();
    let form = InlineForm::new();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let email = Signal::derive(move || session.read(|person| person.user.email.clone()).unwrap_or_default());
    clear_on_open(form, current, new);
    let send = move |()| {
        form.begin();
        let (proof, wanted) = (current.get_untracked(), new.get_untracked());
        spawn_local(async move {
            let answer = change_password(proof, wanted).await;
            if form.end(answer, "Password") {
                sessions.load();
            }
        });
    };
    view! {
        <FormRow
            form
            title="Password"
            help="A new one signs you out everywhere else."
            label="Change password"
            on_submit=send
        >
            // A password manager has to know whose password it is.
            <input type="text" name="username" autocomplete="username" hidden=true readonly=true value=email />
            <Field
                label="Current password"
                name="current"
                id="settings-current-password"
                kind="password"
                autocomplete="current-password"
                bind=current
                required=true
                autofocus=true
                error=form.error("current")
            />
            <Field
                label="New password"
                name="new"
                id="settings-new-password"
                kind="password"
                autocomplete="new-password"
                bind=new
                required=true
                hint="At least 8 characters. You stay signed in here; everywhere else you are signed out."
                error=form.error("new")
            />
        </FormRow>
    }
    .into_any()
}

/// A form begins empty, and passwords don't stay in memory once it is closed; the focus goes to its first field.
fn clear_on_open(form: InlineForm, first: RwSignal<String>, second: RwSignal<String>) {
    effect(move || {
        let open = form.open.get();
        first.set(String::new());
        second.set(String::new());
        if open {
            request_animation_frame(move || {
                let row = form.button.try_get_untracked().flatten();
                if let Some(input) = row.and_then(|row| row.query_selector("input:not([hidden])").ok().flatten()) {
                    _ = input.unchecked_into::<HtmlElement>().focus();
                }
            });
        }
    });
}
