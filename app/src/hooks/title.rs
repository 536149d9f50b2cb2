//! The document's title, where it follows something.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// A text for `<Title>` that follows what `read` reads. The server reads it here and now: it writes the title when the page
/// is rendered, on whatever thread that ends, and there no signal can be read any more.
pub fn following(read: impl Fn() -> String + Send + Sync + 'static) -> TextProp {
    if cfg!(feature = "ssr") {
        TextProp::from(untrack(read))
    } else {
        TextProp::from(read)
    }
}
