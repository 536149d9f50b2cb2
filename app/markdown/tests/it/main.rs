//! Markdown as a reader of answers sees it.

mod hostile;
mod html;
mod rendering;
mod safety;
mod streaming;
