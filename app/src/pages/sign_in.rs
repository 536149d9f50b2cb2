//! Sign in with e-mail and password.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::layout::card_page::CardPage;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::SubmitButton;
use crate::components::ui::field::Field;
use crate::contexts::session::{SignedOutOnly, use_session};
use crate::hooks::server_form::use_server_form;
use crate::routes::Page;
use crate::server_fns::accounts::{SignIn, Visitor};

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = use_session();
    let form = use_server_form::<SignIn>();
    form.on_success(move |visitor| session.signed_in(visitor));

    let page = move |visitor: Visitor| {
        let footer = move || {
            if visitor.registration_open {
                view! {
                    <p>
                        "New here? "
                        <a
                            href=Page::SignUp.path()
                            class="font-medium text-accent underline decoration-1 underline-offset-4 hover:decoration-2"
                        >
                            "Create an account"
                        </a>
                    </p>
                }
                .into_any()
            } else {
                view! { <p>"Registration is closed. An administrator of this server can make you an account."</p> }
                    .into_any()
            }
        };
        view! {
            <CardPage title="Sign in" footer>
                <ActionForm action=form.action() node_ref=form.node() attr:novalidate=true attr:class="flex flex-col gap-4">
                    {move || form.error().get().map(|message| view! { <Alert message /> })}
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
                        <SubmitButton busy=form.busy()>"Sign in"</SubmitButton>
                    </div>
                </ActionForm>
            </CardPage>
        }
    };

    view! {
        <Title text="Sign in" />
        <SignedOutOnly page />
    }
}
