//! A few words about what the pointer rests on or the keyboard has reached.
//!
//! Whatever has a `data-tip` attribute has a tooltip. One element shows them all, lifted above everything by the browser,
//! so that a tooltip costs an attribute and no box cuts it off.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement, PointerEvent};

use super::place::{Align, place};
use crate::hooks::listen::listen;
use crate::hooks::reactive::effect;

/// The place for tooltips; once per document, under everything else. What it says is decoration: it repeats an accessible
/// name, or says more exactly what can be read anyway.
#[component]
pub fn Tooltips() -> impl IntoView {
    let node = NodeRef::<Div>::new();
    effect(move || {
        let Some(tip) = node.get().map(JsCast::unchecked_into::<HtmlElement>) else {
            return;
        };
        let tips = StoredValue::new_local(Tips {
            tip,
            shown: None,
            pending: None,
        });
        let with = move |act: &dyn Fn(&mut Tips)| _ = tips.try_update_value(|tips| act(tips));
        let hide = move |_: Event| with(&|tips| tips.hide());
        let root = document();
        StoredValue::new_local([
            listen(&root, "pointerover", false, {
                Box::new(move |event| {
                    // A finger doesn't rest on things.
                    let touch = event
                        .dyn_ref::<PointerEvent>()
                        .is_some_and(|event| event.pointer_type() == "touch");
                    let over = if touch { None } else { tipped(&event) };
                    let kept = tips.try_with_value(|tips| tips.is_over(&event, over.as_ref()));
                    if kept == Some(true) {
                        return with(&Tips::keep);
                    }
                    // Long enough not to flicker under a passing pointer, and to let the pointer reach the words.
                    let wait = Duration::from_millis(if over.is_some() { 500 } else { 150 });
                    let timer = set_timeout_with_handle(
                        move || {
                            with(&|tips| match over.as_ref() {
                                Some(over) => tips.show(over),
                                None => tips.hide(),
                            });
                        },
                        wait,
                    );
                    _ = tips.try_update_value(|tips| tips.wait(timer.ok()));
                })
            }),
            listen(&root, "focusin", false, {
                Box::new(move |event| {
                    // What the pointer pressed has the focus too, but nobody asks what it is.
                    if let Some(element) = tipped(&event)
                        && element.matches(":focus-visible").unwrap_or_default()
                    {
                        with(&|tips| tips.show(&element));
                    }
                })
            }),
            listen(&root, "focusout", false, Box::new(hide)),
            listen(&root, "pointerdown", true, Box::new(hide)),
            listen(&root, "scroll", true, Box::new(hide)),
            listen(&root, "keydown", true, {
                Box::new(move |event| {
                    if event
                        .dyn_ref::<KeyboardEvent>()
                        .is_some_and(|event| event.key() == "Escape")
                    {
                        with(&|tips| tips.hide());
                    }
                })
            }),
        ]);
    });
    view! {
        <div
            node_ref=node
            popover="manual"
            role="tooltip"
            aria-hidden="true"
            class="fixed inset-auto m-0 max-w-64 rounded-md bg-primary px-2 py-1 text-xs wrap-anywhere text-on-primary"
        ></div>
    }
    .into_any()
}

/// The tooltip, and whose it is.
struct Tips {
    tip: HtmlElement,
    shown: Option<Element>,
    pending: Option<TimeoutHandle>,
}

impl Tips {
    /// Whether the pointer came to what has the tooltip already, or to the tooltip itself.
    fn is_over(&self, event: &Event, over: Option<&Element>) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        self.shown.is_some() && (self.shown.as_ref() == over || target.as_ref() == Some(self.tip.unchecked_ref()))
    }

    fn keep(&mut self) {
        self.wait(None);
    }

    fn wait(&mut self, timer: Option<TimeoutHandle>) {
        if let Some(pending) = std::mem::replace(&mut self.pending, timer) {
            pending.clear();
        }
    }

    fn show(&mut self, element: &Element) {
        self.keep();
        let Some(text) = element.get_attribute("data-tip").filter(|_| element.is_connected()) else {
            return self.hide();
        };
        self.tip.set_text_content(Some(&text));
        // Hidden and shown again, so that it stands above a dialog that has come since.
        _ = self.tip.hide_popover();
        if self.tip.show_popover().is_ok() {
            place(element, &self.tip, Align::Above);
            self.shown = Some(element.clone());
        }
    }

    fn hide(&mut self) {
        self.keep();
        if self.shown.take().is_some() {
            _ = self.tip.hide_popover();
        }
    }
}

/// What has a tooltip where something happened.
fn tipped(event: &Event) -> Option<Element> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest("[data-tip]").ok().flatten()
}

/// Gives a tooltip to words that say more when the pointer rests on them. It is for the eye only.
#[component]
pub fn Tooltip(
    /// The words in the tooltip.
    #[prop(into)]
    text: Signal<String>,
    /// What has it.
    children: Children,
) -> impl IntoView {
    view! { <span data-tip=text>{children()}</span> }.into_any()
}
