//! The shape of what is not there yet.

use leptos::prelude::*;

use super::classes;

/// One bar or block; its classes give it the size of what will stand there. Nothing is read out: whoever shows skeletons
/// marks what they stand in with `aria-busy`.
#[component]
pub fn Skeleton(
    /// Size, and `rounded-full` where that fits.
    class: &'static str,
) -> impl IntoView {
    view! {
        <span
            aria-hidden="true"
            class=classes(&["block animate-pulse rounded bg-line motion-reduce:animate-none", class])
        ></span>
    }
    .into_any()
}
