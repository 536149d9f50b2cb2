//! The document's title.

use leptos::prelude::*;

const NAME: &str = "Latchkey";

/// The title of a page; the product's name follows it. Whatever page stands there last, its title is on show.
#[component]
pub fn Title(
    /// What the page is; empty for the name alone. It may follow something.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    // Read while the page is rendered: the head is written later, on whatever thread that is, where no signal can be read.
    #[cfg(feature = "ssr")]
    {
        let text = whole(text.get_untracked());
        _ = leptos::view! { <leptos_meta::Title text /> };
    }
    #[cfg(not(feature = "ssr"))]
    crate::hooks::reactive::effect(move || document().set_title(&whole(text.get())));
}

fn whole(text: String) -> String {
    if text.is_empty() {
        NAME.to_owned()
    } else {
        text + " · " + NAME
    }
}
