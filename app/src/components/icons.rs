//! Icons, drawn after Lucide (ISC licence) on a 24-unit grid. All of them are decoration: the words beside them speak.

use leptos::prelude::*;

/// One icon of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// An exclamation mark in a circle.
    Alert,
    /// Two sheets.
    Copy,
    /// The mark of Latchkey.
    Key,
    /// Out of the door.
    LogOut,
    /// A prompt.
    Terminal,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 8v4m0 4h.01M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0",
            Self::Copy => {
                "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2V10a2 2 0 0 1 2-2M4 16a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2"
            }
            Self::Key => "M3.5 15.5a4.5 4.5 0 1 0 9 0 4.5 4.5 0 1 0-9 0m7.7-3.2 8.3-8.3M16 7.5l3 3",
            Self::LogOut => "M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4m7 14 5-5-5-5m5 5H9",
            Self::Terminal => "m5 8 4 4-4 4m7 1h7",
        }
    }
}

/// Draws an icon, 16 pixels wide unless a class says otherwise.
#[component]
pub fn Glyph(
    /// Which one.
    icon: Icon,
    /// Size, when it is not the usual one: a whole `size-…` class.
    #[prop(default = "size-4")]
    size: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class=("shrink-0", true)
            class=size
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=icon.path() />
        </svg>
    }
}
