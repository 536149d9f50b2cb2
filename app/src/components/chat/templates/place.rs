//! Where the list stands: at the composer, on the side where there is room.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::Reflect;
use leptos::web_sys::{Element, EventTarget, HtmlElement};

use crate::hooks::listen::{Listener, listen};

/// Room between the two and to the edge of what is in sight, in pixels.
const GAP: f64 = 8.0;
/// Height at most, and from which on there is room enough.
const HIGHEST: f64 = 340.0;
const ENOUGH: f64 = 250.0;

/// Whether it goes up, and how high it may become. The composer is between `top` and `bottom`, what is in sight between
/// `first` and `last`.
fn room(top: f64, bottom: f64, first: f64, last: f64) -> (bool, f64) {
    let (above, below) = (top - first - 2.0 * GAP, last - bottom - 2.0 * GAP);
    let up = above >= ENOUGH || above >= below;
    (up, if up { above } else { below }.clamp(96.0, HIGHEST))
}

/// What is in sight of the window, from top to bottom: a phone's keyboard covers the rest.
fn in_sight(window: &JsValue, height: f64) -> (f64, f64) {
    let viewport = Reflect::get(window, &"visualViewport".into()).unwrap_or_default();
    let number = |name: &str| {
        Reflect::get(&viewport, &name.into())
            .ok()
            .and_then(|number| number.as_f64())
    };
    match number("offsetTop").zip(number("height")) {
        Some((top, height)) => (top, top + height),
        None => (0.0, height),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a window has fewer pixels")]
fn px(pixels: f64) -> String {
    (pixels.round() as i32).to_string() + "px"
}

/// Puts the list beside the composer and keeps it there as long as the listeners are kept.
pub(super) fn keep_beside(anchor: Element, list: HtmlElement) -> Vec<Listener> {
    let put = move || {
        let Some(root) = document().document_element() else {
            return;
        };
        let height = f64::from(root.client_height());
        let rect = anchor.get_bounding_client_rect();
        let (first, last) = in_sight(&window(), height);
        let (up, most) = room(rect.top(), rect.bottom(), first, last);
        let style = list.style();
        let (top, bottom) = if up {
            ("auto".to_owned(), px(height - rect.top() + GAP))
        } else {
            (px(rect.bottom() + GAP), "auto".to_owned())
        };
        for (name, value) in [
            ("top", top),
            ("bottom", bottom),
            ("left", px(rect.left())),
            ("width", px(rect.width())),
            ("max-height", px(most)),
        ] {
            _ = style.set_property(name, &value);
        }
    };
    put();
    let mut listeners = Vec::new();
    let mut follow = |target: &EventTarget, event, capture| {
        let put = put.clone();
        listeners.push(listen(target, event, capture, Box::new(move |_| put())));
    };
    follow(&window(), "resize", false);
    follow(&document(), "scroll", true);
    // The composer grows with what is typed.
    follow(&document(), "input", false);
    let viewport = Reflect::get(&window(), &"visualViewport".into());
    if let Some(viewport) = viewport
        .ok()
        .and_then(|viewport| viewport.dyn_into::<EventTarget>().ok())
    {
        follow(&viewport, "resize", false);
        follow(&viewport, "scroll", false);
    }
    listeners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_where_there_is_room() {
        // Docked at the end of a window.
        assert_eq!(room(650.0, 760.0, 0.0, 800.0), (true, HIGHEST));
        // In the middle of a phone whose keyboard is open.
        assert_eq!(room(200.0, 300.0, 0.0, 420.0), (true, 184.0));
        // Near the top.
        assert_eq!(room(120.0, 220.0, 0.0, 740.0), (false, HIGHEST));
        assert_eq!(
            room(20.0, 60.0, 0.0, 80.0),
            (true, 96.0),
            "something is always in sight"
        );
    }
}
