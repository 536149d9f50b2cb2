//! The fields of a template: one for each of its variables.

use leptos::ev::KeyboardEvent;
use leptos::html::{Form, Textarea};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use types::templates::{Template, fill};

use super::Kit;
use super::insert::{Spot, insert};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::hooks::reactive::effect;

const FIELD: &str = "block w-full resize-none rounded-lg border border-control bg-surface px-3 py-1.5 text-sm text-ink transition-colors [field-sizing:content] hover:border-ink-soft focus-visible:border-accent focus-visible:outline-offset-0 pointer-coarse:text-[16px]";

/// Whether a variable stands on lines of its own in the prompt: then it is a text rather than a word.
fn is_long(prompt: &str, name: &str) -> bool {
    let alone = |line: &str| {
        let inner = line.trim().strip_prefix("{{").and_then(|line| line.strip_suffix("}}"));
        inner.is_some_and(|inner| inner.trim() == name)
    };
    prompt.lines().any(alone)
}

/// The fields; exist while they are open. What is typed into them stays until it is used.
#[component]
pub(super) fn Fields(kit: Kit, template: Template, spot: Spot) -> impl IntoView {
    let Template {
        id,
        name,
        prompt,
        variables,
        ..
    } = template;
    let typed_before = |variable: &str| {
        kit.typed.with_value(|typed| {
            let known = typed.iter().find(|(of, name, _)| *of == id && name == variable);
            known.map(|(_, _, value)| value.clone()).unwrap_or_default()
        })
    };
    let fields: Vec<(String, bool, RwSignal<String>)> = variables
        .into_iter()
        .map(|variable| {
            let value = RwSignal::new(typed_before(&variable));
            (variable.clone(), is_long(&prompt, &variable), value)
        })
        .collect();
    let some = StoredValue::new((id, prompt, spot));
    let values = StoredValue::new(
        fields
            .iter()
            .map(|(name, _, value)| (name.clone(), *value))
            .collect::<Vec<_>>(),
    );
    // What is left empty stays a variable, to be filled in by hand.
    let filled = move |values: &[(String, String)]| {
        some.with_value(|(_, prompt, _)| {
            fill(prompt, |variable| {
                let (_, value) = values.iter().find(|(name, _)| name == variable)?;
                (!value.trim().is_empty()).then_some(value.as_str())
            })
        })
    };
    let now = move || -> Vec<(String, String)> {
        values.with_value(|values| values.iter().map(|(name, value)| (name.clone(), value.get())).collect())
    };
    let keep = move |now: Vec<(String, String)>| {
        let Some(id) = some.try_with_value(|(id, _, _)| id.clone()) else {
            return;
        };
        _ = kit.typed.try_update_value(|typed| {
            typed.retain(|(of, _, _)| *of != id);
            let new = now.into_iter().filter(|(_, value)| !value.is_empty());
            typed.extend(new.map(|(name, value)| (id.clone(), name, value)));
        });
    };
    let used = StoredValue::new(false);
    on_cleanup(move || {
        if !used.get_value() {
            keep(untrack(now));
        }
    });
    let form = NodeRef::<Form>::new();
    effect(move || {
        if let Some(form) = form.get() {
            go_on(&form, None);
        }
    });
    let finish = move || {
        used.set_value(true);
        keep(Vec::new());
        let text = filled(&untrack(now));
        let spot = some.with_value(|(_, _, spot)| spot.clone());
        kit.chat().picking.set(None);
        insert(&kit.chat(), &spot, &text);
    };
    let on_key = move |event: KeyboardEvent, long: bool| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "Enter" if command => finish(),
            "Enter" if !long && !event.shift_key() => {
                let last = form.get_untracked().is_none_or(|form| {
                    let now = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
                    !go_on(&form, now.as_ref())
                });
                if last {
                    finish();
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    // From wherever in here.
    let on_any_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            kit.leave();
        }
    };
    let has_long = fields.iter().any(|(_, long, _)| *long);
    let inputs = fields
        .into_iter()
        .enumerate()
        .map(|(number, (name, long, value))| {
            view! { <Input number name long value on_key=Callback::new(move |event| on_key(event, long)) /> }
        })
        .collect_view();
    view! {
        <form
            node_ref=form
            aria-labelledby="template-fields"
            class="mb-2 flex max-h-[60dvh] flex-col overflow-hidden rounded-2xl border border-line bg-raised shadow-sm"
            on:submit=move |event| {
                event.prevent_default();
                finish();
            }
            on:keydown=on_any_key
        >
            <div class="flex shrink-0 items-center gap-2 pt-2 pr-2 pl-4">
                <span class="text-muted">
                    <Glyph icon=Icon::File />
                </span>
                <h2 id="template-fields" class="min-w-0 flex-1 truncate text-sm font-semibold" dir="auto">
                    {name}
                </h2>
                <IconButton icon=Icon::Close label="Back to the message" on_click=move |()| kit.leave() />
            </div>
            <div class="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto overscroll-contain px-4 pt-1 pb-3">
                <p class="line-clamp-2 text-xs wrap-anywhere text-muted max-md:hidden" dir="auto">
                    {move || filled(&now())}
                </p>
                {inputs}
            </div>
            <div class="flex shrink-0 items-center gap-2 border-t border-line px-4 py-2.5">
                <p class="min-w-0 flex-1 text-xs text-muted pointer-coarse:hidden">
                    {if has_long { "Ctrl or ⌘ with Enter inserts it." } else { "Enter goes on, Esc goes back." }}
                </p>
                <div class="ml-auto flex gap-2">
                    <Button kind=ButtonKind::Quiet size=ButtonSize::Small on_click=move |()| kit.leave()>
                        "Back"
                    </Button>
                    <Button size=ButtonSize::Small submit=true>
                        "Insert"
                    </Button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// To the field after this one, or to the first that is empty; says whether there is one.
fn go_on(form: &HtmlElement, now: Option<&HtmlElement>) -> bool {
    let Ok(all) = form.query_selector_all("textarea") else {
        return false;
    };
    let mut fields = (0..all.length()).filter_map(|at| all.item(at)?.dyn_into::<HtmlElement>().ok());
    let next = match now {
        Some(now) => {
            _ = fields.by_ref().find(|field| field == now);
            fields.next()
        }
        None => fields.next(),
    };
    next.is_some_and(|next| next.focus().is_ok())
}

#[component]
fn Input(
    number: usize,
    name: String,
    long: bool,
    value: RwSignal<String>,
    on_key: Callback<KeyboardEvent>,
) -> impl IntoView {
    let node = NodeRef::<Textarea>::new();
    let id = ["template-field-", &number.to_string()].concat();
    // A field that comes back holds what was typed.
    effect(move || {
        if let Some(node) = node.get() {
            node.set_value(&value.get_untracked());
        }
    });
    view! {
        <div>
            <label for=id.clone() class="mb-1 block text-sm font-medium wrap-anywhere" dir="auto">
                {name}
            </label>
            <textarea
                node_ref=node
                id=id
                rows=if long { "4" } else { "1" }
                autocomplete="off"
                dir="auto"
                enterkeyhint=if long { "enter" } else { "next" }
                class=[FIELD, if long { "max-h-60 min-h-24" } else { "max-h-32 pointer-coarse:min-h-11" }].join(" ")
                on:input=move |event| value.set(event_target_value(&event))
                on:keydown=move |event| on_key.run(event)
            ></textarea>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::is_long;

    #[test]
    fn what_stands_alone_is_a_text() {
        let prompt = "Summarise {{topic}}:\n\n{{ text }}\n";
        assert!(is_long(prompt, "text"));
        assert!(!is_long(prompt, "topic"));
        assert!(!is_long("{{a}} {{b}}", "a"));
        assert!(is_long("{{a}}", "a"));
    }
}
