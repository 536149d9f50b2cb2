//! The archived chats.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::threads::{ChangeThreadRequest, ThreadRow};

use super::why;
use crate::components::icons::Icon;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::components::ui::time::Time;
use crate::contexts::realm::{Realm, use_realm};
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::dates::DateStyle;
use crate::hooks::each::each;
use crate::hooks::reactive::{effect, memo};
use crate::routes;
use crate::server_fns::threads::{archived_threads, change_thread, delete_thread, restore_thread};

/// The archived chats on show.
#[derive(Clone, Copy)]
pub(super) struct ArchivedList {
    /// None until they are there.
    rows: RwSignal<Option<Vec<ThreadRow>>>,
    cursor: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    heading: NodeRef<html::H3>,
    toasts: Toasts,
    realm: Realm,
}

impl ArchivedList {
    pub(super) fn new() -> Self {
        let list = Self {
            rows: RwSignal::new(None),
            cursor: RwSignal::new(None),
            loading: RwSignal::new(false),
            error: RwSignal::new(None),
            heading: NodeRef::new(),
            toasts: use_toasts(),
            realm: use_realm(),
        };
        effect(move || {
            _ = list.realm.team();
            list.load();
        });
        list
    }

    /// Fetches them from the beginning.
    pub(super) fn load(self) {
        self.fetch(None);
    }

    fn more(self) {
        let cursor = self.cursor.get_untracked();
        self.fetch(cursor);
    }

    fn fetch(self, cursor: Option<String>) {
        if self.loading.try_set(true).is_some() {
            return;
        }
        let team = untrack(|| self.realm.team());
        spawn_local(async move {
            let first = cursor.is_none();
            let answer = archived_threads(team, cursor).await;
            _ = self.loading.try_set(false);
            match answer {
                Ok(page) => {
                    _ = self.error.try_set(None);
                    _ = self.cursor.try_set(page.next_cursor);
                    _ = self.rows.try_update(|rows| match rows {
                        Some(rows) if !first => rows.extend(page.threads),
                        rows => *rows = Some(page.threads),
                    });
                }
                Err(failure) => _ = self.error.try_set(Some(why(&failure))),
            }
        });
    }

    /// Takes a row off the list; says where it was. The button that did it goes as well, so the focus goes to the heading.
    fn remove(self, id: &str) -> Option<(usize, ThreadRow)> {
        let removed = self.rows.try_update(|rows| {
            let rows = rows.as_mut()?;
            let at = rows.iter().position(|row| row.thread.id == id)?;
            Some((at, rows.remove(at)))
        })??;
        if let Some(heading) = self.heading.try_get_untracked().flatten() {
            _ = heading.focus();
        }
        Some(removed)
    }

    fn put_back(self, (at, row): (usize, ThreadRow)) {
        _ = self.rows.try_update(|rows| {
            if let Some(rows) = rows {
                rows.insert(at.min(rows.len()), row);
            }
        });
    }

    fn restore(self, id: String) {
        let Some(removed) = self.remove(&id) else { return };
        spawn_local(async move {
            let change = ChangeThreadRequest {
                archived: Some(false),
                ..ChangeThreadRequest::default()
            };
            match change_thread(id, change).await {
                Ok(_) => self
                    .toasts
                    .show("“".to_owned() + &removed.1.thread.title + "” is back in the sidebar."),
                Err(failure) => {
                    self.toasts
                        .fail("The chat was not restored. ".to_owned() + &why(&failure));
                    self.put_back(removed);
                }
            }
        });
    }

    fn delete(self, id: String) {
        let Some(removed) = self.remove(&id) else { return };
        spawn_local(async move {
            match delete_thread(id).await {
                Ok(()) => {
                    let text = "“".to_owned() + &removed.1.thread.title + "” deleted.";
                    self.toasts.undo(text, move || self.undelete(removed.clone()));
                }
                Err(failure) => {
                    self.toasts
                        .fail("The chat was not deleted. ".to_owned() + &why(&failure));
                    self.put_back(removed);
                }
            }
        });
    }

    fn undelete(self, removed: (usize, ThreadRow)) {
        spawn_local(async move {
            match restore_thread(removed.1.thread.id.clone()).await {
                Ok(_) => self.put_back(removed),
                Err(failure) => self
                    .toasts
                    .fail("The chat could not be brought back. ".to_owned() + &why(&failure)),
            }
        });
    }
}

/// The list, page by page.
#[component]
pub(super) fn Archived(list: ArchivedList) -> impl IntoView {
    let empty = memo(move || list.rows.with(|rows| rows.as_ref().map(Vec::is_empty)));
    let content = move || match (empty.get(), list.error.get()) {
        (None, Some(message)) => {
            view! { <ErrorState message busy=list.loading on_retry=move |()| list.load() /> }.into_any()
        }
        (None, None) => view! {
            <div aria-busy="true" class="divide-y divide-line">
                {(0..3)
                    .map(|_| {
                        view! {
                            <div class="flex h-14 flex-col justify-center gap-2">
                                <Skeleton class="h-3 w-48" />
                                <Skeleton class="h-2.5 w-24" />
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        }
        .into_any(),
        (Some(true), _) => view! {
            <EmptyState
                icon=Icon::Archive
                title="No archived chats"
                text="A chat that you archive leaves the sidebar and waits here."
            />
        }
        .into_any(),
        (Some(false), error) => view! {
            <ul class="divide-y divide-line">
                {each(
                    move || list.rows.get().unwrap_or_default(),
                    |row| row.thread.id.clone(),
                    move |row| view! { <ArchivedRow list row /> }.into_any(),
                )}
            </ul>
            {error
                .map(|error| {
                    view! {
                        <p role="alert" class="pt-3 text-center text-sm text-danger">
                            {error}
                        </p>
                    }
                })}
            <Show when=move || list.cursor.with(Option::is_some)>
                <div class="flex justify-center pt-3">
                    <Button
                        kind=ButtonKind::Secondary
                        size=ButtonSize::Small
                        busy=list.loading
                        on_click=move |()| list.more()
                    >
                        "Show more"
                    </Button>
                </div>
            </Show>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="settings-archived" class="mt-3 border-t border-line pt-5">
            <h3
                node_ref=list.heading
                id="settings-archived"
                tabindex="-1"
                class="flex min-h-8 items-center text-sm font-semibold outline-none"
            >
                "Archived chats"
            </h3>
            {content}
        </section>
    }
    .into_any()
}

#[component]
fn ArchivedRow(list: ArchivedList, row: ThreadRow) -> impl IntoView {
    let thread = row.thread;
    let restore = "Restore ".to_owned() + &thread.title;
    let delete = "Delete ".to_owned() + &thread.title;
    let (to_restore, to_delete) = (thread.id.clone(), thread.id.clone());
    view! {
        <li class="flex min-h-14 items-center gap-1 py-2">
            <div class="min-w-0 flex-1 pr-2">
                <a
                    href=routes::thread(&thread.id)
                    class="block truncate text-sm font-medium underline-offset-4 hover:underline"
                    title=thread.title.clone()
                >
                    {thread.title.clone()}
                </a>
                <p class="text-xs text-muted">
                    <Time at=thread.updated_at style=DateStyle::Date />
                </p>
            </div>
            <Button
                kind=ButtonKind::Quiet
                size=ButtonSize::Small
                icon=Icon::ArchiveRestore
                label=restore
                on_click=move |()| list.restore(to_restore.clone())
            >
                "Restore"
            </Button>
            <IconButton icon=Icon::Trash label=delete on_click=move |()| list.delete(to_delete.clone()) />
        </li>
    }
    .into_any()
}
