//! A bar that shows a share of a whole.

use leptos::prelude::*;

/// A bar of so many hundredths. Drawn, because no style may stand in the document.
pub fn bar(share: i64, class: &'static str) -> AnyView {
    view! {
        <svg
            aria-hidden="true"
            viewBox="0 0 100 1"
            preserveAspectRatio="none"
            class=[class, "block w-full overflow-hidden rounded-full bg-sunken"].join(" ")
            inner_html=["<rect width='", &share.to_string(), "' height='1'></rect>"].concat()
        ></svg>
    }
    .into_any()
}
