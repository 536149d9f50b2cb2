//! Teams: the list of them, and the page of one.

pub mod invites;
pub mod list;
pub mod members;
pub mod roles;
pub mod team;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use crate::hooks::failures::signed_out;
use crate::server_fns::Failure;

/// Why something failed, in a sentence.
pub(crate) fn why(failure: &Failure) -> String {
    _ = signed_out(failure);
    failure
        .0
        .fields
        .first()
        .map_or_else(|| failure.to_string(), |field| field.message.clone())
}

/// The row whose button had the focus is gone: the heading above it takes it, after the dialog has given it back.
pub(crate) fn focus_heading(id: &'static str) {
    request_animation_frame(move || {
        if let Some(heading) = document().get_element_by_id(id) {
            _ = heading.unchecked_into::<HtmlElement>().focus();
        }
    });
}
