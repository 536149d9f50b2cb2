//! Notes where a request really comes from, for everything further in.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;
use crate::auth::PeerAddr;
use crate::auth::client::Origin;

pub(super) async fn note(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<PeerAddr>().copied();
    let origin = Origin::of(request.headers(), peer, &state.core.config.server.trusted_proxies);
    request.extensions_mut().insert(origin);
    next.run(request).await
}
