//! What every handler can reach.

use std::sync::Arc;
use std::time::Instant;

use app::ssr::{Assets, SessionCookie};
use domain::Core;
use leptos::config::LeptosOptions;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The rules and the data.
    pub core: Arc<Core>,
    /// Addresses of the built files, with the hash of their content.
    pub assets: Arc<Assets>,
    /// How the session cookie is written.
    pub cookie: SessionCookie,
    /// The URL people use, without a slash at its end.
    pub public_url: Arc<str>,
    /// What Leptos wants to know.
    pub leptos: LeptosOptions,
    /// Whether the pages for who works on Latchkey are there.
    pub dev_pages: bool,
    /// When the process started.
    pub started: Instant,
}

impl AppState {
    /// The state of a server around an open instance.
    pub fn new(core: Arc<Core>) -> Self {
        let server = &core.config.server;
        Self {
            assets: Arc::new(crate::assets::urls()),
            cookie: SessionCookie {
                secure: server.is_https(),
            },
            public_url: server.url().into(),
            leptos: LeptosOptions::builder().output_name("latchkey").build(),
            started: Instant::now(),
            dev_pages: std::env::var_os("LATCHKEY_DEV_PAGES").is_some_and(|value| value == "1"),
            core,
        }
    }
}
