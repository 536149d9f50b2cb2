//! Where toasts appear.

use std::time::Duration;

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, Node};

use super::button::IconButton;
use crate::components::icons::{Glyph, Icon};
use crate::contexts::toasts::{Toast, use_toasts};
use crate::hooks::each::each;
use crate::hooks::reactive::effect;

const HOME: &str = "toasts-home";
const DOCK: &str = "toasts";

/// The place for toasts; once per document, under everything else.
///
/// Both of its regions are there from the beginning: a screen reader only says what is put into a region it knows.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    // Time stands still while the reader is on one of them, by pointer or keyboard.
    let held = RwSignal::new(false);
    // Where the focus came from, to give it back when what has it goes away.
    // Only in the browser: it belongs to one thread, and the server's pages go from thread to thread.
    let before = (!cfg!(feature = "ssr")).then(|| StoredValue::new_local(None::<HtmlElement>));
    let on_focus = move |event: FocusEvent| {
        held.set(true);
        let from = event.related_target();
        if let Some(before) = before
            && from.as_ref().is_none_or(|from| !is_docked(from.unchecked_ref()))
        {
            before.set_value(from.and_then(|from| from.dyn_into().ok()));
        }
    };
    let list = move |failure: bool| {
        each(
            move || toasts.of_kind(failure),
            |toast| toast.id.to_string(),
            move |toast| view! { <ToastItem toast held before /> }.into_any(),
        )
    };
    view! {
        <div id=HOME>
            <div
                id=DOCK
                class="pointer-events-none fixed inset-x-4 top-3 z-50 flex flex-col items-center gap-2"
                on:pointerenter=move |_| held.set(true)
                on:pointerleave=move |_| held.set(false)
                on:focusin=on_focus
                on:focusout=move |_| held.set(false)
            >
                <div role="status" class="flex max-w-full flex-col items-center gap-2">
                    {list(false)}
                </div>
                <div role="alert" class="flex max-w-full flex-col items-center gap-2">
                    {list(true)}
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// One of them.
#[component]
fn ToastItem(
    toast: Toast,
    held: RwSignal<bool>,
    before: Option<StoredValue<Option<HtmlElement>, LocalStorage>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let Toast {
        id,
        text,
        action,
        failure,
    } = toast;
    let dismiss = move || {
        if document().active_element().is_some_and(|active| is_docked(&active))
            && let Some(Some(before)) = before.and_then(|before| before.try_get_value())
        {
            _ = before.focus();
        }
        // What had the pointer is gone and will not say that it lost it.
        held.set(false);
        toasts.dismiss(id);
    };
    effect(move || {
        if failure || held.get() {
            return;
        }
        if let Ok(timer) = set_timeout_with_handle(move || toasts.dismiss(id), Duration::from_secs(5)) {
            on_cleanup(move || timer.clear());
        }
    });
    let button = action.map(|(words, act)| {
        let press = move |_| {
            act();
            dismiss();
        };
        view! {
            <button
                type="button"
                class="shrink-0 cursor-pointer rounded-md px-2 py-1 font-medium text-accent hover:bg-accent-soft pointer-coarse:min-h-11"
                on:click=press
            >
                {words}
            </button>
        }
    });
    view! {
        <div class="pointer-events-auto flex min-h-11 max-w-full items-center gap-2 rounded-xl border border-line bg-raised py-1 pr-1.5 pl-4 text-sm text-ink shadow-pop transition-[opacity,translate] duration-120 md:max-w-xl starting:-translate-y-2 starting:opacity-0">
            {failure
                .then(|| {
                    view! {
                        <span class="text-danger">
                            <Glyph icon=Icon::Alert />
                        </span>
                    }
                })}
            <span class=if failure { "min-w-0 wrap-anywhere" } else { "min-w-0 truncate" }>{text}</span>
            {button}
            <IconButton icon=Icon::Close label="Dismiss" on_click=move |()| dismiss() />
        </div>
    }
    .into_any()
}

/// Whether this is among the toasts.
fn is_docked(node: &Node) -> bool {
    document()
        .get_element_by_id(DOCK)
        .is_some_and(|dock| dock.contains(Some(node)))
}

/// Puts the toasts where they can be seen and used: into the dialog that is on top, which makes everything outside it
/// inert, and back when none is open. Only in the browser.
pub(super) fn dock_toasts() {
    let document = document();
    let Some(dock) = document.get_element_by_id(DOCK) else {
        return;
    };
    let top = document
        .query_selector_all("dialog:modal")
        .ok()
        .and_then(|open| open.item(open.length().checked_sub(1)?));
    let place = top.or_else(|| document.get_element_by_id(HOME).map(Into::into));
    if let Some(place) = place
        && dock.parent_node().as_ref() != Some(&place)
    {
        _ = place.append_child(&dock);
    }
}
