//! The contract with the `server` crate: what it provides for every request, and the two handlers that answer with this
//! application.

mod cookies;
mod drafts;
mod forms;
mod handlers;
mod opening;
mod policy;
mod reference;

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use domain::access::Principal;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use types::ErrorCode;

pub use cookies::SessionCookie;
pub use handlers::{page, server_function};
pub use policy::content_security_policy;
pub use reference::reference;

pub(crate) use cookies::cookie_of_request;
pub(crate) use forms::take_returned_form;

use crate::server_fns::Failure;

/// What a page or server function may know about its request. The `server` crate makes one per request.
#[derive(Clone)]
pub struct RequestContext {
    /// The rules and the data behind them.
    pub core: Arc<domain::Core>,
    /// Who is asking, if the request says so.
    pub caller: Option<Principal>,
    /// Where the request comes from.
    pub client: domain::accounts::Client,
    /// Leads from an answer to its line in the server's log.
    pub request_id: String,
    /// How the session cookie is written.
    pub cookie: SessionCookie,
    /// Where the browser finds script, WASM and style sheet.
    pub assets: Assets,
    /// Address of this server as its users type it, without a slash at the end.
    pub public_url: String,
    /// Whether the pages for who works on Latchkey are there.
    pub dev_pages: bool,
}

impl RequestContext {
    /// The person who is asking. Pages and server functions are for people: whoever comes with an API key is nobody here.
    pub fn person(&self) -> Option<&Principal> {
        self.caller.as_ref().filter(|caller| !caller.is_key())
    }
}

/// Addresses of the built files. They lie in a folder named after their content, so each address is good for ever.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// The script that loads the WASM.
    pub js: String,
    /// The part of the application that every page needs.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// Scripts that [`Self::js`] loads itself; named so that the browser asks for them at once.
    pub scripts: Vec<String>,
    /// The WASM that a lazy piece of the application needs, by the piece's name.
    pub pieces: HashMap<String, Vec<String>>,
}

impl Assets {
    /// The WASM of a page beyond [`Self::wasm`]. Pieces carry the name of their function and a number.
    pub(crate) fn of_route(&self, route: &str) -> &[String] {
        let beginning = format!("{route}_");
        let found = self.pieces.iter().find(|(name, _)| name.starts_with(&beginning));
        found.map_or(&[], |(_, files)| files)
    }
}

/// What a server function says when the domain refuses: the error in its wire form, and the response's status. What
/// is nobody's business outside is logged here, once.
pub(crate) fn refused(error: &domain::Error) -> Failure {
    let mut failure = Failure(error.to_api());
    if failure.0.request_id.is_none() {
        failure.0.request_id = use_context::<RequestContext>().map(|request| request.request_id);
    }
    if failure.code() == ErrorCode::Internal {
        tracing::error!(request_id = failure.0.request_id, %error, "a server function failed");
    }
    set_status(failure.code());
    if let (Some(response), Some(wait)) = (use_context::<ResponseOptions>(), error.retry_after()) {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    failure
}

/// The present request and the person who makes it; what a server function of theirs begins with.
pub(crate) fn asking() -> Result<(RequestContext, Principal), Failure> {
    let request = expect_context::<RequestContext>();
    match request.person().cloned() {
        Some(who) => Ok((request, who)),
        None => Err(refused(&domain::Error::Unauthenticated)),
    }
}

/// Sends a `Set-Cookie` value along with the response of the present request.
pub(crate) fn append_cookie(value: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// Gives the response of the present request the status that belongs to a reason.
pub(crate) fn set_status(code: ErrorCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status(code));
    }
}

/// The HTTP status that belongs to a reason; the same for server functions and the REST API.
pub fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode as Code;
    match code {
        Code::MalformedRequest | Code::InvalidRequest | Code::InvalidCursor => StatusCode::BAD_REQUEST,
        Code::Unauthenticated
        | Code::InvalidCredentials
        | Code::InvalidApiKey
        | Code::ApiKeyExpired
        | Code::ApiKeyNotTeamMember => StatusCode::UNAUTHORIZED,
        Code::ApiKeysDisabled
        | Code::EndpointNotAllowed
        | Code::PlanNotAllowed
        | Code::NotTeamMember
        | Code::CrossOrigin
        | Code::RegistrationClosed
        | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        Code::Conflict
        | Code::EmailTaken
        | Code::KeyLimitReached
        | Code::IdempotencyInProgress
        | Code::SecretShownOnce => StatusCode::CONFLICT,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited | Code::MonthlyLimitReached => StatusCode::TOO_MANY_REQUESTS,
        Code::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Code::ModelFailed => StatusCode::BAD_GATEWAY,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::ModelTimeout => StatusCode::GATEWAY_TIMEOUT,
        // The enum may grow; a reason this match doesn't know is a fault until somebody decides otherwise.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
