//! Listening to what happens outside one's own elements.

use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Event, EventTarget};

/// Listens as long as it is kept.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    capture: bool,
    closure: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        _ = self.target.remove_event_listener_with_callback_and_bool(
            self.event,
            self.closure.as_ref().unchecked_ref(),
            self.capture,
        );
    }
}

/// Calls `handler` at every `event` on `target`: on the way down with `capture`, else on the way up.
pub fn listen(target: &EventTarget, event: &'static str, capture: bool, handler: Box<dyn FnMut(Event)>) -> Listener {
    let closure = Closure::wrap(handler);
    _ = target.add_event_listener_with_callback_and_bool(event, closure.as_ref().unchecked_ref(), capture);
    Listener {
        target: target.clone(),
        event,
        capture,
        closure,
    }
}
