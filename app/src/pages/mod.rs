//! The pages, one module per route. A page owns its resources and actions.

pub mod not_found;
pub mod sign_in;
pub mod sign_up;
pub mod start;
