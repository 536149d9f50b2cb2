//! Copying text, also where the browser offers no clipboard: on plain http the text is selected instead.

use leptos::html::Code;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// How far copying has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// Not asked for, or a while ago.
    Idle,
    /// The text is in the clipboard.
    Copied,
    /// The text is selected; the reader's own keys copy it.
    Selected,
}

/// Copies the text of `node` when the returned function is called, and says how that went.
pub fn use_copy(node: NodeRef<Code>) -> (ReadSignal<Copying>, impl Fn() + Copy + 'static) {
    let (state, set_state) = signal(Copying::Idle);
    let settle = move |result: Copying| {
        set_state.set(result);
        set_timeout(
            move || _ = set_state.try_set(Copying::Idle),
            std::time::Duration::from_secs(3),
        );
    };
    let select = move || {
        if let (Some(code), Ok(Some(selection))) = (node.get_untracked(), window().get_selection()) {
            _ = selection.select_all_children(&code);
            settle(Copying::Selected);
        }
    };
    let copy = move || {
        let Some(text) = node.get_untracked().and_then(|code| code.text_content()) else {
            return;
        };
        // Without https (or localhost) `navigator.clipboard` is not there at all.
        if !window().is_secure_context() {
            return select();
        }
        let promise = window().navigator().clipboard().write_text(&text);
        spawn_local(async move {
            match JsFuture::from(promise).await {
                Ok(_) => settle(Copying::Copied),
                Err(_) => select(),
            }
        });
    };
    (state, copy)
}
