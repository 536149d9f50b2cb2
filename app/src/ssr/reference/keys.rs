//! What the reader's own keys may do on this server.

use leptos::prelude::*;

use super::{Operation, Reference};
use crate::components::icons::Icon;
use crate::components::ui::alert::{Alert, AlertKind};
use crate::components::ui::badge::{Badge, BadgeKind};
use crate::routes::Page;

/// What stands in the way of the reader's keys, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// No endpoint is open to keys.
    SwitchedOff,
    /// The reader's plan has none.
    NotInPlan,
    /// It is not known who reads.
    Anonymous,
    /// They may have keys.
    Allowed,
}

impl Standing {
    pub(super) fn of(reference: &Reference<'_>) -> Self {
        if reference.open.is_empty() {
            return Self::SwitchedOff;
        }
        match &reference.visitor.person {
            None => Self::Anonymous,
            Some(person) if person.can_have_keys => Self::Allowed,
            Some(_) => Self::NotInPlan,
        }
    }
}

/// Says so, above everything else.
pub(super) fn standing(reference: &Reference<'_>) -> AnyView {
    let standing = Standing::of(reference);
    let (kind, message) = match standing {
        Standing::SwitchedOff => (
            AlertKind::Warning,
            "API keys are switched off on this server: no endpoint is open to them. A person's token works. The administrator opens \
             endpoints in latchkey.toml.",
        ),
        Standing::NotInPlan => (
            AlertKind::Warning,
            "API access is not available for your plan. What is marked is open to the keys of people whose plan has it.",
        ),
        Standing::Anonymous => (
            AlertKind::Info,
            "You are not signed in. What is marked is open to API keys on this server; whether your plan has them you see once you \
             are.",
        ),
        Standing::Allowed => (AlertKind::Ok, "Your API keys may call everything that is marked."),
    };
    let patterns = reference
        .open
        .iter()
        .map(|pattern| {
            view! { <code class="rounded bg-sunken px-1.5 py-0.5 font-mono break-all">{pattern.clone()}</code> }
        })
        .collect_view();
    let way = match standing {
        Standing::Allowed => Some((Page::ApiKeys, "Your API keys")),
        Standing::Anonymous => Some((Page::SignIn, "Sign in")),
        Standing::SwitchedOff | Standing::NotInPlan => None,
    };
    view! {
        <div class="flex flex-col gap-2.5">
            <Alert kind message />
            <p class="flex flex-wrap items-center gap-1.5 text-xs text-muted">
                {(!reference.open.is_empty()).then_some("Keys may call")} {patterns}
                {way
                    .map(|(page, words)| {
                        view! {
                            <a class="ml-auto text-sm font-medium text-accent underline underline-offset-2" href=page.path()>
                                {words}
                            </a>
                        }
                    })}
            </p>
        </div>
    }
    .into_any()
}

/// The mark of an operation.
pub(super) fn mark(operation: &Operation<'_>, standing: Standing) -> AnyView {
    let (kind, icon, words) = if operation.is_public() {
        (BadgeKind::Neutral, None, "Nobody has to sign in")
    } else if operation.is_open_to_keys() && standing == Standing::NotInPlan {
        (BadgeKind::Warning, Some(Icon::Key), "Open to keys, not in your plan")
    } else if operation.is_open_to_keys() {
        (BadgeKind::Ok, Some(Icon::Key), "Open to API keys")
    } else {
        (BadgeKind::Neutral, None, "Not open to API keys")
    };
    match icon {
        Some(icon) => view! { <Badge kind icon>{words}</Badge> }.into_any(),
        None => view! { <Badge kind>{words}</Badge> }.into_any(),
    }
}
