//! What is typed between the key that opens something and the moment its field is there: the first time, its piece has to be
//! fetched.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, KeyboardEvent};

use super::listen::{Listener, listen};
use super::reactive::effect;

#[derive(Default)]
struct Held {
    text: String,
    listener: Option<Listener>,
    /// Whether the field is there: it may come before anybody has begun to keep letters for it.
    taken: bool,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// From when it opens, letters are kept for whoever asks with [`take_keys`]; Esc calls `close`.
pub fn use_early_keys(open: Signal<bool>, close: Callback<()>) {
    effect(move || {
        if !open.get() {
            HELD.take();
        } else if HELD.with_borrow(|held| !held.taken) {
            hold(close);
        }
    });
}

fn hold(close: Callback<()>) {
    let keep = move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if event.ctrl_key() || event.meta_key() || event.is_composing() {
            return;
        }
        match &*event.key() {
            "Escape" => _ = close.try_run(()),
            "Backspace" => HELD.with_borrow_mut(|held| _ = held.text.pop()),
            "Enter" => {}
            letter if letter.chars().count() == 1 => HELD.with_borrow_mut(|held| held.text.push_str(letter)),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let listener = Some(listen(&document(), "keydown", true, Box::new(keep)));
    HELD.with_borrow_mut(|held| held.listener = listener);
}

/// What was typed since it opened; and no more of it is kept.
pub fn take_keys() -> String {
    let held = Held {
        taken: true,
        ..Held::default()
    };
    HELD.replace(held).text
}
