//! Who is asking: a session cookie, a JSON Web Token or an API key.
//!
//! [`identify`] runs before anything is routed: a request with a key passes the gate and is judged whole right there,
//! so that a key can't even learn which paths exist. Cookies and tokens are only noted, and looked up where a handler
//! asks for a [`Caller`]; pages and files that need nobody pay nothing.

pub(crate) mod client;
mod credential;

use std::fmt;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Extensions;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::accounts::Client;
use domain::accounts::sessions::Credential as Shown;
use domain::api_keys::KeyRejection;
use domain::rate::Allowance;

use crate::AppState;
use crate::api::problem::Problem;
use crate::api::rate_limit::{self, Window};
use crate::middleware::access_log::Seen;

pub use client::{ClientOf, PeerAddr};
use credential::Credential;

/// What a request has shown of itself. `Debug` does not show it.
#[derive(Clone)]
pub enum Presented {
    /// Nothing.
    Nobody,
    /// A session cookie, not yet looked up.
    Cookie(String),
    /// A JSON Web Token, not yet checked.
    Token(String),
    /// An API key that was let in.
    Key(Box<Principal>),
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Cookie(_) => "Cookie(…)",
            Self::Token(_) => "Token(…)",
            Self::Key(_) => "Key(…)",
        })
    }
}

/// Looks at the credential of a request; a key is judged here.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (presented, allowance) = match credential::of(request.headers(), state.cookie.name()) {
        Credential::None => (Presented::Nobody, None),
        Credential::Cookie(cookie) => (Presented::Cookie(cookie), None),
        Credential::Token(token) => (Presented::Token(token), None),
        Credential::Key(token) => match admit(
            &state,
            request.uri().path().to_owned(),
            request.extensions().client(&state),
            token,
        )
        .await
        {
            Ok((principal, allowance)) => (Presented::Key(Box::new(principal)), allowance),
            Err(rejection) => return Problem::from(domain::Error::from(rejection)).into_response(),
        },
    };
    let seen = match &presented {
        Presented::Key(principal) => Some(Seen::of(principal)),
        _ => None,
    };
    request.extensions_mut().insert(presented);
    let mut response = next.run(request).await;
    if let Some(seen) = seen {
        response.extensions_mut().insert(seen);
    }
    if let Some(allowance) = allowance {
        rate_limit::tell(response.headers_mut(), "key", allowance, Window::MINUTE);
    }
    response
}

/// The order of the contract: the gate on the raw path, then the key. `token` is none when there is not exactly one
/// bearer.
async fn admit(
    state: &AppState,
    path: String,
    client: Client,
    token: Option<String>,
) -> Result<(Principal, Option<Allowance>), KeyRejection> {
    let core = &state.core;
    core.gate.check(&path)?;
    let token = token.ok_or(KeyRejection::Invalid)?;
    let admitted = core
        .keys
        .admit(&core.db, &core.epochs, &core.config, &token, client.at, client.ip)
        .await?;
    Ok((admitted.principal, admitted.allowance))
}

/// Who is asking, if the request shows a credential that is good.
async fn caller(state: &AppState, extensions: &Extensions) -> Result<Principal, domain::Error> {
    match extensions.get::<Presented>() {
        Some(Presented::Key(principal)) => Ok((**principal).clone()),
        Some(Presented::Cookie(cookie)) => domain::accounts::authenticate(&state.core, Shown::Cookie(cookie)).await,
        Some(Presented::Token(token)) => domain::accounts::authenticate(&state.core, Shown::Token(token)).await,
        Some(Presented::Nobody) | None => Err(domain::Error::Unauthenticated),
    }
}

/// The person behind a page; a credential that is no longer good is nobody's.
pub(crate) async fn person_behind(state: &AppState, extensions: &Extensions) -> Result<Option<Principal>, Problem> {
    match caller(state, extensions).await {
        Ok(principal) => Ok((!principal.is_key()).then_some(principal)),
        Err(domain::Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Somebody whose credential is good: a handler that takes this cannot be reached by anybody else. Taken before the
/// body is read.
#[derive(Debug)]
pub struct Caller(pub Principal);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let principal = caller(state, &parts.extensions).await?;
        if let Some(slot) = parts.extensions.get::<crate::middleware::access_log::Slot>() {
            slot.set(Seen::of(&principal));
        }
        Ok(Self(principal))
    }
}

/// Somebody with an API key that is good; for dialects that know nothing else.
#[derive(Debug)]
pub struct KeyCaller(pub Principal);

impl FromRequestParts<AppState> for KeyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        match parts.extensions.get::<Presented>() {
            Some(Presented::Key(principal)) => Ok(Self((**principal).clone())),
            _ => Err(domain::Error::from(KeyRejection::Invalid).into()),
        }
    }
}
