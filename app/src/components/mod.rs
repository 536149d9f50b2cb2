//! What pages are made of.

pub mod api_keys;
pub mod chat;
pub mod icons;
pub mod layout;
pub mod palette;
pub mod projects;
pub mod settings;
pub mod sidebar;
pub mod teams;
pub mod ui;
