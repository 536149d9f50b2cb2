//! A sentence that must not be missed.

use leptos::prelude::*;

use super::classes;
use crate::components::icons::{Glyph, Icon};

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlertKind {
    /// Something went wrong. Said at once.
    #[default]
    Danger,
    /// Mind this, before you go on.
    Warning,
    /// Good to know.
    Info,
    /// It worked. Said when there is a pause.
    Ok,
}

/// One sentence in a box. That of a failure can take the focus, so that the keyboard goes on from there.
#[component]
pub fn Alert(
    /// What it is about.
    #[prop(optional)]
    kind: AlertKind,
    /// The sentence.
    #[prop(into)]
    message: Signal<String>,
) -> impl IntoView {
    let (role, icon, class) = match kind {
        AlertKind::Danger => (Some("alert"), Icon::Alert, "bg-danger-soft text-danger"),
        AlertKind::Warning => (None, Icon::Warning, "bg-warn-soft text-warn"),
        AlertKind::Info => (None, Icon::Info, "bg-accent-soft text-accent"),
        AlertKind::Ok => (Some("status"), Icon::Check, "bg-ok-soft text-ok"),
    };
    view! {
        <div
            role=role
            tabindex=(kind == AlertKind::Danger).then_some("-1")
            class=classes(&["flex items-start gap-2.5 rounded-lg px-3 py-2.5 text-sm", class])
        >
            <span class="mt-0.5">
                <Glyph icon />
            </span>
            <span class="min-w-0 wrap-anywhere">{message}</span>
        </div>
    }
    .into_any()
}
