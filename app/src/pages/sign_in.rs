//! Sign in with e-mail and password.

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
use crate::server_fns::accounts::SignIn;

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = use_form(SignIn::PATH);
    let footer = if use_session().registration_open() {
        view! {
            <p>
                "New here? "
                <a
                    href=on_the_way(Page::SignUp, way().as_deref())
                    class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
                >
                    "Create an account"
                </a>
            </p>
        }
        .into_any()
    } else {
        view! { <p>"Registration is closed. An administrator of this server can make you an account."</p> }.into_any()
    };
    view! {
        <Title text="Sign in" />
        <CardPage title="Sign in" footer>
            <form method="post" action=SignIn::PATH novalidate=true class="flex flex-col gap-4">
                {form.error().map(|message| view! { <Alert message /> })}
                <Way />
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
                    autocomplete="current-password"
                    required=true
                    error=form.field_error("password")
                />
                <div class="mt-1">
                    <SubmitButton>"Sign in"</SubmitButton>
                </div>
            </form>
        </CardPage>
    }
}
