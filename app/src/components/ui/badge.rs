//! A word about a thing, in a pill.

use leptos::prelude::*;

use super::classes;
use crate::components::icons::{Glyph, Icon};

/// What a badge says besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadgeKind {
    /// Nothing.
    #[default]
    Neutral,
    /// This one is different.
    Accent,
    /// All is well.
    Ok,
    /// Mind this.
    Warning,
    /// Something is over or wrong.
    Danger,
}

impl BadgeKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "border border-line text-ink-soft",
            Self::Accent => "bg-accent-soft font-medium text-accent",
            Self::Ok => "bg-ok-soft font-medium text-ok",
            Self::Warning => "bg-warn-soft font-medium text-warn",
            Self::Danger => "bg-danger-soft font-medium text-danger",
        }
    }
}

/// A word or two in a pill.
#[component]
pub fn Badge(
    /// What it says besides its words.
    #[prop(optional)]
    kind: BadgeKind,
    /// Before its words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=classes(
            &["inline-flex max-w-full items-center gap-1 rounded-full px-2 py-0.5 text-xs whitespace-nowrap", kind.class()],
        )>
            {icon.map(|icon| view! { <Glyph icon size="size-3.5" /> })}
            <span class="truncate">{children()}</span>
        </span>
    }
    .into_any()
}
