//! Behaviour without looks.

pub mod clipboard;
pub mod server_form;
