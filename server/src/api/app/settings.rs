//! What a user has set for themself.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::access::Via;
use domain::settings;
use types::settings::{ChangeSettingsRequest, SettingsAnswer};

use crate::AppState;
use crate::api::body::Json;
use crate::api::problem::Problem;
use crate::auth::Caller;

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
