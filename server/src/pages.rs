//! Pages and server functions of the `app` crate, with what they may know about their request.

use app::ssr::RequestContext;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::AppState;
use crate::api::body::read as read_body;
use crate::api::problem::Problem;
use crate::auth::{self, ClientOf};
use crate::middleware::request_id::RequestId;

/// Any page; an unknown path is a 404 page.
pub(crate) async fn page(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match context(&state, request.extensions().clone()).await {
        Ok(context) => app::ssr::page(context, state.leptos, request.map(Body::new)).await,
        Err(problem) => problem.into_response(),
    }
}

/// Any server function. Its body is read here, within the limits of every other body.
pub(crate) async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    match called(&state, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn called(state: &AppState, request: Request) -> Result<Response, Problem> {
    let context = context(state, request.extensions().clone()).await?;
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts.clone(), body);
    let body = read_body(head, state).await?;
    Ok(app::ssr::server_function(context, Request::from_parts(parts, Body::from(body))).await)
}

pub(crate) async fn context(state: &AppState, extensions: Extensions) -> Result<RequestContext, Problem> {
    let caller = auth::person_behind(state, &extensions).await?;
    Ok(RequestContext {
        core: state.core.clone(),
        caller,
        client: extensions.client(state),
        request_id: RequestId::of(&extensions),
        cookie: state.cookie.clone(),
        assets: (*state.assets).clone(),
        public_url: state.public_url.to_string(),
        dev_pages: state.dev_pages,
    })
}
