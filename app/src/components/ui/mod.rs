//! Primitives: they take props and callbacks and know nothing of Latchkey.

pub mod alert;
pub mod avatar;
pub mod button;
pub mod code_block;
pub mod field;
