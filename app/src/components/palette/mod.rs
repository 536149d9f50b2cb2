//! Search and go: chats, pages and actions by name. And the list of shortcuts.

mod entries;
mod rank;
pub mod shortcuts;

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::views::ProjectRow;

use self::entries::{Entry, Section, entries, of_messages, of_projects};
use self::shortcuts::Shortcuts;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::dialog::Dialog;
use crate::contexts::realm::use_realm;
use crate::contexts::threads::use_threads;
use crate::contexts::ui::use_ui;
use crate::hooks::early_keys::take_keys;
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::projects::project_rows;
use crate::server_fns::search::search_messages;

/// Letters from which on messages are searched, and how long typing rests before.
const SHORTEST: usize = 2;
const REST: Duration = Duration::from_millis(120);

const LIST: &str = "palette-list";
const OPTION: &str = "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm text-ink-soft aria-selected:bg-sunken aria-selected:text-ink pointer-coarse:min-h-11";

/// The palette and the list of shortcuts; each shows itself when the frame says so.
#[component]
pub fn Palette() -> impl IntoView {
    let ui = use_ui();
    view! {
        <Dialog open=ui.palette title="Search" bare=true>
            <Search />
        </Dialog>
        <Dialog open=ui.shortcuts title="Keyboard shortcuts">
            <Shortcuts />
        </Dialog>
    }
}

fn option_id(option: usize) -> String {
    "palette-".to_owned() + &option.to_string()
}

/// The input and what it finds; exists while the palette is open.
#[component]
fn Search() -> impl IntoView {
    let ui = use_ui();
    let threads = use_threads();
    // What was typed while this was on its way.
    let typed = RwSignal::new(take_keys());
    let active = RwSignal::new(0_usize);
    let list = NodeRef::<Div>::new();
    let context = entries::Context::new();
    let projects = use_projects();
    let messages = use_messages(typed);
    let found = memo(move || {
        let mut found = typed.with(|typed| threads.with(|rows| entries(typed, rows, context)));
        let entries = typed.with(|typed| projects.with(|projects| of_projects(typed, projects)));
        if !entries.is_empty() {
            found.push(Section {
                heading: "Projects",
                entries,
            });
        }
        let entries = messages.get();
        if !entries.is_empty() {
            found.push(Section {
                heading: "Messages",
                entries,
            });
        }
        found
    });

    let count =
        move || found.with_untracked(|sections| sections.iter().map(|section| section.entries.len()).sum::<usize>());
    let run = move |option: usize| {
        let target = found.with_untracked(|sections| {
            let entry = sections.iter().flat_map(|section| &section.entries).nth(option)?;
            Some(entry.target.clone())
        });
        if let Some(target) = target {
            ui.palette.set(false);
            context.run(target);
        }
    };
    let go = move |option: usize| {
        active.set(option);
        if let Some(option) = list.get_untracked().and_then(|list| {
            list.query_selector(&("#".to_owned() + &option_id(option)))
                .ok()
                .flatten()
        }) {
            option.scroll_into_view_with_bool(false);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let (now, count) = (active.get_untracked(), count());
        match event.key().as_str() {
            "ArrowDown" if count > 0 => go((now + 1) % count),
            "ArrowUp" if count > 0 => go((now + count - 1) % count),
            "Enter" => run(now),
            // The key that opened it.
            key if key.eq_ignore_ascii_case("k") && (event.ctrl_key() || event.meta_key()) => ui.palette.set(false),
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        active.set(0);
        if let Some(list) = list.get_untracked() {
            list.set_scroll_top(0);
        }
    };
    let said = move || {
        found.with(
            |sections| match sections.iter().map(|section| section.entries.len()).sum::<usize>() {
                0 => "Nothing found".to_owned(),
                1 => "1 result".to_owned(),
                count => count.to_string() + " results",
            },
        )
    };

    let sections = move || {
        let mut next = 0;
        found
            .get()
            .into_iter()
            .map(|Section { heading, entries }| {
                let options = entries
                    .into_iter()
                    .map(|entry| {
                        let option = next;
                        next += 1;
                        view! { <Choice entry option active run=Callback::new(run) /> }
                    })
                    .collect_view();
                view! {
                    <div role="group" aria-label=heading class="pb-1">
                        <div aria-hidden="true" class="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">
                            {heading}
                        </div>
                        {options}
                    </div>
                }
            })
            .collect_view()
    };

    view! {
        <div class="flex h-[min(28rem,70dvh)] flex-col">
            <div class="flex shrink-0 items-center gap-2.5 border-b border-line px-4">
                <span class="text-muted">
                    <Glyph icon=Icon::Search />
                </span>
                <input
                    type="text"
                    role="combobox"
                    autofocus=true
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-label="Search chats, messages, pages and actions"
                    aria-autocomplete="list"
                    aria-expanded="true"
                    aria-controls=LIST
                    aria-activedescendant=move || {
                        found.with(|sections| !sections.is_empty()).then(|| option_id(active.get()))
                    }
                    placeholder="Search chats, or go to…"
                    prop:value=typed
                    class="h-13 min-w-0 flex-1 bg-transparent text-ink outline-none"
                    on:input=on_input
                    on:keydown=on_key
                />
            </div>
            <div
                node_ref=list
                id=LIST
                role="listbox"
                aria-label="Results"
                class="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-2"
            >
                {sections}
            </div>
            <Show when=move || found.with(Vec::is_empty)>
                <p class="absolute inset-x-0 top-28 px-6 text-center text-sm text-muted">
                    "No chat, no message and no page has this in it."
                </p>
            </Show>
            <p role="status" class="sr-only">
                {said}
            </p>
        </div>
    }
    .into_any()
}

/// The newest projects of the realm on show: those beside the list at once, then a page of them.
fn use_projects() -> RwSignal<Vec<ProjectRow>> {
    let (threads, realm) = (use_threads(), use_realm());
    let projects = RwSignal::new(untrack(|| threads.projects()).unwrap_or_default().projects);
    let team = untrack(|| realm.team());
    effect(move || {
        let team = team.clone();
        spawn_local(async move {
            match project_rows(team, None).await {
                Ok(page) => _ = projects.try_set(page.projects),
                Err(failure) => _ = signed_out(&failure),
            }
        });
    });
    projects
}

/// Messages in which what is typed was said, a moment after it was typed.
fn use_messages(typed: RwSignal<String>) -> RwSignal<Vec<Entry>> {
    let found = RwSignal::new(Vec::new());
    let realm = use_realm();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    effect(move || {
        let q = typed.with(|typed| typed.trim().to_owned());
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        if q.chars().count() < SHORTEST {
            if found.with_untracked(|found| !found.is_empty()) {
                found.set(Vec::new());
            }
            return;
        }
        let team = untrack(|| realm.team());
        let search = move || {
            spawn_local(async move {
                let answer = search_messages(q.clone(), team).await;
                // Somebody may have typed on.
                if typed.try_with_untracked(|typed| typed.trim() == q) == Some(true) {
                    match answer {
                        Ok(answer) => found.set(of_messages(answer)),
                        Err(failure) => _ = signed_out(&failure),
                    }
                }
            });
        };
        timer.set_value(set_timeout_with_handle(search, REST).ok());
    });
    on_cleanup(move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    });
    found
}

/// One result. The focus stays in the input.
#[component]
fn Choice(entry: Entry, option: usize, active: RwSignal<usize>, run: Callback<usize>) -> impl IntoView {
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
            on:click=move |_| run.run(option)
        >
            <span class="text-muted">
                <Glyph icon=entry.icon />
            </span>
            <span class="min-w-0 flex-1">
                <span class="block truncate">{entry.name}</span>
                {entry
                    .passage
                    .map(|passage| {
                        view! {
                            <span
                                class="block truncate text-xs text-muted [&_mark]:rounded-sm [&_mark]:bg-accent-soft [&_mark]:text-accent"
                                inner_html=passage
                            ></span>
                        }
                    })}
            </span>
            <span class="shrink-0 text-xs text-muted">{entry.note}</span>
        </div>
    }
    .into_any()
}
