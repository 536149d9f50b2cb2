//! Primitives: they take props and callbacks and know nothing of Latchkey.

pub mod alert;
pub mod avatar;
pub mod badge;
pub mod bar;
pub mod button;
pub mod card;
pub mod code_block;
pub mod confirm;
pub mod copy_button;
pub mod dialog;
pub mod field;
pub mod kbd;
pub mod menu;
pub mod more;
pub mod place;
pub mod segmented;
pub mod select;
pub mod skeleton;
pub mod spinner;
pub mod states;
pub mod switch;
pub mod tabs;
pub mod time;
pub mod toast;
pub mod tooltip;

/// Several sets of classes as one. Each set stands as a whole literal in the source, where Tailwind reads it.
fn classes(sets: &[&str]) -> String {
    sets.join(" ")
}
