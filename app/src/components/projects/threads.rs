//! The chats of a project.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::threads::ThreadRow;

use super::page::Place;
use crate::components::icons::{Glyph, Icon};
use crate::components::sidebar::list::Item;
use crate::components::sidebar::row::ThreadItem;
use crate::components::teams::why;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, button_class};
use crate::components::ui::card::CARD;
use crate::components::ui::states::EmptyState;
use crate::contexts::threads::{Heard, use_threads};
use crate::hooks::each::each;
use crate::hooks::order::sort;
use crate::hooks::reactive::memo;
use crate::routes;
use crate::server_fns::projects::project_threads;

/// The list, with the way to a new chat.
#[component]
pub fn Chats(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let threads = use_threads();
    let rows = place.threads;
    let busy = RwSignal::new(false);
    let more = move |()| {
        let from = place.cursor.get_untracked();
        busy.set(true);
        spawn_local(async move {
            let answer = project_threads(place.id(), from).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(page) => {
                    place.cursor.set(page.next_cursor);
                    rows.update(|rows| {
                        for row in page.threads {
                            take(rows, row);
                        }
                    });
                }
                Err(failure) => place.toasts.fail(why(&failure)),
            }
        });
    };
    // Where the sidebar has a row too, it is the first to know what is done to it.
    let items = memo(move || {
        rows.with(|rows| {
            let fresh = |row: &ThreadRow| threads.get(&row.thread.id).unwrap_or_else(|| row.clone());
            rows.iter().map(fresh).map(Box::new).map(Item::Row).collect::<Vec<_>>()
        })
    });
    let empty = memo(move || rows.with(Vec::is_empty));
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    let new = move || {
        writable.get().then(|| {
            view! {
                <a
                    href=routes::new_chat_in(&place.id())
                    class=button_class(ButtonKind::Primary, ButtonSize::Standard)
                >
                    <Glyph icon=Icon::Plus />
                    "New chat in this project"
                </a>
            }
        })
    };
    view! {
        <section aria-labelledby="project-chats">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <h2 id="project-chats" class="text-sm font-semibold">
                    "Chats"
                </h2>
                {move || (!empty.get()).then(new)}
            </div>
            <div class=[CARD, "p-1.5"].join(" ")>
                {move || {
                    empty
                        .get()
                        .then(|| {
                            view! {
                                <EmptyState
                                    icon=Icon::Message
                                    title="No chats in this project yet"
                                    text="Begin one here, or move one in from its menu in the sidebar."
                                >
                                    {new}
                                </EmptyState>
                            }
                        })
                }}
                {each(
                    move || items.get(),
                    |item| match item {
                        Item::Row(row) => row.thread.id.clone(),
                        Item::Heading(label) => label.clone(),
                    },
                    move |item| match item {
                        Item::Row(row) => view! { <ThreadItem row=*row items /> }.into_any(),
                        Item::Heading(_) => ().into_any(),
                    },
                )}
            </div>
            <Show when=move || place.cursor.with(Option::is_some)>
                <div class="mt-3 flex justify-center">
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=more>
                        "Show more"
                    </Button>
                </div>
            </Show>
        </section>
    }
    .into_any()
}

/// Puts a thread where it belongs.
fn take(rows: &mut Vec<ThreadRow>, row: ThreadRow) {
    rows.retain(|known| known.thread.id != row.thread.id);
    rows.push(row);
    sort(rows, |a, b| {
        let key = |row: &ThreadRow| (row.thread.updated_at.clone(), row.thread.id.clone());
        key(b).cmp(&key(a))
    });
}

impl Place {
    /// Takes in what happens to threads anywhere.
    pub(super) fn hear(self, heard: Heard) {
        match heard {
            Heard::Row(row) => {
                let here = row.thread.project_id.as_deref() == Some(&*self.id()) && !row.thread.archived;
                if here {
                    self.threads.update(|rows| take(rows, *row));
                } else {
                    self.drop_thread(&row.thread.id);
                }
            }
            Heard::Gone(id) => self.drop_thread(&id),
            Heard::Projects => self.load(),
        }
    }

    fn drop_thread(self, id: &str) {
        let known = self
            .threads
            .try_with_untracked(|rows| rows.iter().any(|row| row.thread.id == id));
        if known == Some(true) {
            self.threads.update(|rows| rows.retain(|row| row.thread.id != id));
        }
    }
}
