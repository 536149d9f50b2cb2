//! The document around the application.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::App;
use crate::contexts::opening::Opening;
use crate::contexts::theme::{Looks, Theme};
use crate::routes::{Piece, files, piece_at};
use crate::ssr::{RequestContext, content_security_policy, cookie_of_request};

/// The whole document, and the headers that belong to it.
///
/// Expects a [`RequestContext`] in context. It stands in for Leptos' own `HydrationScripts`, which looks for the hashes
/// of the files on disk: ours are inside the binary.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = expect_context::<RequestContext>().assets;
    let pieces = use_context::<Parts>()
        .and_then(|request| piece_at(request.uri.path()))
        .map(|piece| assets.of_route(name_of(piece)).to_vec())
        .unwrap_or_default();
    let theme = Theme::from_cookie(cookie_of_request(Theme::COOKIE).as_deref());
    let opening = use_context::<Opening>();
    let person = opening.as_ref().and_then(|opening| opening.visitor.person.as_ref());
    let looks = person.map_or_else(
        || Looks::of_visitor(theme),
        |person| Looks::of(person.theme.into(), &person.settings),
    );
    let nonce = use_nonce();

    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(
            header::CONTENT_SECURITY_POLICY,
            content_security_policy(nonce.as_deref()),
        );
        // Pages are personal: nothing on the way may keep one, nor the browser after signing out.
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    // `{:?}` writes a Rust string literal; for these addresses (ASCII, no control characters) it is a JavaScript one too.
    let hydrate = format!(
        "import({js:?}).then(app => app.default({{ module_or_path: {wasm:?} }}).then(() => app.hydrate()))",
        js = assets.js,
        wasm = assets.wasm,
    );

    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-theme=looks.theme.as_str()
            data-text-size=looks.text_size
            data-wrap-code=looks.wrap_code
            data-compact=looks.compact
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=looks.theme.color_scheme() />
                <link rel="stylesheet" href=assets.css />
                <link rel="icon" href=files::FAVICON r#type="image/svg+xml" />
                {std::iter::once(assets.js)
                    .chain(assets.scripts)
                    .map(|script| view! { <link rel="modulepreload" href=script nonce=nonce.clone() /> })
                    .collect_view()}
                {std::iter::once(assets.wasm)
                    .chain(pieces)
                    .map(|wasm| {
                        view! { <link rel="preload" href=wasm r#as="fetch" crossorigin="" /> }
                    })
                    .collect_view()}
                <AutoReload options />
                <script type="module" nonce=nonce>
                    {hydrate}
                </script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// How a piece is called in the names of its files: as its route in `pieces`.
fn name_of(piece: Piece) -> &'static str {
    match piece {
        Piece::Chat => "chat",
        Piece::ApiKeys => "api_keys",
        Piece::Teams => "teams",
        Piece::Projects => "projects",
        Piece::Invitation => "invitation",
        Piece::Admin => "admin",
        Piece::SignIn => "sign_in",
        Piece::SignUp => "sign_up",
        Piece::Gallery => "gallery",
    }
}
