//! The seed dialect, under `/api`.

pub mod accounts;
pub mod admin;
pub mod api_keys;
pub mod chat;
pub mod export;
pub mod projects;
pub mod search;
pub mod settings;
pub mod teams;
pub mod templates;
pub mod threads;
pub mod usage;

use axum::Router;
use axum::routing::{delete, get, patch, post};

use crate::AppState;

/// Its routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/auth/register", post(accounts::register))
        .route("/api/auth/login", post(accounts::login))
        .route("/api/auth/logout", post(accounts::logout))
        .route("/api/auth/me", get(accounts::me))
        .route("/api/admin/users", get(admin::list))
        .route("/api/admin/users/{id}", patch(admin::manage))
        .route("/api/admin/stats", get(admin::stats))
        .route("/api/api-keys", get(api_keys::list).post(api_keys::create))
        .route("/api/api-keys/access", get(api_keys::access))
        .route("/api/api-keys/{id}", patch(api_keys::change).delete(api_keys::revoke))
        .route("/api/user/settings", get(settings::read).patch(settings::change))
        .route("/api/teams", get(teams::list).post(teams::create))
        .route(
            "/api/teams/{id}",
            get(teams::read).patch(teams::change).delete(teams::archive),
        )
        .route("/api/teams/{id}/members", get(teams::list_members))
        .route(
            "/api/teams/{id}/members/{user_id}",
            patch(teams::change_member).delete(teams::remove_member),
        )
        .route("/api/teams/{id}/leave", post(teams::leave))
        .route("/api/teams/{id}/invites", post(teams::invite))
        .route("/api/teams/{id}/invites/{invite_id}", delete(teams::revoke_invite))
        .route("/api/invites/{token}", get(teams::invitation))
        .route("/api/invites/{token}/accept", post(teams::accept))
        .route("/api/user/usage", get(usage::read))
        .route("/api/projects", get(projects::list).post(projects::create))
        .route(
            "/api/projects/{id}",
            get(projects::read).patch(projects::change).delete(projects::remove),
        )
        .route("/api/templates", get(templates::list).post(templates::create))
        .route(
            "/api/templates/{id}",
            patch(templates::change).delete(templates::remove),
        )
        .route("/api/threads", get(threads::list).post(threads::create))
        .route(
            "/api/threads/{id}",
            get(threads::read).patch(threads::change).delete(threads::remove),
        )
        .route("/api/threads/{id}/messages", get(threads::list_messages))
        .route(
            "/api/threads/{id}/messages/{message_id}",
            delete(threads::remove_message),
        )
        .route("/api/chat", post(chat::chat))
        .route("/api/chat/{message_id}/stream", get(chat::follow))
        .route("/api/chat/{message_id}/stop", post(chat::stop))
        .route("/api/chat/{message_id}/regenerate", post(chat::regenerate))
        .route("/api/chat/{message_id}/feedback", post(chat::rate))
        .route("/api/search", get(search::search))
        .route("/api/export/{id}", get(export::thread))
}
