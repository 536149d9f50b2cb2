//! What a user has set for themself.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::access::Via;
use domain::settings;
use serde_json::json;
use types::ErrorCode;
use types::settings::{ChangeSettingsRequest, SettingsAnswer};

use crate::AppState;
use crate::api::body::Json;
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::auth::Caller;

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag("Settings", "What a person has set for themself.")
        .get("/api/user/settings", read, operation("readSettings", "Read my settings"))
        .patch(
            "/api/user/settings",
            change,
            operation("changeSettings", "Change my settings")
                .about(
                    "A field that is absent stays as it is; null puts it back to what it is for a new account. `role` and \
                     `context` are in the prompts of every chat.",
                )
                .sample(json!({ "settings": { "context": "Answer briefly." }, "themePreference": "dark" }))
                .gives(Given::json::<SettingsAnswer>(200, "The settings as they are now.").with("Set-Cookie"))
                .refuses(&[ErrorCode::Forbidden]),
        )
}

/// GET /api/user/settings
pub async fn read(State(state): State<AppState>, Caller(who): Caller) -> Result<Answer<SettingsAnswer>, Problem> {
    Ok(Answer(settings::read(&state.core, &who).await?))
}

/// PATCH /api/user/settings
pub async fn change(
    State(state): State<AppState>,
    Caller(who): Caller,
    body: Json<ChangeSettingsRequest>,
) -> Result<Response, Problem> {
    let saved = settings::change(&state.core, &who, body.value).await?;
    // A browser keeps the colours, so that its next page has them from the first moment.
    let cookie = matches!(who.via, Via::Session { .. })
        .then(|| [(header::SET_COOKIE, state.cookie.theme(saved.theme_preference))]);
    Ok((cookie, Answer(saved)).into_response())
}
