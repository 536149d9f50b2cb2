//! Where the WASM is cut. Everybody loads what is common; what only some pages need is a piece of its own, loaded when
//! somebody goes there. Whatever is reached through these functions alone is in such a piece.

#![cfg_attr(
    not(feature = "hydrate"),
    expect(
        clippy::unused_async,
        reason = "where nothing is cut, #[lazy] has nothing to wait for"
    )
)]

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::palette::Palette;
use crate::components::settings::SettingsModal;
use crate::pages::api_keys::ApiKeysPage;
use crate::pages::chat::ChatPage;
use crate::pages::gallery::GalleryPage;
use crate::pages::sign_in::SignInPage;
use crate::pages::sign_up::SignUpPage;
use crate::routes::{Piece, piece_at};

macro_rules! lazy_routes {
    ($($(#[$doc:meta])* $route:ident => $page:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                $page().into_any()
            }
        }
    )*};
}

lazy_routes! {
    /// New chat, and every thread.
    ChatRoute => ChatPage;
    /// API keys.
    ApiKeysRoute => ApiKeysPage;
    /// Sign in.
    SignInRoute => SignInPage;
    /// Make an account.
    SignUpRoute => SignUpPage;
    /// The design system.
    GalleryRoute => GalleryPage;
}

/// Loads the piece of the page at this path, so that hydration finds it there and has not to wait in the middle.
pub async fn preload(path: &str) {
    match piece_at(path) {
        Some(Piece::Chat) => ChatRoute::preload().await,
        Some(Piece::ApiKeys) => ApiKeysRoute::preload().await,
        Some(Piece::SignIn) => SignInRoute::preload().await,
        Some(Piece::SignUp) => SignUpRoute::preload().await,
        Some(Piece::Gallery) => GalleryRoute::preload().await,
        None => {}
    }
}

/// The settings, over whatever page it is.
#[lazy]
pub fn settings() -> AnyView {
    SettingsModal().into_any()
}

/// Search and go, and the list of shortcuts.
#[lazy]
pub fn palette() -> AnyView {
    Palette().into_any()
}
