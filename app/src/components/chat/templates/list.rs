//! The list of templates. What is looked for stands in the composer behind the slash, or in a field of the list's own.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html::{Div, Input};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement, Node};
use types::templates::{Template, is_named};
use types::views::TemplateChoices;

use super::super::open::sentence;
use super::Kit;
use super::insert::Spot;
use super::place::keep_beside;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::skeleton::Skeleton;
use crate::contexts::ui::use_ui;
use crate::hooks::early_keys::take_keys;
use crate::hooks::failures::signed_out;
use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect, effect_after, memo};
use crate::server_fns::templates::choose_template;

/// How long typing rests before the server is asked.
const REST: Duration = Duration::from_millis(120);

const LIST: &str = "template-list";
const PANEL: &str = "fixed z-20 flex flex-col overflow-hidden rounded-xl border border-line bg-raised text-ink shadow-pop transition-opacity starting:opacity-0";
const OPTION: &str = "flex cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 text-sm aria-selected:bg-sunken pointer-coarse:min-h-11";
const FOOT: &str = "inline-flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:text-ink pointer-coarse:min-h-11";

fn option_id(option: usize) -> String {
    ["template-", &option.to_string()].concat()
}

/// What the server has said.
#[derive(Clone, Copy)]
struct Offer {
    kit: Kit,
    choices: RwSignal<Option<TemplateChoices>>,
    failure: RwSignal<Option<String>>,
    /// What the choices were looked for with.
    of: RwSignal<String>,
}

impl Offer {
    fn new(kit: Kit) -> Self {
        Self {
            kit,
            choices: RwSignal::new(kit.known.get_value()),
            failure: RwSignal::new(None),
            of: RwSignal::new(String::new()),
        }
    }

    fn fetch(self, q: String) {
        self.failure.set(None);
        spawn_local(async move {
            let answer = choose_template(self.kit.chat().team(), q.clone()).await;
            if self.choices.is_disposed() {
                return;
            }
            match answer {
                Ok(choices) => {
                    if q.is_empty() {
                        self.kit.known.set_value(Some(choices.clone()));
                    }
                    self.of.set(q);
                    self.choices.set(Some(choices));
                }
                Err(failure) if signed_out(&failure) => {}
                Err(failure) => self.failure.set(Some(sentence(&failure))),
            }
        });
    }

    /// Asks the server, when what it has said is not all, a moment after something was typed.
    fn follow(self, looked_for: Memo<String>) {
        let timer = StoredValue::new(None::<TimeoutHandle>);
        let stop = move || {
            if let Some(timer) = timer.try_update_value(Option::take).flatten() {
                timer.clear();
            }
        };
        effect_after(move |before: Option<()>| {
            let q = looked_for.with(|typed| typed.trim().to_owned());
            let known = self
                .choices
                .with(|choices| choices.as_ref().map(|choices| choices.more));
            stop();
            if before.is_none() {
                self.fetch(String::new());
                return;
            }
            let (more, other) = (known == Some(true), self.of.with_untracked(|of| *of != q));
            let narrowed = self.of.with_untracked(|of| !of.is_empty());
            if other && (more || narrowed) {
                timer.set_value(set_timeout_with_handle(move || self.fetch(q), REST).ok());
            }
        });
        on_cleanup(stop);
    }
}

/// The list; exists while it is open.
#[component]
pub(super) fn List(kit: Kit, typed: bool) -> impl IntoView {
    let chat = kit.chat();
    let node = chat.draft.node;
    let (panel, list, own) = (NodeRef::<Div>::new(), NodeRef::<Div>::new(), NodeRef::<Input>::new());
    let active = RwSignal::new(0_usize);
    // Where it goes is kept from before the focus leaves the composer.
    let spot = StoredValue::new(Spot::at_caret(&chat));
    let looked = RwSignal::new(if typed { slash_of(kit) } else { take_keys() });
    let looked_for = memo(move || looked.get());
    let offer = Offer::new(kit);
    offer.follow(looked_for);

    let found = memo(move || {
        let all = offer.choices.get()?;
        let found: Vec<Template> = looked_for.with(|typed| {
            let fits = |template: &Template| is_named(&template.name, typed);
            all.templates
                .iter()
                .filter(|template| fits(template))
                .cloned()
                .collect()
        });
        Some((found, all.team))
    });
    let count =
        move || found.with(|found: &Option<(Vec<Template>, _)>| found.as_ref().map_or(0, |found| found.0.len()));
    let choose = move |option: usize| {
        let chosen = found.with_untracked(|found| found.as_ref().and_then(|found| found.0.get(option)).cloned());
        let spot = if typed {
            Spot::of_slash(&chat).map(|(spot, _)| spot)
        } else {
            spot.try_get_value()
        };
        if let Some((template, spot)) = chosen.zip(spot) {
            kit.take(template, spot);
        }
    };
    let go = move |option: usize| {
        active.set(option);
        let selector = ["#", &option_id(option)].concat();
        let option = list
            .get_untracked()
            .and_then(|list| list.query_selector(&selector).ok().flatten());
        if let Some(option) = option {
            option.scroll_into_view_with_bool(false);
        }
    };
    let on_key = move |event: &KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let (now, count) = (active.get_untracked(), untrack(count));
        match event.key().as_str() {
            "ArrowDown" if count > 0 => go((now + 1) % count),
            "ArrowUp" if count > 0 => go((now + count - 1) % count),
            "Enter" | "Tab" if count > 0 && !event.shift_key() => choose(now),
            "Escape" => kit.leave(),
            // Something else was meant by the slash: what is written is sent.
            "Enter" if typed && found.with_untracked(Option::is_some) => return chat.picking.set(None),
            "Enter" => {}
            "Tab" => return chat.picking.set(None),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    // Another list begins at its top.
    effect(move || {
        looked_for.track();
        active.set(0);
        if let Some(list) = list.get_untracked() {
            list.set_scroll_top(0);
        }
    });

    // The composer keeps the focus while a slash is being typed: it is the list's field then.
    effect(move || {
        let (Some(field), Some(panel)) = (node.get_untracked(), panel.get()) else {
            return;
        };
        let anchor = field
            .closest("form")
            .ok()
            .flatten()
            .unwrap_or_else(|| field.clone().into());
        let mut listeners = keep_beside(anchor.clone(), HtmlElement::clone(&panel));
        let beside = move |event: Event| {
            let pressed = event.target().and_then(|target| target.dyn_into::<Node>().ok());
            let inside = |element: &Element| element.contains(pressed.as_ref());
            if !inside(&anchor) && !inside(&panel) {
                _ = chat.picking.try_set(None);
            }
        };
        listeners.push(listen(&document(), "pointerdown", true, Box::new(beside)));
        if typed {
            let key = move |event: Event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    on_key(event);
                }
            };
            listeners.push(listen(&field, "keydown", true, Box::new(key)));
            for moved in ["input", "keyup", "click"] {
                let follow = move |_| match Spot::of_slash(&chat) {
                    Some((_, now)) => _ = looked.try_set(now),
                    None => _ = chat.picking.try_set(None),
                };
                listeners.push(listen(&field, moved, false, Box::new(follow)));
            }
            _ = field.set_attribute("aria-autocomplete", "list");
            _ = field.set_attribute("aria-controls", LIST);
            let field = StoredValue::new_local(field);
            on_cleanup(move || {
                _ = field.try_with_value(|field| {
                    for name in ["aria-autocomplete", "aria-controls", "aria-activedescendant"] {
                        _ = field.remove_attribute(name);
                    }
                });
            });
        } else if let Some(own) = own.get_untracked()
            && has_fine_pointer()
        {
            _ = own.focus();
        }
        StoredValue::new_local(listeners);
    });
    if typed {
        effect(move || {
            let Some(field) = node.get_untracked() else { return };
            _ = if count() > 0 {
                field.set_attribute("aria-activedescendant", &option_id(active.get()))
            } else {
                field.remove_attribute("aria-activedescendant")
            };
        });
    }

    let field = (!typed).then(|| {
        view! {
            <div class="flex shrink-0 items-center gap-2.5 border-b border-line px-3.5">
                <span class="text-muted">
                    <Glyph icon=Icon::Search />
                </span>
                <input
                    node_ref=own
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-label="Search templates"
                    aria-autocomplete="list"
                    aria-expanded="true"
                    aria-controls=LIST
                    aria-activedescendant=move || (count() > 0).then(|| option_id(active.get()))
                    placeholder="Search templates"
                    prop:value=looked
                    class="h-11 min-w-0 flex-1 bg-transparent text-sm text-ink outline-none pointer-coarse:text-[16px]"
                    on:input=move |event| looked.set(event_target_value(&event))
                    on:keydown=move |event| on_key(&event)
                />
            </div>
        }
    });
    let options = move || {
        let (found, team) = found.get().unwrap_or_default();
        let choice = |(option, template): (usize, Template)| {
            view! { <Choice template team=team.clone() option active choose=Callback::new(choose) /> }
        };
        found.into_iter().enumerate().map(choice).collect_view()
    };
    let said = move || match count() {
        _ if found.with(Option::is_none) => String::new(),
        0 => "No template has this name".to_owned(),
        1 => "1 template".to_owned(),
        count => count.to_string() + " templates",
    };

    view! {
        <div node_ref=panel class=PANEL>
            {field}
            <div
                node_ref=list
                id=LIST
                role="listbox"
                aria-label="Templates"
                tabindex=typed.then_some("0")
                aria-busy=move || found.with(Option::is_none).then_some("true")
                class="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1.5 empty:hidden"
            >
                {options}
            </div>
            <Otherwise
                offer
                found=Signal::derive(move || found.with(|found| found.as_ref().map(|found| found.0.len())))
                looked_for
            />
            <Foot kit />
            <p role="status" class="sr-only">
                {said}
            </p>
        </div>
    }
    .into_any()
}

/// What is looked for behind the slash in the composer.
fn slash_of(kit: Kit) -> String {
    Spot::of_slash(&kit.chat())
        .map(|(_, looked_for)| looked_for)
        .unwrap_or_default()
}

/// A phone shows its keyboard for a field that has the focus; the list alone is enough there.
fn has_fine_pointer() -> bool {
    window()
        .match_media("(pointer: fine)")
        .is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// What stands where there is no template: they are on their way, could not be fetched, or none fits.
#[component]
fn Otherwise(offer: Offer, found: Signal<Option<usize>>, looked_for: Memo<String>) -> impl IntoView {
    move || match (found.get(), offer.failure.get()) {
        (None, Some(failure)) => view! {
            <div class="flex items-center gap-3 px-4 py-3">
                <p role="alert" class="min-w-0 flex-1 text-sm wrap-anywhere text-danger">
                    {failure}
                </p>
                <Button
                    kind=ButtonKind::Secondary
                    size=ButtonSize::Small
                    icon=Icon::Refresh
                    on_click=move |()| offer.fetch(String::new())
                >
                    "Try again"
                </Button>
            </div>
        }
        .into_any(),
        (None, None) => view! {
            <div class="flex flex-col gap-4 px-4 py-3.5">
                <Skeleton class="h-3.5 w-48" />
                <Skeleton class="h-3.5 w-64 max-w-full" />
                <Skeleton class="h-3.5 w-40" />
            </div>
        }
        .into_any(),
        (Some(0), _) => {
            let words = if looked_for.with(|typed| typed.trim().is_empty()) {
                "There are no templates yet."
            } else {
                "No template has this name."
            };
            view! { <p class="px-4 py-3.5 text-sm text-muted">{words}</p> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// The way to making and changing them.
#[component]
fn Foot(kit: Kit) -> impl IntoView {
    let ui = use_ui();
    let manage = move |_| {
        kit.chat().picking.set(None);
        ui.go_to_settings("templates");
    };
    view! {
        <div class="flex shrink-0 items-center justify-between gap-3 border-t border-line px-2.5 py-1">
            <button type="button" class=FOOT on:click=manage>
                <Glyph icon=Icon::Settings size="size-3.5" />
                "Manage templates"
            </button>
            <span aria-hidden="true" class="text-xs text-muted pointer-coarse:hidden">
                "↑ ↓ to choose, Enter to take"
            </span>
        </div>
    }
    .into_any()
}

/// One template. The focus stays where what is looked for is typed.
#[component]
fn Choice(
    template: Template,
    team: Option<String>,
    option: usize,
    active: RwSignal<usize>,
    choose: Callback<usize>,
) -> impl IntoView {
    let whose = if template.is_built_in {
        Some("Built-in".to_owned())
    } else {
        template.team_id.and(team)
    };
    view! {
        <div
            id=option_id(option)
            role="option"
            aria-selected=move || (active.get() == option).to_string()
            class=OPTION
            on:pointermove=move |_: PointerEvent| {
                if active.get_untracked() != option {
                    active.set(option);
                }
            }
            on:mousedown=|event: MouseEvent| event.prevent_default()
            on:click=move |_| choose.run(option)
        >
            <span class="min-w-0 flex-1">
                <span class="block truncate font-medium" dir="auto">
                    {template.name}
                </span>
                <span class="block truncate text-xs text-muted" dir="auto">
                    {beginning(&template.prompt)}
                </span>
            </span>
            {whose.map(|whose| view! { <span class="max-w-32 shrink-0 truncate text-xs text-muted">{whose}</span> })}
        </div>
    }
    .into_any()
}

/// As much of a prompt as a line can show.
fn beginning(prompt: &str) -> String {
    prompt.split_whitespace().take(24).collect::<Vec<_>>().join(" ")
}
