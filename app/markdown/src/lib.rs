//! Markdown of answers as HTML that is safe by construction, whole or while it grows.
//!
//! [`render`] is for a text that is complete, [`Stream`] for one that is not: what has settled is not read again, and
//! marks that are not closed yet do not show. Neither can fail, whatever the text.
//!
//! There is no pass that cleans the HTML: it would be a second parser whose idea of HTML has to agree with the browser's,
//! for each update of each answer. Instead nothing but our own literals and escaped text is ever written; see
//! `blocks.rs`, and `tests/safety.rs` for the proof by an independent reader.

mod blocks;
mod cite;
mod code;
mod formulas;
mod languages;
mod mend;
mod stream;
mod text;

pub use cite::{cite, sources};
pub use stream::{Stream, Update};

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use blocks::{CodeBlocks, References};

/// One HTML string for each top-level block of a complete text.
pub fn render(text: &str) -> Vec<String> {
    let render = || blocks::blocks(text, &References::new(), &mut CodeBlocks::default());
    guarded(render).unwrap_or_else(|| vec![plain(text)])
}

/// A fault in a parser must not take away a page for as long as the text is on it. It is one, though, and a build for
/// development says so.
fn guarded<T>(act: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => Some(done),
        Err(fault) if cfg!(debug_assertions) => resume_unwind(fault),
        Err(_) => None,
    }
}

/// The text as it was typed.
fn plain(text: &str) -> String {
    let mut html = String::from("<p class=\"raw\" dir=\"auto\">");
    text::prose(text, false, &mut html);
    html.push_str("</p>");
    html
}
