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

use crate::components::chat::details::Details;
use crate::components::chat::open::Chat;
use crate::components::chat::templates::Templates;
use crate::components::palette::Palette;
use crate::components::projects::dialogs::ProjectDialogs;
use crate::components::settings::SettingsModal;
use crate::components::settings::importing::Importing;
use crate::components::settings::templates::TemplateSettings;
use crate::pages::admin::AdminPage;
use crate::pages::api_keys::ApiKeysPage;
use crate::pages::chat::ChatPage;
use crate::pages::gallery::GalleryPage;
use crate::pages::invitation::InvitationPage;
use crate::pages::projects::ProjectsPage;
use crate::pages::sign_in::SignInPage;
use crate::pages::sign_up::SignUpPage;
use crate::pages::teams::TeamsPage;
use crate::routes::Piece;

macro_rules! pages {
    ($($page:ident => $component:ident;)*) => {$(
        #[lazy]
        fn $page() -> AnyView {
            $component().into_any()
        }
    )*};
}

pages! {
    chat => ChatPage;
    api_keys => ApiKeysPage;
    teams => TeamsPage;
    projects => ProjectsPage;
    invitation => InvitationPage;
    admin => AdminPage;
    sign_in => SignInPage;
    sign_up => SignUpPage;
    gallery => GalleryPage;
}

/// Loads the piece of a page, so that [`page`] has not to wait.
#[cfg(feature = "hydrate")]
pub async fn preload(piece: Piece) {
    match piece {
        Piece::Chat => __preload_chat().await,
        Piece::ApiKeys => __preload_api_keys().await,
        Piece::Teams => __preload_teams().await,
        Piece::Projects => __preload_projects().await,
        Piece::Invitation => __preload_invitation().await,
        Piece::Admin => __preload_admin().await,
        Piece::SignIn => __preload_sign_in().await,
        Piece::SignUp => __preload_sign_up().await,
        Piece::Gallery => __preload_gallery().await,
    }
}

/// On the server everything is there.
#[cfg(not(feature = "hydrate"))]
pub async fn preload(_: Piece) {}

/// A page.
pub async fn page(piece: Piece) -> AnyView {
    match piece {
        Piece::Chat => chat().await,
        Piece::ApiKeys => api_keys().await,
        Piece::Teams => teams().await,
        Piece::Projects => projects().await,
        Piece::Invitation => invitation().await,
        Piece::Admin => admin().await,
        Piece::SignIn => sign_in().await,
        Piece::SignUp => sign_up().await,
        Piece::Gallery => gallery().await,
    }
}

/// The settings, over whatever page it is.
#[lazy]
pub fn settings() -> AnyView {
    SettingsModal().into_any()
}

/// Taking a file in, in the settings.
#[lazy]
pub fn importing(open: RwSignal<bool>, on_done: Callback<bool>) -> AnyView {
    view! { <Importing open on_done /> }.into_any()
}

/// Making a project, and moving a thread into one, over whatever page it is.
#[lazy]
pub fn project_dialogs() -> AnyView {
    ProjectDialogs().into_any()
}

/// What is to be known about an answer.
#[lazy]
pub fn details(chat: Chat) -> AnyView {
    view! { <Details chat /> }.into_any()
}

/// Templates at the composer: the list of them, and their fields.
#[lazy]
pub fn templates(chat: Chat) -> AnyView {
    view! { <Templates chat /> }.into_any()
}

/// Templates in the settings.
#[lazy]
pub fn template_settings() -> AnyView {
    TemplateSettings().into_any()
}

/// Search and go, and the list of shortcuts.
#[lazy]
pub fn palette() -> AnyView {
    Palette().into_any()
}
