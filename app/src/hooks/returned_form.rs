//! A form that the browser posts by itself to a server function. It works with and without JavaScript alike, and password
//! managers know it; what failed comes back with the next page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contexts::address::use_address;
use crate::contexts::session::use_session;
use crate::routes::query;
use crate::server_fns::Failure;

/// What comes back to a form that was posted and failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedForm {
    /// Path of the server function.
    pub function: String,
    /// Why it failed.
    pub failure: Failure,
    /// The fields worth keeping, by name.
    pub values: Vec<(String, String)>,
}

/// How one form begins: empty, or as it came back.
#[derive(Clone)]
pub struct Form(Option<ReturnedForm>);

/// The form for the server function at this path.
pub fn use_form(function: &str) -> Form {
    Form(
        use_session()
            .returned_form()
            .filter(|returned| returned.function == function),
    )
}

impl Form {
    /// The sentence about the form as a whole.
    pub fn error(&self) -> Option<String> {
        let returned = self.0.as_ref()?;
        returned.failure.sentence().map(ToOwned::to_owned)
    }

    /// The sentence about one field.
    pub fn field_error(&self, name: &str) -> Signal<Option<String>> {
        let sentence = self.0.as_ref().and_then(|returned| returned.failure.field(name));
        Signal::stored(sentence.map(ToOwned::to_owned))
    }

    /// What a field holds when the page opens.
    pub fn value(&self, name: &str) -> String {
        let values = self
            .0
            .as_ref()
            .map(|returned| returned.values.as_slice())
            .unwrap_or_default();
        let found = values.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// Where the visitor wanted to go before they had to sign in.
pub fn way() -> Option<String> {
    untrack(|| use_address().param(query::WAY))
}

/// Takes [`way`] along with a form that signs in.
#[component]
pub fn Way() -> impl IntoView {
    way().map(|way| view! { <input type="hidden" name=query::WAY value=way /> })
}
