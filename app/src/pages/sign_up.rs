//! Make an account.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::layout::card_page::CardPage;
use crate::components::layout::title::Title;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::SubmitButton;
use crate::components::ui::field::Field;
use crate::contexts::session::use_session;
use crate::hooks::returned_form::{Way, use_form, way};
use crate::routes::{Page, on_the_way};
use crate::server_fns::accounts::SignUp;

/// The page.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let (title, content) = if use_session().registration_open() {
        ("Create your account", view! { <SignUpForm /> }.into_any())
    } else {
        ("Registration is closed", view! { <Closed /> }.into_any())
    };
    let footer = view! {
        <p>
            "Have an account already? "
            <a
                href=on_the_way(Page::SignIn, way().as_deref())
                class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
            >
                "Sign in"
            </a>
        </p>
    }
    .into_any();
    view! {
        <Title text="Create an account" />
        <CardPage title footer>
            {content}
        </CardPage>
    }
}

#[component]
fn SignUpForm() -> impl IntoView {
    let form = use_form(SignUp::PATH);
    view! {
        <form method="post" action=SignUp::PATH novalidate=true class="flex flex-col gap-4">
            {form.error().map(|message| view! { <Alert message /> })}
            <Way />
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
                <SubmitButton>"Create account"</SubmitButton>
            </div>
        </form>
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
