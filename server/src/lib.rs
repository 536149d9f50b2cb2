//! Latchkey's HTTP side: `router(state)` and everything on the way to it.
//!
//! A request comes in through [`middleware`], is identified in [`auth`], and reaches a handler in [`api`] or a page of
//! the `app` crate. No rule lives here: handlers read the request, call `domain`, and write the answer.

pub mod api;
pub mod assets;
pub mod auth;
pub mod cli;
pub mod http;
mod live;
pub mod middleware;
mod pages;
pub mod state;

use axum::Router;
use axum::routing::{any, get};

pub use state::AppState;

/// The whole server, ready to be served.
#[expect(
    clippy::disallowed_methods,
    reason = "these are for the pages; what programs call is described where it is added"
)]
pub fn router(state: AppState) -> Router {
    let routes = Router::new()
        .merge(api::routes(&state))
        .merge(live::routes())
        .route("/_fn/{*name}", any(pages::server_function))
        .route("/pkg/{*path}", get(assets::serve))
        .route("/favicon.svg", get(assets::serve))
        .fallback(pages::page)
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            middleware::same_origin::check,
        ))
        .layer(axum::middleware::from_fn_with_state(state.clone(), auth::identify));
    middleware::around(routes, state)
}
