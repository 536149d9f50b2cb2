//! One thread in the list.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::{A, Input};
use leptos::prelude::*;
use types::threads::{ThreadRow, Visibility};

use super::list::Item;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::menu::{Menu, MenuItem, MenuLine, MenuLink};
use crate::components::ui::spinner::Spinner;
use crate::contexts::realm::use_realm;
use crate::contexts::threads::{Asking, RefusedTitle, use_threads};
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::{effect, memo};
use crate::routes::{self, api};

const ROW: &str = "group/row relative h-8 in-data-compact:h-7 pointer-coarse:h-11 in-data-compact:pointer-coarse:h-11";
const LINK: &str = "flex h-full items-center gap-2 rounded-md px-2.5 text-sm text-ink-soft group-hover/row:bg-sunken group-hover/row:pr-9 group-focus-within/row:pr-9 focus-visible:-outline-offset-2 aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink pointer-coarse:pr-12 noscript:pr-2.5";
const BUTTON: &str = "inline-flex size-7 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-line hover:text-ink focus-visible:-outline-offset-2 aria-expanded:bg-line aria-expanded:text-ink pointer-coarse:size-10";
const MENU: &str = "absolute inset-y-0 right-0.5 flex items-center opacity-0 group-hover/row:opacity-100 group-focus-within/row:opacity-100 pointer-coarse:opacity-100 noscript:hidden";

/// Id of why a title was not taken.
const WHY: &str = "title-refused";

/// A thread: a link to it, how it stands there, and what can be done with it.
#[component]
pub fn ThreadItem(
    /// The thread as it was when it came into the document.
    row: ThreadRow,
    /// The lines that are in the document, with the thread as it is.
    items: Memo<Vec<Item>>,
) -> impl IntoView {
    let ui = use_ui();
    let href = routes::thread(&row.thread.id);
    let id = StoredValue::new(row.thread.id.clone());
    let row = Memo::new(move |before: Option<&ThreadRow>| {
        let now = items.with(|items| {
            id.with_value(|id| {
                items.iter().find_map(|item| match item {
                    Item::Row(row) if row.thread.id == *id => Some((**row).clone()),
                    _ => None,
                })
            })
        });
        // It is about to leave the document.
        now.or_else(|| before.cloned()).unwrap_or_else(|| row.clone())
    });
    let title = move || row.with(|row| row.thread.title.clone());
    let shown = memo(move || id.with_value(|id| ui.shows(id)));

    let renaming = RwSignal::new(false);
    let threads = use_threads();
    let refused = memo(move || id.with_value(|id| threads.refused_title(id)));
    effect(move || {
        if refused.with(Option::is_some) {
            renaming.set(true);
        }
    });
    let link = NodeRef::<A>::new();
    let back_to_link = StoredValue::new(false);
    effect(move || {
        if let Some(link) = link.get()
            && back_to_link.try_update_value(std::mem::take) == Some(true)
        {
            _ = link.focus();
        }
    });

    let state = move || {
        let (answering, unread, by_program) =
            row.with(|row| (row.answering, row.unread && !row.answering, row.by_program));
        let shared = row.with(|row| (row.thread.visibility == Visibility::Shared).then(|| row.author.clone()));
        view! {
            {shared
                .map(|author| {
                    let first = author.as_deref().and_then(|name| name.split_whitespace().next()).map(ToOwned::to_owned);
                    let said = author.map_or_else(|| ", shared".to_owned(), |name| ", shared by ".to_owned() + &name);
                    view! {
                        <span class="flex max-w-24 min-w-0 items-center gap-1 text-xs text-muted">
                            <Glyph icon=Icon::Users size="size-3.5" />
                            {first.map(|first| view! { <span class="truncate" aria-hidden="true">{first}</span> })}
                            <span class="sr-only">{said}</span>
                        </span>
                    }
                })}
            {by_program
                .then(|| {
                    view! {
                        <span class="text-muted">
                            <Glyph icon=Icon::Terminal size="size-3.5" />
                            <span class="sr-only">", by a program"</span>
                        </span>
                    }
                })}
            {answering
                .then(|| {
                    view! {
                        <Spinner />
                        <span class="sr-only">", answering"</span>
                    }
                })}
            {(unread && !shown.get())
                .then(|| {
                    view! {
                        <span class="size-1.5 rounded-full bg-accent"></span>
                        <span class="sr-only">", new answer"</span>
                    }
                })}
        }
    };

    view! {
        <div data-row="" class=ROW>
            {move || {
                if renaming.get() {
                    let done = Callback::new(move |focus| {
                        back_to_link.set_value(focus);
                        renaming.set(false);
                    });
                    return view! { <Rename id=id.get_value() title=untrack(title) refused done /> }.into_any();
                }
                view! {
                    <a
                        node_ref=link
                        href=href.clone()
                        class=LINK
                        aria-current=move || shown.get().then_some("page")
                    >
                        <span class="truncate">{title}</span>
                        <span class="ml-auto flex shrink-0 items-center gap-1.5 empty:hidden">{state}</span>
                    </a>
                }
                    .into_any()
            }}
            <div class=MENU class:hidden=renaming>
                <Menu label=Signal::derive(move || "Actions for ".to_owned() + &title()) class=BUTTON>
                    <Actions row renaming />
                </Menu>
            </div>
        </div>
    }
    .into_any()
}

/// What can be done with a thread; exists while its menu is open.
#[component]
fn Actions(row: Memo<ThreadRow>, renaming: RwSignal<bool>) -> impl IntoView {
    let threads = use_threads();
    let (id, pinned, mine) = row.with_untracked(|row| (row.thread.id.clone(), row.thread.pinned, row.author.is_none()));
    let writes = untrack(|| use_realm().writes(row.with(|row| row.thread.team_id.clone()).as_deref()));
    let export = |format: &str| [api::EXPORT, id.as_str(), "?format=", format].concat();
    let (json, markdown) = (export("json"), export("markdown"));
    let id = StoredValue::new(id);
    let (pin, pin_icon) = if pinned {
        ("Unpin", Icon::PinOff)
    } else {
        ("Pin", Icon::Pin)
    };
    view! {
        {writes
            .then(|| {
                view! {
                    <MenuItem label="Rename" icon=Icon::Pencil on_select=move |()| renaming.set(true) />
                    <MenuItem
                        label=pin
                        icon=pin_icon
                        on_select=move |()| id.with_value(|id| threads.pin(id, !pinned))
                    />
                    <Placing row=row.get_untracked() />
                    <MenuLine />
                }
            })}
        <MenuLink label="Export as Markdown" icon=Icon::Download href=markdown download=true />
        <MenuLink label="Export as JSON" icon=Icon::Download href=json download=true />
        {writes
            .then(|| {
                view! {
                    <MenuLine />
                    <MenuItem
                        label="Archive"
                        icon=Icon::Archive
                        on_select=move |()| id.with_value(|id| threads.archive(id))
                    />
                }
            })}
        {(writes && mine)
            .then(|| {
                view! {
                    <MenuItem
                        label="Delete"
                        icon=Icon::Trash
                        danger=true
                        on_select=move |()| id.with_value(|id| threads.delete(id))
                    />
                }
            })}
    }
    .into_any()
}

/// Where a thread lies and who sees it, to be changed by who may write to it.
#[component]
pub fn Placing(
    /// The thread.
    row: ThreadRow,
) -> impl IntoView {
    let threads = use_threads();
    let shared = row.thread.visibility == Visibility::Shared;
    // Only who started it decides who else sees it.
    let shares = row.thread.team_id.is_some() && row.author.is_none();
    let (share, icon) = if shared {
        ("Make private", Icon::User)
    } else {
        ("Share with team", Icon::Users)
    };
    let row = StoredValue::new(row);
    view! {
        <MenuItem
            label="Move to project…"
            icon=Icon::Folder
            on_select=move |()| threads.asking.set(row.try_get_value().map(Asking::Move))
        />
        {shares
            .then(|| {
                view! {
                    <MenuItem
                        label=share
                        icon
                        on_select=move |()| _ = row.try_with_value(|row| threads.share(row, !shared))
                    />
                }
            })}
    }
    .into_any()
}

/// The title while it is being changed: Enter or going elsewhere keeps what was typed, Esc doesn't.
#[component]
fn Rename(
    id: String,
    title: String,
    /// The title that was not taken, if one was.
    refused: Memo<Option<RefusedTitle>>,
    /// Called at the end; whether the focus should go back.
    done: Callback<bool>,
) -> impl IntoView {
    let threads = use_threads();
    let node = NodeRef::<Input>::new();
    effect(move || {
        if let Some(input) = node.get() {
            _ = input.focus();
            input.select();
        }
    });
    let id = StoredValue::new(id);
    let again = refused.get_untracked();
    let shown = again
        .as_ref()
        .map_or_else(|| title.clone(), |refused| refused.typed.clone());
    let before = StoredValue::new(title);
    let ended = StoredValue::new(false);
    let end = move |keep: bool, focus: bool| {
        let typed = node.get_untracked().map(|input| input.value()).unwrap_or_default();
        let typed = typed.trim();
        // What was refused would only be refused again: it stays until it is mended or given up.
        let same = refused.with_untracked(|refused| refused.as_ref().is_some_and(|refused| refused.typed == typed));
        if keep && same && !focus {
            return;
        }
        // The input loses the focus once more when it goes.
        if ended.try_update_value(|ended| std::mem::replace(ended, true)) != Some(false) {
            return;
        }
        if keep && !typed.is_empty() && before.with_value(|before| before != typed) {
            id.with_value(|id| threads.rename(id, typed));
        } else {
            threads.forget_refused();
        }
        done.run(focus);
    };
    let on_key = move |event: KeyboardEvent| {
        let keep = match event.key().as_str() {
            "Enter" if !event.is_composing() => true,
            "Escape" => false,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        end(keep, true);
    };
    view! {
        <input
            node_ref=node
            class="h-full w-full rounded-md border border-accent bg-raised px-2 text-sm text-ink focus-visible:-outline-offset-1"
            aria-label="Title of the chat"
            value=shown
            aria-invalid=again.is_some().then_some("true")
            aria-describedby=again.is_some().then_some(WHY)
            maxlength="200"
            autocomplete="off"
            on:keydown=on_key
            on:blur=move |_: FocusEvent| end(true, false)
        />
        {again
            .map(|refused| {
                view! {
                    <p
                        id=WHY
                        role="alert"
                        class="absolute inset-x-0 top-full z-10 mt-1 rounded-md bg-danger-soft px-2 py-1 text-xs font-medium text-danger shadow-pop"
                    >
                        {refused.why}
                    </p>
                }
            })}
    }
    .into_any()
}
