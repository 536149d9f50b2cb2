//! The chat: a new one, or an open thread.
//!
//! | room | what is in it |
//! |---|---|
//! | [`open`] | what is open, and what can be done with it |
//! | [`store`] | its messages: plain data, without the page |
//! | [`draft`] | what is being written |
//! | [`composer`], [`header`], [`column`], [`turn`], [`answer`], [`copying`], [`details`], `prompt`, [`empty`] | how it is shown |
//! | [`templates`] | the templates at the composer: the list of them, and the fields of one |

pub mod answer;
pub mod column;
pub mod composer;
pub mod copying;
pub mod details;
pub mod draft;
pub mod empty;
pub mod header;
mod jump;
pub mod open;
pub mod place;
mod prompt;
pub mod store;
pub mod templates;
pub mod turn;
