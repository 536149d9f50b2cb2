//! Buttons.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::classes;
use super::spinner::Spinner;
use crate::components::icons::{Glyph, Icon};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The one thing to do here.
    #[default]
    Primary,
    /// What can be done beside it.
    Secondary,
    /// In a row of things, text only until the pointer is on it.
    Quiet,
    /// Destroys something, and is the thing to do here.
    Danger,
    /// Destroys something; in a row of things, text only until the pointer is on it.
    QuietDanger,
}

/// How large a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonSize {
    /// In a row of a list or beside a text.
    Small,
    /// Everywhere else.
    #[default]
    Standard,
    /// As wide as what it stands in: the end of a form that has the page for itself.
    Wide,
}

const BUTTON: &str = "inline-flex shrink-0 cursor-pointer items-center justify-center whitespace-nowrap font-medium select-none transition-[background-color,color,opacity] disabled:pointer-events-none disabled:opacity-50 aria-disabled:cursor-default aria-disabled:opacity-60 pointer-coarse:min-h-11";

/// The classes of what looks like a button: of a link, say.
pub fn button_class(kind: ButtonKind, size: ButtonSize) -> String {
    classes(&[BUTTON, kind.class(), size.class()])
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "bg-primary text-on-primary hover:opacity-90",
            Self::Secondary => "border border-line-strong bg-raised text-ink hover:bg-sunken",
            Self::Quiet => "text-ink-soft hover:bg-sunken hover:text-ink",
            Self::Danger => "bg-danger text-on-primary hover:opacity-90",
            Self::QuietDanger => "text-danger hover:bg-danger-soft",
        }
    }
}

impl ButtonSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "h-8 gap-1.5 rounded-md px-2 text-sm",
            Self::Standard => "h-9 gap-2 rounded-lg px-3.5 text-sm",
            Self::Wide => "h-10 w-full gap-2 rounded-lg px-4 text-sm",
        }
    }
}

/// A button.
///
/// While `busy` it can be reached but not pressed, so that the focus stays where it is, and a wheel takes its icon's
/// place; `disabled` takes it out of reach.
#[component]
pub fn Button(
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// Before its words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Whether what it began is still going on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether there is nothing to press it for.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether it submits the form around it.
    #[prop(optional)]
    submit: bool,
    /// Its name, where its words alone don't say what it is for: "Revoke key My CLI Tool". It begins with its words.
    #[prop(optional, into)]
    label: Option<String>,
    /// Called when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Callback<()>>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=button_class(kind, size)
            disabled=disabled
            aria-disabled=move || busy.get().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            aria-label=label
            on:click=press
        >
            {move || {
                if busy.get() {
                    view! { <Spinner class="size-3.5 border-current border-t-transparent" /> }.into_any()
                } else if let Some(icon) = icon {
                    view! { <Glyph icon /> }.into_any()
                } else {
                    ().into_any()
                }
            }}
            {children()}
        </button>
    }
    .into_any()
}

/// A button that submits the form around it: wide when it is the one thing to do, small otherwise.
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
    let size = if kind == ButtonKind::Primary {
        ButtonSize::Wide
    } else {
        ButtonSize::Small
    };
    view! {
        <Button kind size busy submit=true>
            {children()}
        </Button>
    }
}

/// A button that is only an icon. Its label is its name, and shows when the pointer rests on it or the keyboard reaches
/// it.
#[component]
pub fn IconButton(
    /// What it shows.
    #[prop(into)]
    icon: Signal<Icon>,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// Whether what it began is still going on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether there is nothing to press it for.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For a button that stays down: whether it is.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// For a button that opens something that is part of the page: whether that is open.
    #[prop(optional, into)]
    expanded: Option<Signal<bool>>,
    /// Whether it submits the form around it.
    #[prop(optional)]
    submit: bool,
    /// More classes: where it stands.
    #[prop(optional)]
    class: &'static str,
    /// Called when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Callback<()>>,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=classes(&[ICON_BUTTON, class])
            disabled=disabled
            aria-label=label
            data-tip=label
            aria-disabled=move || busy.get().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-expanded=move || expanded.map(|expanded| expanded.get().to_string())
            on:click=press
        >
            {move || {
                if busy.get() {
                    view! { <Spinner class="size-3.5 border-current border-t-transparent" /> }.into_any()
                } else {
                    view! { <Glyph icon=icon.get() /> }.into_any()
                }
            }}
        </button>
    }
    .into_any()
}

/// The classes of a button that is only an icon.
pub(super) const ICON_BUTTON: &str = "inline-flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md text-muted transition-colors hover:bg-sunken hover:text-ink disabled:pointer-events-none disabled:opacity-50 aria-disabled:cursor-default aria-expanded:bg-sunken aria-expanded:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent pointer-coarse:size-11";
