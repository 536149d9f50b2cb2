//! What every request and every answer goes through, outermost first: a request id, the access log, headers that make
//! browsers careful, errors in one shape, a net for panics, limits, compression.

pub mod access_log;
mod headers;
mod limits;
mod origin;
pub mod request_id;
pub(crate) mod same_origin;
mod shape;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::AppState;

/// Smaller answers are sent as they are.
const WORTH_COMPRESSING: u16 = 1_024;

/// Puts the middleware around routes.
pub fn around(routes: Router<AppState>, state: AppState) -> Router {
    let max_body = state.core.config.limits.max_body_bytes;
    let cors = cors(&state.core.config.server.cors_origins);
    // The predicate leaves event streams and what is compressed already alone.
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(
            DefaultPredicate::new()
                .and(NotForContentType::const_new("application/zip"))
                .and(SizeAbove::new(WORTH_COMPRESSING)),
        );
    routes
        .layer(compression)
        .layer(DefaultBodyLimit::max(max_body))
        .layer(from_fn(limits::check))
        .layer(CatchPanicLayer::custom(shape::panicked))
        .option_layer(cors)
        .layer(from_fn(shape::errors))
        .layer(from_fn(headers::add))
        .layer(from_fn(access_log::log))
        .layer(from_fn_with_state(state.clone(), origin::note))
        .layer(from_fn(request_id::give))
        .with_state(state)
}

/// Closed unless origins are listed; never with cookies.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let name = HeaderName::from_static;
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::ACCEPT,
                name("idempotency-key"),
                name("last-event-id"),
            ])
            .expose_headers([
                header::RETRY_AFTER,
                name("x-request-id"),
                name("ratelimit"),
                name("ratelimit-policy"),
            ]),
    )
}

trait OptionLayer {
    fn option_layer(self, layer: Option<CorsLayer>) -> Self;
}

impl OptionLayer for Router<AppState> {
    fn option_layer(self, layer: Option<CorsLayer>) -> Self {
        match layer {
            Some(layer) => self.layer(layer),
            None => self,
        }
    }
}
