//! What the whole application shares.

pub mod session;
pub mod theme;
