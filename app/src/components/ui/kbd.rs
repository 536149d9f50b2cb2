//! Keys to press.

use leptos::prelude::*;

use super::classes;
use crate::hooks::hotkeys::{Chord, is_apple};
use crate::hooks::reactive::effect;

/// A chord as it is written on the reader's keyboard. Decoration: who presses keys without seeing them has the list of
/// shortcuts.
#[component]
pub fn Kbd(
    /// The keys.
    chord: Chord,
    /// Place and looks, when they are not the usual ones.
    #[prop(default = "text-xs text-muted")]
    class: &'static str,
) -> impl IntoView {
    // Which keyboard it is, only the browser knows.
    let apple = RwSignal::new(false);
    effect(move || apple.set(is_apple()));
    view! {
        <kbd class=classes(&["font-sans", class])>
            {move || chord.label(apple.get())}
        </kbd>
    }
    .into_any()
}
