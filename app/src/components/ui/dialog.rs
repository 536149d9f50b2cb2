//! Something to deal with before going on.

use leptos::ev::{Event, KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlDialogElement};

use super::button::IconButton;
use super::classes;
use super::toast::dock_toasts;
use crate::components::icons::Icon;
use crate::hooks::reactive::effect;

/// Whether a dialog is open, and how it is closed.
#[derive(Clone, Copy)]
pub struct DialogState {
    open: Signal<bool>,
    close: Callback<()>,
}

impl From<RwSignal<bool>> for DialogState {
    fn from(open: RwSignal<bool>) -> Self {
        Self {
            open: open.into(),
            close: Callback::new(move |()| open.set(false)),
        }
    }
}

/// Something else decides, the page's address for example.
impl From<(Signal<bool>, Callback<()>)> for DialogState {
    fn from((open, close): (Signal<bool>, Callback<()>)) -> Self {
        Self { open, close }
    }
}

const DIALOG: &str = "m-0 mx-auto mt-auto hidden max-h-[calc(100dvh-2rem)] w-full max-w-full flex-col overflow-hidden rounded-t-2xl bg-raised p-0 text-ink shadow-pop outline-none transition-[opacity,translate] duration-120 open:flex backdrop:bg-black/40 md:m-auto md:rounded-2xl starting:open:translate-y-2 starting:open:opacity-0";

/// How wide a dialog may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DialogSize {
    /// A question.
    Small,
    /// A form.
    #[default]
    Standard,
    /// A room of its own.
    Large,
}

impl DialogSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "md:max-w-md",
            Self::Standard => "md:max-w-lg",
            Self::Large => "md:max-w-3xl",
        }
    }
}

/// A modal dialog: in the middle, on a phone at the bottom. The browser keeps the focus inside and gives it back to what
/// had it before; Esc, a press beside it and its own button close it unless `guard` says no.
///
/// When it opens, the focus goes to what has `autofocus` in it, else to the dialog itself, so that nothing that destroys
/// is a key away. What is in it exists only while it is open.
#[component]
pub fn Dialog(
    /// An `RwSignal<bool>`, or a signal and what closes it.
    #[prop(into)]
    open: DialogState,
    /// Its name, and its heading unless it is `bare`.
    #[prop(into)]
    title: Signal<String>,
    /// How wide it may become.
    #[prop(optional)]
    size: DialogSize,
    /// Asked before the reader closes it: whether they may.
    #[prop(optional, into)]
    guard: Option<Callback<(), bool>>,
    /// Whether its content draws everything, from edge to edge: then there is neither a heading nor a button to close it.
    #[prop(optional)]
    bare: bool,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let DialogState { open, close } = open;
    let node = NodeRef::<html::Dialog>::new();
    let ask = Callback::new(move |()| {
        if guard.is_none_or(|guard| guard.run(())) {
            close.run(());
        }
    });

    // A press that began inside, to mark text, may end outside.
    let pressed_beside = StoredValue::new(false);
    let is_beside = move |event: &Event| {
        let dialog = node.get_untracked().map(JsCast::unchecked_into);
        event.target() == dialog && dialog.is_some()
    };
    let on_pointer = move |event: PointerEvent| pressed_beside.set_value(is_beside(&event));
    let on_click = move |event: MouseEvent| {
        if pressed_beside.get_value() && is_beside(&event) {
            ask.run(());
        }
    };
    // Browsers let `cancel` be refused only so often; the key itself can always be taken.
    let on_key = move |event: KeyboardEvent| {
        if event.key() != "Escape" || event.is_composing() || event.default_prevented() || menu_is_open() {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        ask.run(());
    };
    let on_cancel = move |event: Event| {
        if is_beside(&event) {
            event.prevent_default();
            ask.run(());
        }
    };
    // It closed all the same.
    let on_close = move |event: Event| {
        let shut = node.get_untracked().is_some_and(|dialog| !dialog.open());
        if shut && is_beside(&event) && open.get_untracked() {
            close.run(());
        }
    };

    view! {
        <dialog
            node_ref=node
            tabindex="-1"
            aria-label=title
            class=classes(&[DIALOG, size.class()])
            on:pointerdown=on_pointer
            on:click=on_click
            on:keydown=on_key
            on:cancel=on_cancel
            on:close=on_close
        >
            <Show when=move || open.get()>
                <Opened node />
                {if bare {
                    children()
                } else {
                    view! {
                        <div class="flex shrink-0 items-center justify-between gap-3 px-5 pt-4 pb-1">
                            <h2 class="min-w-0 text-base font-semibold wrap-anywhere">{title}</h2>
                            <IconButton icon=Icon::Close label="Close" class="-mr-1.5" on_click=ask />
                        </div>
                        <div class="min-h-0 space-y-4 overflow-y-auto overscroll-contain px-5 pt-2 pb-5">{children()}</div>
                    }
                        .into_any()
                }}
            </Show>
        </dialog>
    }
    .into_any()
}

/// Exists as long as the content does: opens the dialog when the content is there, closes it when it goes, for whatever
/// reason.
#[component]
fn Opened(node: NodeRef<html::Dialog>) -> impl IntoView {
    effect(move || {
        let Some(dialog) = node.get_untracked() else { return };
        _ = dialog.show_modal();
        focus_first(&dialog);
        dock_toasts();
        let dialog = StoredValue::new_local(dialog);
        on_cleanup(move || {
            _ = dialog.try_with_value(|dialog: &HtmlDialogElement| dialog.close());
            dock_toasts();
        });
    });
}

/// The browser itself would take the first thing that can have the focus: the button that closes the dialog.
fn focus_first(dialog: &HtmlDialogElement) {
    if dialog.query_selector("[autofocus]").is_ok_and(|first| first.is_none()) {
        _ = dialog.focus();
    }
}

/// Whether a menu is open: Esc is for that.
fn menu_is_open() -> bool {
    document()
        .query_selector("[popover=auto]:popover-open")
        .is_ok_and(|menu: Option<Element>| menu.is_some())
}

/// The buttons at the end of a dialog: what goes back at the left of what goes on.
#[component]
pub fn DialogButtons(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex flex-wrap items-center justify-end gap-2 pt-1">{children()}</div> }.into_any()
}
