//! The two handlers that the `server` crate mounts.

use any_spawner::Executor;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::error::FromServerFnError;
use types::{ApiError, ErrorCode};

use super::forms::PlainForm;
use super::opening::{Opened, open};
use super::{RequestContext, status};
use crate::routes::{Page, on_the_way};
use crate::server_fns::Failure;
use crate::shell;

/// Longest form that a browser may post by itself, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Renders the page that stands at the request's path; an unknown path renders the 404 page with that status.
///
/// The document is sent when it is whole: status, redirect and title are then right whatever a page waits for, and a
/// browser without JavaScript never sees a placeholder.
pub async fn page(context: RequestContext, options: LeptosOptions, mut request: Request<Body>) -> Response {
    use_tokio();
    let path = request.uri().path();
    if path == Page::Gallery.path() && !context.dev_pages {
        *request.uri_mut() = Uri::from_static(NOWHERE);
    }
    let opening = match open(&context, request.uri(), request.headers()).await {
        Opened::Document(opening) => *opening,
        Opened::Elsewhere(page) => return found(page, request.uri().path()),
    };
    let provide = move || {
        provide_context(context.clone());
        provide_context(opening.clone());
    };
    leptos_axum::render_app_async_with_context(provide, move || shell(options.clone()))(request).await
}

/// To another page. Who has to sign in first is led back afterwards where that is worth it: an invitation is opened by who
/// has no account yet. The way is in the address and not in the browser, where the next person would find it.
fn found(page: Page, wanted: &str) -> Response {
    let location = on_the_way(page, Some(wanted));
    let headers = [(header::LOCATION, &*location), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::FOUND, headers).into_response()
}

/// An address that no page has.
const NOWHERE: &str = "/-";

/// Runs the server function that stands at the request's path.
pub async fn server_function(context: RequestContext, request: Request<Body>) -> Response {
    use_tokio();
    let mut response = run(context, request).await;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Tells Leptos what to run tasks on. Its own router does that when it lists the routes, which ours has no need for.
fn use_tokio() {
    // Fails when it was told before; then there is nothing to do.
    _ = Executor::init_tokio();
}

async fn run(context: RequestContext, request: Request<Body>) -> Response {
    let path = request.uri().path();
    if !server_fn_paths().any(|(known, method)| known == path && method == request.method()) {
        return failed(&Failure(ApiError::new(ErrorCode::NotFound, "Not found")));
    }
    match PlainForm::of(path, request.headers()) {
        None => call(context, request).await,
        Some(form) => post(form, context, request).await,
    }
}

/// A form that the browser posted by itself: the answer is a redirect either way.
async fn post(form: PlainForm, context: RequestContext, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let most = if form.may_be_long() { usize::MAX } else { MAX_FORM };
    let (body, response) = match to_bytes(body, most).await {
        Ok(body) => (
            body.clone(),
            call(context.clone(), Request::from_parts(parts, Body::from(body))).await,
        ),
        Err(_) => (
            Bytes::new(),
            failed(&Failure(ApiError::new(
                ErrorCode::BodyTooLarge,
                "The form is too long to be sent.",
            ))),
        ),
    };

    let way = form.way(&body);
    let (parts, answer) = response.into_parts();
    let answer = to_bytes(answer, usize::MAX).await.unwrap_or_default();
    let mut redirect = StatusCode::SEE_OTHER.into_response();
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        redirect.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    let target = if parts.status.is_success() {
        way.map_or_else(|| form.next(&answer), Into::into)
    } else {
        let returned = form.returned(Failure::de(answer), &body, &context.cookie);
        redirect.headers_mut().append(header::SET_COOKIE, returned);
        form.page(&context, &body).await
    };
    // An address of ours is ASCII; were it ever not, the start page is better than nothing.
    let target = HeaderValue::try_from(&*target).unwrap_or(HeaderValue::from_static(Page::Start.path()));
    redirect.headers_mut().insert(header::LOCATION, target);
    redirect
}

/// The call itself, kept from answering with redirects of its own: [`post`] does that, without the page's address.
async fn call(context: RequestContext, mut request: Request<Body>) -> Response {
    request.headers_mut().remove(header::ACCEPT);
    request.headers_mut().remove(header::REFERER);
    leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request)
        .await
        .into_response()
}

fn failed(failure: &Failure) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status(failure.code()), [(header::CONTENT_TYPE, json)], failure.ser()).into_response()
}
