//! The newest projects, above the chats.

use leptos::prelude::*;
use types::views::ProjectRow;

use super::LINK;
use crate::components::icons::{Glyph, Icon};
use crate::components::projects::dot;
use crate::components::ui::button::IconButton;
use crate::components::ui::skeleton::Skeleton;
use crate::contexts::realm::use_realm;
use crate::contexts::threads::{Asking, Fetching, use_threads};
use crate::contexts::ui::use_ui;
use crate::hooks::each::each;
use crate::hooks::reactive::memo;
use crate::routes::{self, Page, project_at};

const ROW: &str = "flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm text-ink-soft hover:bg-sunken focus-visible:-outline-offset-2 aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink in-data-compact:h-7 pointer-coarse:h-11";

/// The section. As a strip it is one way to all projects.
#[component]
pub fn Projects() -> impl IntoView {
    let (threads, realm, ui) = (use_threads(), use_realm(), use_ui());
    let shown = memo(move || project_at(&ui.path()).map(ToOwned::to_owned));
    let more = memo(move || threads.projects().is_some_and(|rows| rows.next_cursor.is_some()));
    let waiting = memo(move || threads.projects().is_none() && threads.fetching() == Fetching::Busy);
    let writes = memo(move || realm.writes(realm.team().as_deref()));
    let rows = move || threads.projects().unwrap_or_default().projects;
    let row = move |project: ProjectRow| {
        let id = project.id;
        let href = routes::project(&id);
        view! {
            <a
                href=href
                class=ROW
                aria-current=move || shown.with(|shown| shown.as_deref() == Some(&*id)).then_some("page")
            >
                {dot(project.color)}
                <bdi class="min-w-0 flex-1 truncate">{project.name}</bdi>
                <span class="text-xs text-muted tabular-nums">
                    {project.thread_count} <span class="sr-only">{if project.thread_count == 1 { " chat" } else { " chats" }}</span>
                </span>
            </a>
        }
        .into_any()
    };
    view! {
        <nav aria-label="Projects" class="relative shrink-0 px-3 pt-1">
            <a
                href=Page::Projects.path()
                aria-label="Projects"
                data-tip="Projects"
                class=[LINK, "hidden! md:group-data-collapsed/frame:flex!"].join(" ")
            >
                <Glyph icon=Icon::Folder />
            </a>
            <details open=true class="group/projects md:group-data-collapsed/frame:hidden">
                <summary class="flex h-9 cursor-pointer list-none items-center gap-1 rounded-md px-2.5 text-xs font-medium text-muted hover:text-ink focus-visible:-outline-offset-2 pointer-coarse:h-11 [&::-webkit-details-marker]:hidden">
                    "Projects" <span class="transition-transform group-open/projects:rotate-90">
                        <Glyph icon=Icon::ChevronRight size="size-3.5" />
                    </span>
                </summary>
                <div class="max-h-[30dvh] overflow-y-auto overscroll-contain">
                    {each(
                        rows,
                        |project| [&*project.id, &project.name, project.color.as_str(), &project.thread_count.to_string()].join(" "),
                        row,
                    )}
                    {move || {
                        waiting
                            .get()
                            .then(|| {
                                view! {
                                    <div class="flex h-8 items-center px-2.5" aria-hidden="true">
                                        <Skeleton class="h-3 w-32" />
                                    </div>
                                }
                            })
                    }}
                    {move || {
                        more.get()
                            .then(|| {
                                view! {
                                    <a href=Page::Projects.path() class=[ROW, "text-muted"].join(" ")>
                                        <span class="size-2.5"></span>
                                        "All projects"
                                    </a>
                                }
                            })
                    }}
                </div>
            </details>
            {move || {
                writes
                    .get()
                    .then(|| {
                        view! {
                            <div class="absolute top-1.5 right-3 noscript:hidden md:group-data-collapsed/frame:hidden">
                                <IconButton
                                    icon=Icon::Plus
                                    label="New project"
                                    on_click=move |()| threads.asking.set(Some(Asking::New(None)))
                                />
                            </div>
                        }
                    })
            }}
        </nav>
    }
    .into_any()
}
