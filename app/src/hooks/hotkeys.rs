//! Keys that do something wherever the reader is.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, KeyboardEvent};

use super::listen::{Listener, listen};

use crate::hooks::reactive::effect;

/// Keys pressed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    key: &'static str,
    modifier: bool,
    shift: bool,
}

impl Chord {
    /// One key by itself, by the name that the browser gives it: "Escape".
    pub const fn key(key: &'static str) -> Self {
        Self {
            key,
            modifier: false,
            shift: false,
        }
    }

    /// A key together with ⌘ on Apple's keyboards and Ctrl on all others. Letters are written small.
    pub const fn command(key: &'static str) -> Self {
        Self {
            key,
            modifier: true,
            shift: false,
        }
    }

    /// The same with Shift.
    #[must_use]
    pub const fn shift(self) -> Self {
        Self { shift: true, ..self }
    }

    /// As it is written on the keys: "⌘⇧O", elsewhere "Ctrl Shift O".
    pub fn label(self, apple: bool) -> String {
        let mut label = String::new();
        if self.modifier {
            label.push_str(if apple { "⌘" } else { "Ctrl " });
        }
        if self.shift {
            label.push_str(if apple { "⇧" } else { "Shift " });
        }
        match self.key {
            "Escape" => label.push_str("Esc"),
            key => label.push_str(&key.to_ascii_uppercase()),
        }
        label
    }

    /// Whether these keys are those of the chord. `code` names the place of the key, whatever is written on it: on a
    /// Greek or Russian keyboard there is no "k", but the key that has it elsewhere is meant.
    fn matches(self, key: &str, code: &str, modifier: bool, shift: bool) -> bool {
        let letter = self.key.len() == 1 && self.key.as_bytes()[0].is_ascii_lowercase();
        let meant = key.eq_ignore_ascii_case(self.key)
            || (letter
                && !key.is_ascii()
                && code
                    .strip_prefix("Key")
                    .is_some_and(|k| k.eq_ignore_ascii_case(self.key)));
        // Some keyboards need Shift for a mark like "/"; for a letter it makes another chord.
        meant && modifier == self.modifier && (shift == self.shift || !letter)
    }
}

/// Whether the reader's keyboard is one of Apple's. Only in the browser, after the first render.
pub fn is_apple() -> bool {
    window()
        .navigator()
        .platform()
        .is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

struct Hotkey {
    id: u32,
    chord: Chord,
    action: Callback<()>,
}

thread_local! {
    static HOTKEYS: RefCell<Vec<Hotkey>> = const { RefCell::new(Vec::new()) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
}

/// Calls `action` when the chord is pressed, as long as the component that asks for it is there. Of several that want the
/// same chord, the one that came last gets it.
///
/// Nothing happens while text is being composed, while a modal dialog or a menu is open (they have keys of their own), or
/// after somebody else has taken the key.
pub fn use_hotkey(chord: Chord, action: Callback<()>) {
    effect(move || {
        let id = NEXT_ID.get();
        NEXT_ID.set(id.wrapping_add(1));
        HOTKEYS.with_borrow_mut(|hotkeys| hotkeys.push(Hotkey { id, chord, action }));
        LISTENER.with_borrow_mut(|listener| {
            listener.get_or_insert_with(|| listen(&document(), "keydown", false, Box::new(|event| pressed(&event))));
        });
        on_cleanup(move || HOTKEYS.with_borrow_mut(|hotkeys| hotkeys.retain(|hotkey| hotkey.id != id)));
    });
}

fn pressed(event: &Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
        return;
    };
    // 229 is what some browsers give for every key while composing.
    if event.default_prevented()
        || event.repeat()
        || event.is_composing()
        || event.key_code() == 229
        || event.alt_key()
        || something_is_open()
    {
        return;
    }
    let (wanted, other) = if is_apple() {
        (event.meta_key(), event.ctrl_key())
    } else {
        (event.ctrl_key(), event.meta_key())
    };
    if other {
        return;
    }
    let (key, code) = (event.key(), event.code());
    let action = HOTKEYS.with_borrow(|hotkeys| {
        hotkeys
            .iter()
            .rev()
            .find(|hotkey| hotkey.chord.matches(&key, &code, wanted, event.shift_key()))
            .map(|hotkey| hotkey.action)
    });
    if let Some(action) = action {
        event.prevent_default();
        _ = action.try_run(());
    }
}

/// Whether a modal dialog or a menu is open.
fn something_is_open() -> bool {
    document()
        .query_selector("dialog:modal,[popover=auto]:popover-open")
        .is_ok_and(|open| open.is_some())
}

#[cfg(test)]
mod tests {
    use super::Chord;

    const SEARCH: Chord = Chord::command("k");
    const NEW_CHAT: Chord = Chord::command("o").shift();
    const SHORTCUTS: Chord = Chord::command("/");
    const STOP: Chord = Chord::key("Escape");

    #[test]
    fn a_chord_is_its_keys_and_no_others() {
        assert!(SEARCH.matches("k", "KeyK", true, false));
        assert!(SEARCH.matches("K", "KeyK", true, false), "with caps lock");
        assert!(!SEARCH.matches("k", "KeyK", false, false), "a letter being typed");
        assert!(!SEARCH.matches("K", "KeyK", true, true));
        assert!(NEW_CHAT.matches("O", "KeyO", true, true));
        assert!(!NEW_CHAT.matches("o", "KeyO", true, false), "opens a file");
        assert!(STOP.matches("Escape", "Escape", false, false));
    }

    #[test]
    fn other_keyboards_reach_every_chord() {
        assert!(SEARCH.matches("л", "KeyK", true, false), "Russian");
        assert!(SHORTCUTS.matches("/", "Digit7", true, true), "German: Shift 7");
        assert!(
            !SEARCH.matches("t", "KeyK", true, false),
            "Dvorak: what is written on the key counts"
        );
    }

    #[test]
    fn a_chord_is_written_as_on_the_keyboard() {
        assert_eq!(NEW_CHAT.label(true), "⌘⇧O");
        assert_eq!(NEW_CHAT.label(false), "Ctrl Shift O");
        assert_eq!(Chord::command(",").label(false), "Ctrl ,");
        assert_eq!(STOP.label(false), "Esc");
    }
}
