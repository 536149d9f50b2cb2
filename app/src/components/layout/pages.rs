//! The page at the address.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::contexts::address::use_address;
use crate::hooks::reactive::{effect, memo};
use crate::pages::not_found::NotFoundPage;
use crate::pieces;
use crate::routes::piece_at;
use crate::wire::handed_on;

/// The page that belongs to the path. When another one is wanted, the one on show stays until that one's piece of the WASM
/// is there. A page stays while the address goes from one of its paths to another.
#[component]
pub fn Pages() -> impl IntoView {
    let address = use_address();
    // The server may know better than the address that nothing is there.
    let first = untrack(|| address.path());
    let nowhere = handed_on(|| piece_at(&first).is_none());
    let wanted = memo(move || address.with_path(|path| piece_at(path).filter(|_| !nowhere || *path != first)));
    let shown = RwSignal::new(wanted.get_untracked());
    effect(move || {
        let piece = wanted.get();
        if piece == shown.get_untracked() {
            return;
        }
        spawn_local(async move {
            if let Some(piece) = piece {
                pieces::preload(piece).await;
            }
            if wanted.try_get_untracked() == Some(piece) {
                _ = shown.try_set(piece);
            }
        });
    });
    move || match shown.get() {
        Some(piece) => at_once(pieces::page(piece)),
        None => Some(NotFoundPage().into_any()),
    }
}

/// The view of a piece that is there already: its future has nothing to wait for.
fn at_once(page: impl Future<Output = AnyView>) -> Option<AnyView> {
    match pin!(page).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(view) => Some(view),
        Poll::Pending => None,
    }
}
