//! The address of the page on show, and the ways to others of ours without a new document.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, Event, MouseEvent, Url, UrlSearchParams};

use crate::hooks::listen::listen;
use crate::routes::piece_at;

/// Where the reader is.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    path: RwSignal<String>,
    /// What follows the `?`.
    query: RwSignal<String>,
}

impl Address {
    /// The path, and follows it.
    pub fn path(self) -> String {
        self.path.get()
    }

    /// Reads the path where it is, and follows it.
    pub fn with_path<T>(self, read: impl FnOnce(&str) -> T) -> T {
        self.path.with(|path| read(path))
    }

    /// What the query says under a name, and follows it.
    pub fn param(self, name: &str) -> Option<String> {
        self.query.with(|query| param(query, name))
    }

    /// The present address with this under the name in its query, or without it; and follows it.
    pub fn with_param(self, name: &str, value: Option<&str>) -> String {
        let mut address = self.path();
        let query = self.query.with(|query| changed(query, name, value));
        if !query.is_empty() {
            address += "?";
            address += &query;
        }
        address
    }

    /// Goes to an address of ours, as a link does. Browser only.
    pub fn go(self, to: &str) {
        self.enter(to, false);
    }

    /// Goes to an address of ours in place of the present one: the back button will not come here. Browser only.
    pub fn replace(self, to: &str) {
        self.enter(to, true);
    }

    fn enter(self, to: &str, replace: bool) {
        let window = window();
        let Ok(history) = window.history() else { return };
        let entered = if replace {
            history.replace_state_with_url(&JsValue::NULL, "", Some(to))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(to))
        };
        if entered.is_ok() {
            self.follow();
        }
    }

    /// Takes over what the browser says.
    fn follow(self) {
        let (path, query) = here();
        if self.path.with_untracked(|known| *known != path) {
            self.path.set(path);
        }
        if self.query.with_untracked(|known| *known != query) {
            self.query.set(query);
        }
    }

    /// A click on a link to a page of ours in this tab goes there without a new document; with `data-replace` in place of
    /// the present address. Everything else is the browser's.
    fn clicked(self, event: &Event) {
        let Some(click) = event.dyn_ref::<MouseEvent>() else {
            return;
        };
        let elsewhere = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
        if click.default_prevented() || elsewhere || click.button() != 0 {
            return;
        }
        let link = click
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link else { return };
        if let Some(to) = followed(&link) {
            event.prevent_default();
            self.enter(&to, link.has_attribute("data-replace"));
        }
    }
}

/// Where a link leads, if that is a page of ours.
fn followed(link: &Element) -> Option<String> {
    let named = |name: &str| link.get_attribute(name).is_some_and(|value| !value.is_empty());
    if named("target") || link.has_attribute("download") || link.get_attribute("rel").as_deref() == Some("external") {
        return None;
    }
    let location = window().location();
    let to = Url::new_with_base(&link.get_attribute("href")?, &location.href().ok()?).ok()?;
    let ours = to.origin() == location.origin().ok()? && piece_at(&to.pathname()).is_some();
    // A place within the page on show: the browser scrolls there.
    let within =
        !to.hash().is_empty() && Ok(to.pathname()) == location.pathname() && Ok(to.search()) == location.search();
    (ours && !within).then(|| to.href())
}

fn here() -> (String, String) {
    let location = window().location();
    let query = location.search().unwrap_or_default();
    (
        location.pathname().unwrap_or_default(),
        query.strip_prefix('?').unwrap_or_default().to_owned(),
    )
}

#[cfg(feature = "ssr")]
fn first() -> (String, String) {
    let request = use_context::<axum::http::request::Parts>();
    request.map_or_else(Default::default, |request| {
        (
            request.uri.path().to_owned(),
            request.uri.query().unwrap_or_default().to_owned(),
        )
    })
}

#[cfg(not(feature = "ssr"))]
fn first() -> (String, String) {
    here()
}

#[cfg(feature = "ssr")]
fn param(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

#[cfg(not(feature = "ssr"))]
fn param(query: &str, name: &str) -> Option<String> {
    UrlSearchParams::new_with_str(query).ok()?.get(name)
}

fn changed(query: &str, name: &str, value: Option<&str>) -> String {
    if cfg!(feature = "ssr") {
        return query.to_owned();
    }
    let Ok(params) = UrlSearchParams::new_with_str(query) else {
        return String::new();
    };
    match value {
        Some(value) => params.set(name, value),
        None => params.delete(name),
    }
    params.to_string().into()
}

/// Makes the [`Address`] available to everything below.
pub(crate) fn provide_address() -> Address {
    let (path, query) = first();
    let address = Address {
        path: RwSignal::new(path),
        query: RwSignal::new(query),
    };
    if !cfg!(feature = "ssr") {
        let back = listen(&window(), "popstate", false, Box::new(move |_| address.follow()));
        let click = listen(
            &window(),
            "click",
            false,
            Box::new(move |event| address.clicked(&event)),
        );
        StoredValue::new_local([back, click]);
    }
    provide_context(address);
    address
}

/// The [`Address`] of the page.
pub fn use_address() -> Address {
    expect_context()
}
