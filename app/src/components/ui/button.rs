//! Buttons.

use leptos::prelude::*;

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The one thing to do here.
    #[default]
    Primary,
    /// In a row of things, text only until the pointer is on it.
    Quiet,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => {
                "inline-flex h-10 w-full cursor-pointer items-center justify-center gap-2 rounded-lg bg-primary px-4 text-sm font-medium text-on-primary transition-opacity hover:opacity-90 disabled:cursor-default disabled:opacity-60"
            }
            Self::Quiet => {
                "inline-flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-md px-2 text-sm text-ink-soft hover:bg-sunken hover:text-ink"
            }
        }
    }
}

/// A button that submits the form around it.
#[component]
pub fn SubmitButton(
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// While true it can't be pressed and turns a wheel; its words stay.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <button type="submit" class=kind.class() disabled=busy aria-busy=move || busy.get().then_some("true")>
            <Show when=move || busy.get()>
                <span
                    aria-hidden="true"
                    class="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent motion-reduce:animate-none"
                ></span>
            </Show>
            {children()}
        </button>
    }
}
