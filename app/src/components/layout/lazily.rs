//! A part of the page that is fetched when it is first needed.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;

use crate::hooks::reactive::effect;

/// Fetches a piece of the application and makes its view; see [`crate::pieces`].
type Load = Box<dyn Fn() -> Pin<Box<dyn Future<Output = AnyView>>> + Send + Sync>;

/// A lazy piece: fetched the first time `when` is true, and there from then on. Whether it shows anything is up to it.
#[component]
pub fn Lazily(
    /// Whether it is needed.
    #[prop(into)]
    when: Signal<bool>,
    /// Fetches it.
    load: Load,
) -> impl IntoView {
    // The piece belongs here, not to the effect that happens to fetch it.
    let owner = Owner::current();
    let begun = StoredValue::new(false);
    let arrived = RwSignal::new(false);
    let piece = Arc::new(Mutex::new(None::<AnyView>));
    let arriving = Arc::clone(&piece);
    effect(move || {
        if !when.get() || begun.get_value() {
            return;
        }
        begun.set_value(true);
        let arriving = Arc::clone(&arriving);
        let piece = load();
        let fetch = move || {
            spawn_local(ScopedFuture::new_untracked(async move {
                let view = piece.await;
                *arriving.lock().unwrap_or_else(PoisonError::into_inner) = Some(view);
                _ = arrived.try_set(true);
            }));
        };
        match &owner {
            Some(owner) => owner.with(fetch),
            None => fetch(),
        }
    });
    move || {
        arrived
            .get()
            .then(|| piece.lock().unwrap_or_else(PoisonError::into_inner).take())
            .flatten()
    }
}
