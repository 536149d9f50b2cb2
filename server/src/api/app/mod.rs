//! The seed dialect, under `/api`.

pub mod accounts;
pub mod admin;
pub mod api_keys;
pub mod archive;
pub mod chat;
pub mod documents;
pub mod export;
pub mod models;
pub mod projects;
pub mod search;
pub mod settings;
pub mod teams;
pub mod templates;
pub mod threads;
pub mod usage;

use super::openapi::Api;

/// Its routes, in the order in which the reference shows them.
pub fn routes(api: Api) -> Api {
    [
        chat::routes,
        threads::routes,
        search::routes,
        export::routes,
        archive::routes,
        projects::routes,
        documents::routes,
        templates::routes,
        models::routes,
        settings::routes,
        usage::routes,
        accounts::routes,
        api_keys::routes,
        teams::routes,
        admin::routes,
    ]
    .into_iter()
    .fold(api, |api, routes| routes(api))
}
