//! Behaviour without looks.

pub mod clipboard;
pub mod dates;
pub mod each;
pub mod early_keys;
pub mod failures;
pub mod hotkeys;
pub mod listen;
pub mod numbers;
pub mod order;
pub mod reactive;
pub mod returned_form;
pub mod sending;
pub mod stick_to_bottom;
