//! A form behind which stands a server function, with or without JavaScript.

use leptos::html::Form;
use leptos::prelude::*;
use leptos::server::{ServerActionError, SharedValue};
use leptos::server_fn::ServerFn;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use serde::{Deserialize, Serialize};

use crate::server_fns::Failure;

/// What comes back to a form that the browser posted by itself and that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedForm {
    /// Path of the server function.
    pub function: String,
    /// Why it failed.
    pub failure: Failure,
    /// The fields worth keeping, by name.
    pub values: Vec<(String, String)>,
}

/// The state of one form.
pub struct ServerForm<S>
where
    S: ServerFn<Error = Failure> + 'static,
    S::Output: 'static,
{
    action: ServerAction<S>,
    node: NodeRef<Form>,
    values: StoredValue<Vec<(String, String)>>,
}

impl<S> Clone for ServerForm<S>
where
    S: ServerFn<Error = Failure>,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for ServerForm<S> where S: ServerFn<Error = Failure> {}

/// A form for the server function `S`. It begins with what came back from a post without JavaScript, if something did.
pub fn use_server_form<S>() -> ServerForm<S>
where
    S: ServerFn<Error = Failure> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    // Leptos would take an error for this form out of the page's address, and so show whatever a link to us says.
    provide_context(ServerActionError::new("", ""));

    let returned = SharedValue::new(|| returned_form(S::PATH)).into_inner();
    let action = ServerAction::<S>::new();
    let values = returned.map(|returned| {
        action.value().set(Some(Err(returned.failure)));
        returned.values
    });
    let form = ServerForm {
        action,
        node: NodeRef::new(),
        values: StoredValue::new(values.unwrap_or_default()),
    };

    Effect::new(move |first: Option<()>| {
        let failed = action.value().with(|value| matches!(value, Some(Err(_))));
        // What came back with the page is for `autofocus` and the reader, not for a script.
        if failed && first.is_some() {
            request_animation_frame(move || form.focus_what_is_wrong());
        }
    });
    form
}

#[cfg(feature = "ssr")]
fn returned_form(function: &str) -> Option<ReturnedForm> {
    crate::ssr::take_returned_form(function)
}

#[cfg(not(feature = "ssr"))]
fn returned_form(_function: &str) -> Option<ReturnedForm> {
    None
}

impl<S> ServerForm<S>
where
    S: ServerFn<Error = Failure> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    /// The action that sends the form.
    pub fn action(self) -> ServerAction<S> {
        self.action
    }

    /// The form element.
    pub fn node(self) -> NodeRef<Form> {
        self.node
    }

    /// Whether an answer is being waited for.
    pub fn busy(self) -> Signal<bool> {
        self.action.pending().into()
    }

    /// The sentence about the form as a whole.
    pub fn error(self) -> Signal<Option<String>> {
        Signal::derive(move || self.failure(|failure| failure.sentence().map(ToOwned::to_owned)))
    }

    /// The sentence about one field.
    pub fn field_error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.failure(|failure| failure.field(name).map(ToOwned::to_owned)))
    }

    /// What a field holds when the page opens.
    pub fn value(self, name: &str) -> String {
        self.values.with_value(|values| {
            values
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        })
    }

    /// Calls `then` with the answer of each success.
    pub fn on_success(self, then: impl Fn(S::Output) + 'static) {
        Effect::new(move || {
            if let Some(Ok(output)) = self.action.value().get() {
                then(output);
            }
        });
    }

    fn failure<T>(self, read: impl FnOnce(&Failure) -> Option<T>) -> Option<T> {
        self.action.value().with(|value| match value {
            Some(Err(failure)) => read(failure),
            _ => None,
        })
    }

    fn focus_what_is_wrong(self) {
        let Some(form) = self.node.get_untracked() else { return };
        let wrong = ["[aria-invalid=true]", "[role=alert]"]
            .into_iter()
            .find_map(|selector| form.query_selector(selector).ok().flatten())
            .and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(element) = wrong {
            _ = element.focus();
        }
    }
}
