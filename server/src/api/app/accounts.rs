//! Register, sign in, sign out, who am I.

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{Extensions, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::accounts::{self, NewSession};
use secrecy::ExposeSecret;
use types::accounts::{LoginRequest, RegisterRequest, UserAnswer};

use crate::AppState;
use crate::api::body::Json;
use crate::api::problem::Problem;
use crate::auth::{Caller, ClientOf};

/// POST /api/auth/register
pub async fn register(
    State(state): State<AppState>,
    extensions: Extensions,
    body: Json<RegisterRequest>,
) -> Result<Response, Problem> {
    let client = extensions.client(&state);
    let session = accounts::register(&state.core, body.value, &client).await?;
    Ok(signed_in(&state, StatusCode::CREATED, session))
}

/// POST /api/auth/login
pub async fn login(
    State(state): State<AppState>,
    extensions: Extensions,
    body: Json<LoginRequest>,
) -> Result<Response, Problem> {
    let client = extensions.client(&state);
    let session = accounts::login(&state.core, body.value, &client).await?;
    Ok(signed_in(&state, StatusCode::OK, session))
}

fn signed_in(state: &AppState, status: StatusCode, session: NewSession) -> Response {
    let cookie = state
        .cookie
        .set(session.cookie.expose_secret(), session.max_age_seconds);
    let theme = state.cookie.theme(session.settings.theme_preference);
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, theme)]);
    (status, cookies, Answer(session.signed_in)).into_response()
}

/// POST /api/auth/logout
pub async fn logout(State(state): State<AppState>, Caller(who): Caller, request: Request) -> Result<Response, Problem> {
    accounts::logout(&state.core, &who, &request.extensions().client(&state)).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, state.cookie.clear())]).into_response())
}

/// GET /api/auth/me
pub async fn me(State(state): State<AppState>, Caller(who): Caller) -> Result<Answer<UserAnswer>, Problem> {
    Ok(Answer(UserAnswer {
        user: accounts::me(&state.core, &who).await?,
    }))
}
