//! Nobody leaves by accident what can't be shown again.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{BeforeUnloadEvent, Element, Event, MouseEvent};

use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect_after, memo};

/// Where the reader wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Nowhere: only close what is open.
    Here,
    /// Back in the browser's history.
    Back,
    /// To this address.
    To(String),
}

/// While `held`, leaving the page is only possible after a question: closing it and reloading ask the browser's, links
/// and the back button are given to `on_leave`. When it is held no longer, the way that `leaving` has is gone after all.
///
/// The back button can't be stopped: the page is on its way before anybody hears of it. So meanwhile the
/// page stands in the history twice, and the first step back stays on it.
pub fn use_guard(held: Signal<bool>, leaving: StoredValue<Way>, on_leave: Callback<Way>) {
    let held = memo(move || held.get());
    effect_after(move |before: Option<bool>| {
        let held = held.get();
        if held {
            hold(on_leave);
        } else if before == Some(true) {
            let way = leaving.try_update_value(|way| std::mem::replace(way, Way::Here));
            go(way.unwrap_or(Way::Here));
        }
        held
    });
}

fn hold(on_leave: Callback<Way>) {
    twice();
    let unload = listen(
        &window(),
        "beforeunload",
        false,
        Box::new(|event| {
            event.prevent_default();
            // Older browsers ask only for this.
            if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
                event.set_return_value("unsaved");
            }
        }),
    );
    let back = listen(
        &window(),
        "popstate",
        false,
        Box::new(move |_| {
            twice();
            on_leave.run(Way::Back);
        }),
    );
    // On the way down: before `contexts::address` hears of it.
    let link = listen(
        &window(),
        "click",
        true,
        Box::new(move |event| {
            if let Some(address) = followed(&event) {
                event.prevent_default();
                event.stop_immediate_propagation();
                on_leave.run(Way::To(address));
            }
        }),
    );
    // They stop listening when this is dropped: before the effect runs again, or with the page.
    StoredValue::new_local([unload, back, link]);
}

/// Puts the page into the history once more.
fn twice() {
    let window = window();
    if let (Ok(history), Ok(here)) = (window.history(), window.location().href()) {
        _ = history.push_state_with_url(&JsValue::NULL, "", Some(&here));
    }
}

/// Leaves the second entry, for the first one or for where the reader wanted to go.
fn go(way: Way) {
    let steps = match way {
        Way::Here => -1,
        Way::Back => -2,
        Way::To(address) => {
            _ = window().location().replace(&address);
            return;
        }
    };
    if let Ok(history) = window().history() {
        _ = history.go_with_delta(steps);
    }
}

/// The address a click leads to in this tab.
fn followed(event: &Event) -> Option<String> {
    let click = event.dyn_ref::<MouseEvent>()?;
    if click.ctrl_key() || click.meta_key() || click.shift_key() || click.button() != 0 {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    link.get_attribute("href")
}
