//! Latchkey's screens: the Leptos application, rendered on the server (`ssr`) and made interactive in the browser (`hydrate`).
//!
//! | room | what is in it |
//! |---|---|
//! | [`app`] | `<App/>`: what every page shares |
//! | `shell` | the `<html>` document around it; server only |
//! | [`pieces`] | where the WASM is cut into pieces that load when they are needed |
//! | [`routes`] | every address; no other file spells one out |
//! | [`pages`] | one module per page; a page owns its data |
//! | [`components`] | `ui`: primitives that know nothing of Latchkey; `layout`: the frames pages stand in |
//! | [`contexts`] | what the whole application shares: the address, what the document began with, the visitor, the threads, the feed |
//! | [`hooks`] | behaviour without looks: forms, the clipboard |
//! | [`server_fns`] | the calls the browser makes: who is asking, call `domain`, map the error |
//! | [`wire`] | the JSON between the server and its own pages |
//! | `ssr` | the contract with the `server` crate; server only |
//!
//! The first render is a pure function of what the server serialised into the page, so that the browser arrives at the
//! same markup: time, locale, randomness and the window's size are read in an `Effect`, never while rendering.

pub mod app;
pub mod components;
pub mod contexts;
pub mod hooks;
pub mod pages;
pub mod pieces;
pub mod routes;
pub mod server_fns;
pub mod wire;

#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;

pub use app::App;
#[cfg(feature = "hydrate")]
pub use app::hydrate;
#[cfg(feature = "ssr")]
pub use shell::shell;
