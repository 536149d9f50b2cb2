//! What pages are made of.

pub mod icons;
pub mod layout;
pub mod ui;
