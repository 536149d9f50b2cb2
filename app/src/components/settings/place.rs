//! Where the settings are in the address.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::{Array, Function, Reflect};

use super::Section;
use crate::contexts::address::{Address, use_address};
use crate::hooks::reactive::memo;
use crate::routes::query::SETTINGS;

/// Where the reader is in the settings, and how they go on.
#[derive(Clone, Copy)]
pub(super) struct Place {
    address: Address,
    open: Memo<bool>,
    section: Memo<Option<Section>>,
}

pub(super) fn provide_place() {
    let address = use_address();
    provide_context(Place {
        address,
        open: memo(move || address.param(SETTINGS).is_some()),
        section: memo(move || {
            let slug = address.param(SETTINGS)?;
            Section::ALL.into_iter().find(|section| section.slug() == slug)
        }),
    });
}

pub(super) fn use_place() -> Place {
    expect_context()
}

impl Place {
    /// Whether the settings are open.
    pub(super) fn is_open(self) -> Signal<bool> {
        self.open.into()
    }

    /// The section that the address names; followed by whatever shows it.
    pub(super) fn section(self) -> Option<Section> {
        self.section.get()
    }

    /// The present address with this section, or without the settings.
    pub(super) fn address(self, section: Option<&str>) -> String {
        self.address.with_param(SETTINGS, section)
    }

    /// To a section, or with "" to the list of them. The browser's back button always closes the settings.
    pub(super) fn go(self, section: &str) {
        self.address.replace(&untrack(|| self.address(Some(section))));
    }

    /// Closes the settings: back to where they were opened, or to the same page without them.
    pub(super) fn leave(self) {
        let to = untrack(|| self.address(None));
        let window = window();
        let before = window.location().origin().ok().zip(previous_address());
        if let Some((origin, before)) = before
            && before == origin + &to
            && window.history().is_ok_and(|history| history.back().is_ok())
        {
            return;
        }
        self.address.replace(&to);
    }
}

/// The address before this one in the browser's history, where the browser says it and going there loads no new document.
fn previous_address() -> Option<String> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let navigation = get(&window(), "navigation")?;
    let current = get(&get(&navigation, "currentEntry")?, "index")?.as_f64()?;
    let entries = get(&navigation, "entries")?.dyn_into::<Function>().ok()?;
    let entries = entries.call0(&navigation).ok()?.dyn_into::<Array>().ok()?;
    let before = entries
        .iter()
        .find(|entry| get(entry, "index").and_then(|index| index.as_f64()) == Some(current - 1.0))?;
    get(&before, "sameDocument")?.as_bool()?.then_some(())?;
    get(&before, "url")?.as_string()
}
