//! One line for each request: what was asked for, by whom, what came of it and how long it took. Never a header, a query
//! or a body: they hold secrets.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use domain::access::Principal;

use super::request_id::RequestId;
use crate::auth::client::Origin;

/// Who was let in.
#[derive(Debug, Clone)]
pub struct Seen {
    user_id: String,
    api_key_id: Option<String>,
}

impl Seen {
    /// What the log says of somebody.
    pub fn of(who: &Principal) -> Self {
        Self {
            user_id: who.user_id.clone(),
            api_key_id: who.api_key_id().map(str::to_owned),
        }
    }
}

/// Where a handler's extractor leaves whom it let in.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<OnceLock<Seen>>);

impl Slot {
    /// Notes it; the first one stays.
    pub fn set(&self, seen: Seen) {
        let _ = self.0.set(seen);
    }
}

pub(super) async fn log(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let id = RequestId::of(request.extensions());
    let ip = request.extensions().get::<Origin>().map(|origin| origin.ip.to_string());
    let method = request.method().clone();
    // The route, where there is one: a path could carry what somebody pasted into it.
    let path = request.extensions().get::<MatchedPath>().map_or_else(
        || request.uri().path().chars().take(200).collect::<String>(),
        |route| route.as_str().to_owned(),
    );
    let response = next.run(request).await;
    let seen = response.extensions().get::<Seen>().or(slot.0.get());
    tracing::info!(
        target: "latchkey::access",
        id,
        ip,
        %method,
        path,
        status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        user = seen.map(|seen| seen.user_id.as_str()),
        key = seen.and_then(|seen| seen.api_key_id.as_deref()),
        "request"
    );
    response
}
