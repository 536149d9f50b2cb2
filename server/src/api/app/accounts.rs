//! Register, sign in, sign out, who am I, and no more.

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{Extensions, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::accounts::{self, NewSession};
use secrecy::ExposeSecret;
use serde_json::json;
use types::ErrorCode;
use types::accounts::{DeleteAccountRequest, LoginRequest, RegisterRequest, SignedIn, UserAnswer};

use crate::AppState;
use crate::api::body::Json;
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Accounts",
        "Signing in as a person. Never with an API key, whatever this server opens to keys.",
    )
    .post(
        "/api/auth/register",
        register,
        operation("register", "Make an account")
            .about(
                "The first account of an installation is its administrator's. Signs in at once: the token is for programs, \
                 the cookie for browsers.",
            )
            .sample(json!({ "email": "ada@example.org", "password": "correct horse battery", "name": "Ada" }))
            .gives(Given::json::<SignedIn>(201, "The account is made, and its person signed in.").with("Set-Cookie"))
            .refuses(&[ErrorCode::RegistrationClosed, ErrorCode::EmailTaken, ErrorCode::RateLimited]),
    )
    .post(
        "/api/auth/login",
        login,
        operation("login", "Sign in")
            .about("An address without an account and a wrong password look the same, and take the same time.")
            .sample(json!({ "email": "ada@example.org", "password": "correct horse battery" }))
            .gives(Given::json::<SignedIn>(200, "Signed in.").with("Set-Cookie"))
            .refuses(&[ErrorCode::InvalidCredentials, ErrorCode::RateLimited]),
    )
    .post(
        "/api/auth/logout",
        logout,
        operation("logout", "Sign out")
            .about("Ends the session of the cookie or token that was sent; neither is good for anything afterwards.")
            .gives(Given::nothing(204, "Signed out.").with("Set-Cookie")),
    )
    .get("/api/auth/me", me, operation("me", "Who am I?"))
    .delete(
        "/api/auth/me",
        delete,
        operation("deleteAccount", "Delete my account")
            .about(
                "With everything private, at once and for good. What is shared in a team stays there, in the hands of its \
                 oldest owner.",
            )
            .sample(json!({ "password": "correct horse battery", "confirmation": "delete my account" }))
            .gives(Given::nothing(204, "The account is gone.").with("Set-Cookie"))
            .refuses(&[ErrorCode::Conflict, ErrorCode::RateLimited]),
    )
}

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

/// DELETE /api/auth/me
pub async fn delete(
    State(state): State<AppState>,
    Caller(who): Caller,
    extensions: Extensions,
    body: Json<DeleteAccountRequest>,
) -> Result<Response, Problem> {
    accounts::delete_own(&state.core, &who, body.value, &extensions.client(&state)).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, state.cookie.clear())]).into_response())
}
