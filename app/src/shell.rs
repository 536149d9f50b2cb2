//! The document around the application.

use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::App;
use crate::contexts::theme::Theme;
use crate::routes::files;
use crate::ssr::{RequestContext, content_security_policy, cookie_of_request};

/// The whole document, and the headers that belong to it.
///
/// Expects a [`RequestContext`] in context. It stands in for Leptos' own `HydrationScripts`, which looks for the hashes
/// of the files on disk: ours are inside the binary.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = expect_context::<RequestContext>().assets;
    let theme = Theme::from_cookie(cookie_of_request(Theme::COOKIE).as_deref());
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
        <html lang="en" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.color_scheme() />
                <link rel="stylesheet" href=assets.css />
                <link rel="icon" href=files::FAVICON r#type="image/svg+xml" />
                <link rel="modulepreload" href=assets.js nonce=nonce.clone() />
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="" />
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
