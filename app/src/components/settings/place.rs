//! Where the settings are in the address.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::{Array, Function, Reflect};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::Location;

use super::Section;
use crate::routes::query::SETTINGS;

/// Where the reader is in the settings, and how they go on.
#[derive(Clone, Copy)]
pub(super) struct Place {
    location: StoredValue<Location>,
    open: Memo<bool>,
    section: Memo<Option<Section>>,
    navigate: Callback<String>,
}

pub(super) fn provide_place() {
    let location = use_location();
    let query = location.query;
    let navigate = use_navigate();
    provide_context(Place {
        location: StoredValue::new(location),
        open: Memo::new(move |_| query.with(|query| query.get_str(SETTINGS).is_some())),
        section: Memo::new(move |_| {
            query.with(|query| {
                let slug = query.get_str(SETTINGS)?;
                Section::ALL.into_iter().find(|section| section.slug() == slug)
            })
        }),
        navigate: Callback::new(move |to: String| {
            let options = NavigateOptions {
                resolve: false,
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&to, options);
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
        self.location.with_value(|location| {
            let mut query = location.query.get();
            match section {
                Some(section) => query.replace(SETTINGS, section.to_owned()),
                None => _ = query.remove(SETTINGS),
            }
            location.pathname.get() + &query.to_query_string() + &location.hash.get()
        })
    }

    /// To a section, or with "" to the list of them. The browser's back button always closes the settings.
    pub(super) fn go(self, section: &str) {
        self.navigate.run(untrack(|| self.address(Some(section))));
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
        self.navigate.run(to);
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
