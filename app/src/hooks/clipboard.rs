//! Copying text, also where the browser offers no clipboard: on plain http an older way is tried, and if that fails too
//! the text is selected for the reader's own keys.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlDocument, HtmlElement, HtmlTextAreaElement};
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
    /// The browser refused, and there was nothing to select.
    Refused,
}

impl Copying {
    /// What stands on the button.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Idle | Self::Refused => "Copy",
            Self::Copied => "Copied",
            Self::Selected => "Selected",
        }
    }

    /// What a screen reader says about it; goes into an element with `role=status`.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Idle => "",
            Self::Copied => "Copied",
            Self::Selected => "The text is selected. Copy it with your keyboard.",
            Self::Refused => "Your browser did not let this be copied.",
        }
    }
}

/// What one copy button remembers.
#[derive(Clone, Copy)]
pub struct Copier {
    state: RwSignal<Copying>,
}

/// The memory of one copy button.
pub fn use_copier() -> Copier {
    Copier {
        state: RwSignal::new(Copying::Idle),
    }
}

impl Copier {
    /// How far it has come. It is idle again after three seconds.
    pub fn state(self) -> Copying {
        self.state.get()
    }

    /// Copies a text; `shown` is an element that shows exactly this text, to be selected if nothing else works.
    pub fn copy(self, text: String, shown: Option<Element>) {
        spawn_local(async move { self.settle(copy_text(&text, shown.as_ref()).await) });
    }

    /// Copies what an element shows.
    pub fn copy_element(self, element: Element) {
        let text = element.text_content().unwrap_or_default();
        self.copy(text, Some(element));
    }

    /// Takes the result of a [`copy_text`] that was awaited elsewhere.
    pub fn settle(self, result: Copying) {
        _ = self.state.try_set(result);
        set_timeout(move || _ = self.state.try_set(Copying::Idle), Duration::from_secs(3));
    }
}

/// Copies a text; `shown` is an element that shows exactly this text, to be selected if nothing else works.
///
/// Browsers allow it only shortly after the reader pressed something.
pub async fn copy_text(text: &str, shown: Option<&Element>) -> Copying {
    // Without https (or localhost) `navigator.clipboard` is not there at all.
    if window().is_secure_context() {
        let promise = window().navigator().clipboard().write_text(text);
        if JsFuture::from(promise).await.is_ok() {
            return Copying::Copied;
        }
    }
    if copy_selected(text) {
        Copying::Copied
    } else if shown.is_some_and(select) {
        Copying::Selected
    } else {
        Copying::Refused
    }
}

/// The way before there was a clipboard interface: select a text and ask the document to copy it.
fn copy_selected(text: &str) -> bool {
    let document = document();
    let active = document.active_element();
    let Some(area) = document
        .create_element("textarea")
        .ok()
        .and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    area.set_value(text);
    area.set_read_only(true);
    area.set_class_name("fixed top-0 left-0 size-px opacity-0");
    // Outside an open dialog nothing can be selected.
    let place = active
        .as_ref()
        .and_then(|active| active.closest("dialog").ok().flatten())
        .or_else(|| document.body().map(Into::into));
    let Some(place) = place else { return false };
    _ = place.append_child(&area);
    area.select();
    let copied = document
        .unchecked_into::<HtmlDocument>()
        .exec_command("copy")
        .unwrap_or(false);
    area.remove();
    if let Some(active) = active.and_then(|active| active.dyn_into::<HtmlElement>().ok()) {
        _ = active.focus();
    }
    copied
}

/// Selects what an element shows.
fn select(element: &Element) -> bool {
    match window().get_selection() {
        Ok(Some(selection)) => selection.select_all_children(element).is_ok(),
        _ => false,
    }
}
