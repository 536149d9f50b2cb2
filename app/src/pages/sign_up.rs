//! Make an account.

use leptos::either::Either;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::layout::card_page::CardPage;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::SubmitButton;
use crate::components::ui::field::Field;
use crate::contexts::session::{SignedOutOnly, use_session};
use crate::hooks::server_form::{ServerForm, use_server_form};
use crate::routes::Page;
use crate::server_fns::accounts::{SignUp, Visitor};

/// The page.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let session = use_session();
    let form = use_server_form::<SignUp>();
    form.on_success(move |visitor| session.signed_in(visitor));

    let page = move |visitor: Visitor| {
        let (title, content) = if visitor.registration_open {
            ("Create your account", Either::Left(view! { <SignUpForm form /> }))
        } else {
            ("Registration is closed", Either::Right(view! { <Closed /> }))
        };
        let footer = || {
            view! {
                <p>
                    "Have an account already? "
                    <a
                        href=Page::SignIn.path()
                        class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
                    >
                        "Sign in"
                    </a>
                </p>
            }
        };
        view! {
            <CardPage title footer>
                {content}
            </CardPage>
        }
    };

    view! {
        <Title text="Create an account" />
        <SignedOutOnly page />
    }
}

#[component]
fn SignUpForm(form: ServerForm<SignUp>) -> impl IntoView {
    view! {
        <ActionForm action=form.action() node_ref=form.node() attr:novalidate=true attr:class="flex flex-col gap-4">
            {move || form.error().get().map(|message| view! { <Alert message /> })}
            <Field
                label="Name"
                name="name"
                autocomplete="name"
                value=form.value("name")
                error=form.field_error("name")
            />
            <Field
                label="E-mail"
                name="email"
                kind="email"
                autocomplete="username"
                value=form.value("email")
                required=true
                error=form.field_error("email")
            />
            <Field
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters"
                required=true
                error=form.field_error("password")
            />
            <div class="mt-1">
                <SubmitButton busy=form.busy()>"Create account"</SubmitButton>
            </div>
        </ActionForm>
    }
}

#[component]
fn Closed() -> impl IntoView {
    view! {
        <p class="text-sm text-muted">
            "People can't make accounts on this server by themselves. An administrator can make one for you."
        </p>
    }
}
