//! Something is going on.

use leptos::prelude::*;

use super::classes;

/// A turning wheel. It says what it stands for, or nothing where words beside it do.
#[component]
pub fn Spinner(
    /// What is going on: "Answering".
    #[prop(optional)]
    label: Option<&'static str>,
    /// Size and colours, when they are not the usual ones.
    #[prop(default = "size-3 border-line-strong border-t-accent")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <span
            role=label.map(|_| "img")
            aria-label=label
            aria-hidden=label.is_none().then_some("true")
            class=classes(
                &["inline-block shrink-0 animate-spin rounded-full border-2 motion-reduce:animate-none", class],
            )
        ></span>
    }
    .into_any()
}
