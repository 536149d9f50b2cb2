//! Behaviour without looks.

pub mod clipboard;
pub mod dates;
pub mod failures;
pub mod hotkeys;
pub mod listen;
pub mod returned_form;
pub mod stick_to_bottom;
pub mod title;
