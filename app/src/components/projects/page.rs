//! The page of one project.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::ErrorCode;
use types::projects::{Project, Sharing};
use types::threads::ThreadRow;
use types::views::OpenProject;

use super::about::{Ending, Instructions, Settings};
use super::documents::DocumentsOf;
use super::name::Name;
use super::threads::Chats;
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::title::Title;
use crate::components::teams::why;
use crate::components::ui::badge::Badge;
use crate::components::ui::button::{ButtonKind, ButtonSize, button_class};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::threads::{Threads, use_threads};
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::reactive::{effect, memo};
use crate::routes::Page;
use crate::server_fns::Failure;
use crate::server_fns::projects::open_project;

/// The project on the page.
#[derive(Clone, Copy)]
pub struct Place {
    id: StoredValue<String>,
    state: RwSignal<State>,
    open: RwSignal<Option<OpenProject>>,
    /// Its instructions as they are saved.
    pub(super) context: RwSignal<String>,
    /// Its threads, as far as they are loaded.
    pub(super) threads: RwSignal<Vec<ThreadRow>>,
    /// Where the next page of them begins.
    pub(super) cursor: RwSignal<Option<String>>,
    /// For what is said in passing.
    pub(super) toasts: Toasts,
    /// Counts what was asked for: only the newest answer counts.
    asked: StoredValue<u32>,
    all: Threads,
}

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    Gone,
    Failed(String),
    Here,
}

impl Place {
    fn new(id: String, first: Option<Result<OpenProject, Failure>>) -> Self {
        let place = Self {
            id: StoredValue::new(id),
            state: RwSignal::new(State::Waiting),
            open: RwSignal::new(None),
            context: RwSignal::new(String::new()),
            threads: RwSignal::new(Vec::new()),
            cursor: RwSignal::new(None),
            toasts: use_toasts(),
            asked: StoredValue::new(0),
            all: use_threads(),
        };
        let waiting = first.is_none();
        if let Some(first) = first {
            place.take(first);
        }
        effect(move || {
            place.hears(true);
            if waiting {
                place.load();
            }
        });
        on_cleanup(move || place.hears(false));
        place
    }

    /// The project's id.
    pub(super) fn id(self) -> String {
        self.id.try_get_value().unwrap_or_default()
    }

    /// Whether the page takes in what happens to threads and projects.
    pub(super) fn hears(self, hears: bool) {
        let listener = hears.then(|| Callback::new(move |heard| self.hear(heard)));
        self.all.listen(listener);
    }

    /// Reads something of it, and follows it.
    pub(super) fn read<T>(self, read: impl FnOnce(&OpenProject) -> T) -> Option<T> {
        self.open.with(|open| open.as_ref().map(read))
    }

    /// Shows a change before the server has taken it over.
    pub(super) fn show(self, change: impl FnOnce(&mut Project)) {
        _ = self.open.try_update(|open| {
            if let Some(open) = open {
                change(&mut open.project);
            }
        });
    }

    /// The project as the server has it now.
    pub(super) fn changed(self, project: Project) {
        _ = self.context.try_set(project.context.clone());
        self.show(|known| *known = project);
    }

    /// Fetches it anew.
    pub(super) fn load(self) {
        let Some(asked) = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        }) else {
            return;
        };
        let id = self.id();
        spawn_local(async move {
            let answer = open_project(id).await;
            if self.asked.try_get_value() == Some(asked) {
                self.take(answer);
            }
        });
    }

    fn take(self, answer: Result<OpenProject, Failure>) {
        match answer {
            Ok(mut open) => {
                self.all.enter(open.project.team_id.clone());
                self.context.set(open.project.context.clone());
                let threads = std::mem::take(&mut open.threads.threads);
                let loaded = self.threads.with_untracked(Vec::len);
                // Whoever has gone on to older ones keeps them.
                if loaded <= threads.len() || open.threads.next_cursor.is_none() {
                    self.threads.set(threads);
                    self.cursor.set(open.threads.next_cursor.take());
                }
                self.open.set(Some(open));
                self.state.set(State::Here);
            }
            Err(failure) => {
                #[cfg(feature = "ssr")]
                crate::ssr::set_status(failure.code());
                match failure.code() {
                    ErrorCode::NotFound | ErrorCode::NotTeamMember | ErrorCode::Forbidden => {
                        self.state.set(State::Gone);
                    }
                    // What is on show stays: it was only to be looked at again.
                    _ if self.state.get_untracked() == State::Here => {}
                    _ => self.state.set(State::Failed(why(&failure))),
                }
            }
        }
    }
}

/// A project: its threads, what the models are told in them, and what is set.
#[component]
pub fn ProjectView(
    /// The project's id.
    id: String,
    /// What the document brought along.
    first: Option<Result<OpenProject, Failure>>,
) -> impl IntoView {
    let place = Place::new(id, first);
    let state = memo(move || place.state.get());
    let title = move || match state.get() {
        State::Here => place.read(|open| open.project.name.clone()).unwrap_or_default(),
        State::Gone => "Project not found".to_owned(),
        _ => "Project".to_owned(),
    };
    let shared = memo(move || {
        place
            .read(|open| open.project.sharing == Sharing::Team)
            .unwrap_or_default()
    });
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    let body = move || match state.get() {
        State::Waiting => view! {
            <h1 class="sr-only">"Project"</h1>
            <div class="flex flex-col gap-4" aria-busy="true">
                <Skeleton class="h-6 w-2/5" />
                <Skeleton class="h-40 w-full" />
                <Skeleton class="h-40 w-full" />
            </div>
        }
        .into_any(),
        State::Gone => view! {
            <h1 class="sr-only">"Project not found"</h1>
            <EmptyState
                icon=Icon::Folder
                title="There is no such project"
                text="It was deleted, or it belongs to somebody else."
            >
                <a href=Page::Projects.path() class=button_class(ButtonKind::Primary, ButtonSize::Standard)>
                    "To your projects"
                </a>
            </EmptyState>
        }
        .into_any(),
        State::Failed(message) => view! {
            <h1 class="sr-only">"Project"</h1>
            <ErrorState message on_retry=move |()| place.load() />
        }
        .into_any(),
        State::Here => view! {
            <Name place />
            <div class="mt-1.5 flex flex-wrap items-center gap-2 empty:hidden">
                {move || shared.get().then(|| view! { <Badge icon=Icon::Users>"Shared with the team"</Badge> })}
                {move || {
                    (!writable.get())
                        .then(|| {
                            view! {
                                <p class="text-sm text-muted">
                                    "You are a viewer of this team: you can read its projects, but not change them."
                                </p>
                            }
                        })
                }}
            </div>
            <div class="mt-6 flex flex-col gap-8">
                <Chats place />
                <DocumentsOf place />
                <Instructions place />
                <Settings place />
                <Ending place />
            </div>
        }
        .into_any(),
    };
    view! {
        <Title text=Signal::derive(title) />
        <a
            href=Page::Projects.path()
            class="mb-4 inline-flex items-center gap-1 rounded text-sm text-muted hover:text-ink pointer-coarse:min-h-11"
        >
            <Glyph icon=Icon::ChevronLeft />
            "Projects"
        </a>
        {body}
    }
    .into_any()
}
