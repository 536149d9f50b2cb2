//! What the whole application shares.

pub mod address;
pub mod live;
pub mod opening;
pub mod realm;
pub mod session;
pub mod theme;
pub mod threads;
pub mod toasts;
pub mod ui;
