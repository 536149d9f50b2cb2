//! The frames that pages stand in.

pub mod card_page;
pub mod frame;
pub mod lazily;
pub mod pages;
pub mod title;
pub mod wordmark;
