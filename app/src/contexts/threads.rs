//! The person's threads, as the sidebar lists them.

mod list;
mod places;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::threads::{ChangeThreadRequest, ThreadRow};
use types::views::{ProjectRow, ProjectRows, Sidebar};

use self::list::List;
pub use self::places::Asking;
use super::realm::{Realm, use_realm};
use super::session::{Session, use_session};
use super::toasts::{Toasts, use_toasts};
use super::ui::{Ui, use_ui};
use crate::hooks::failures::signed_out;
use crate::routes::{self, Page};
use crate::server_fns::Failure;
use crate::server_fns::threads::{change_thread, delete_thread, restore_thread, sidebar};

/// How far fetching has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetching {
    /// Nothing is on its way.
    Idle,
    /// A page is on its way.
    Busy,
    /// The last page could not be fetched; why.
    Failed(String),
}

/// The threads that are loaded, and what can be done with them. What is done shows at once; if the server then refuses,
/// it is taken back and said why.
#[derive(Clone, Copy)]
pub struct Threads {
    list: RwSignal<List>,
    fetching: RwSignal<Fetching>,
    at: StoredValue<String>,
    toasts: Toasts,
    ui: Ui,
    realm: Realm,
    session: Session,
    refused: RwSignal<Option<RefusedTitle>>,
    projects: RwSignal<Option<ProjectRows>>,
    listener: StoredValue<Option<Callback<Heard>>>,
    /// The project that a new chat is to lie in.
    pub place: RwSignal<Option<ProjectRow>>,
    /// Which of the dialogs about projects is open.
    pub asking: RwSignal<Option<Asking>>,
}

/// What is told to a page that lists threads of its own.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A thread is new or has changed.
    Row(Box<ThreadRow>),
    /// A thread is gone.
    Gone(String),
    /// Threads came or went by the dozen, or something about projects has changed.
    Projects,
}

/// A title that was not taken: it is not lost, its row shows it once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedTitle {
    /// The thread.
    pub id: String,
    /// What was typed.
    pub typed: String,
    /// Why it was not taken.
    pub why: String,
}

/// What follows once the server has taken something over.
type Done = Box<dyn FnOnce(ThreadRow)>;

/// Makes the [`Threads`] available to everything below, beginning with what the document brought.
pub(crate) fn provide_threads(first: Option<Result<Sidebar, Failure>>, place: Option<ProjectRow>) -> Threads {
    let threads = Threads {
        list: RwSignal::new(List::default()),
        fetching: RwSignal::new(Fetching::Idle),
        at: StoredValue::new(String::new()),
        toasts: use_toasts(),
        ui: use_ui(),
        realm: use_realm(),
        session: use_session(),
        refused: RwSignal::new(None),
        projects: RwSignal::new(None),
        listener: StoredValue::new(None),
        place: RwSignal::new(place),
        asking: RwSignal::new(None),
    };
    match first {
        Some(Ok(first)) => threads.begin(first),
        Some(Err(failure)) => threads.fetching.set(Fetching::Failed(failure.to_string())),
        None => {}
    }
    provide_context(threads);
    threads
}

/// The [`Threads`] of the person. Only within the frame.
pub fn use_threads() -> Threads {
    expect_context()
}

impl Threads {
    fn begin(self, mut first: Sidebar) {
        self.at.set_value(first.at.clone());
        _ = self.projects.try_set(first.projects.take());
        _ = self.list.try_set(List::of(first));
    }

    /// Reads the rows in their order, pinned ones first, and follows them.
    pub fn with<T>(self, read: impl FnOnce(&[ThreadRow]) -> T) -> T {
        self.list.with(|list| read(list.rows()))
    }

    /// One thread, if it is loaded; follows the whole list, so a `Memo` should stand in between.
    pub fn get(self, id: &str) -> Option<ThreadRow> {
        self.list.with(|list| list.get(id).cloned())
    }

    /// Whether there are threads that are not loaded, and follows that.
    pub fn has_more(self) -> bool {
        self.list.with(|list| list.cursor().is_some())
    }

    /// How far fetching has come, and follows it.
    pub fn fetching(self) -> Fetching {
        self.fetching.get()
    }

    /// Where the feed stood when the list was read.
    pub fn at(self) -> String {
        self.at.get_value()
    }

    /// The feed: a thread that is new or has changed.
    pub fn upsert(self, row: ThreadRow) {
        if self.realm.has(row.thread.team_id.as_deref()) {
            self.tell(|| Heard::Row(Box::new(row.clone())));
            _ = self.list.try_update(|list| list.upsert(row));
        }
    }

    /// What a request of one's own says of a thread, which the feed may have overtaken; what is known then.
    pub fn answered(self, row: ThreadRow) -> ThreadRow {
        if let Some(known) = self.list.with_untracked(|list| list.known_since(&row).cloned()) {
            return known;
        }
        self.upsert(row.clone());
        row
    }

    /// The feed: a thread that is no longer there.
    pub fn gone(self, id: &str) {
        self.tell(|| Heard::Gone(id.to_owned()));
        _ = self.list.try_update(|list| list.gone(id));
    }

    /// The feed: the newest threads, after more was missed than it could send.
    pub fn apply_snapshot(self, newest: Vec<ThreadRow>) {
        self.tell(|| Heard::Projects);
        _ = self.list.try_update(|list| list.snapshot(newest));
    }

    /// Fetches the next page, unless one is on its way or there is none.
    pub fn load_more(self) {
        if let Some(cursor) = self.list.with_untracked(|list| list.cursor().map(ToOwned::to_owned)) {
            self.fetch(Some(cursor));
        }
    }

    /// Fetches the list anew.
    pub fn reload(self) {
        self.fetch(None);
    }

    fn fetch(self, cursor: Option<String>) {
        if self.fetching.get_untracked() == Fetching::Busy {
            return;
        }
        self.fetching.set(Fetching::Busy);
        self.list.update_untracked(List::expect_page);
        let team = untrack(|| self.realm.team());
        spawn_local(async move {
            let first = cursor.is_none();
            let page = sidebar(team.clone(), cursor).await;
            if !self.realm.has(team.as_deref()) {
                return;
            }
            let now = match page {
                Ok(page) if first => {
                    self.begin(page);
                    Fetching::Idle
                }
                Ok(page) => {
                    _ = self.list.try_update(|list| list.append(page));
                    Fetching::Idle
                }
                Err(failure) if signed_out(&failure) => return,
                Err(failure) => Fetching::Failed(failure.to_string()),
            };
            _ = self.fetching.try_set(now);
        });
    }

    /// The title that was last refused, if it is this thread's; and follows that.
    pub fn refused_title(self, id: &str) -> Option<RefusedTitle> {
        self.refused
            .with(|refused| refused.as_ref().filter(|refused| refused.id == id).cloned())
    }

    /// Gives a thread another title. What is refused comes back in [`Self::refused_title`].
    pub fn rename(self, id: &str, title: &str) {
        self.forget_refused();
        let change = ChangeThreadRequest {
            title: Some(title.to_owned()),
            ..ChangeThreadRequest::default()
        };
        self.change(id, change, "The chat could not be renamed.", None);
    }

    /// Nobody wants a refused title any more.
    pub fn forget_refused(self) {
        if self.refused.with_untracked(Option::is_some) {
            self.refused.set(None);
        }
    }

    /// Pins a thread to the top, or takes it down.
    pub fn pin(self, id: &str, pinned: bool) {
        let change = ChangeThreadRequest {
            pinned: Some(pinned),
            ..ChangeThreadRequest::default()
        };
        let refused = if pinned {
            "The chat could not be pinned."
        } else {
            "The chat could not be unpinned."
        };
        self.change(id, change, refused, None);
    }

    /// Archives a thread, and offers to take that back.
    pub fn archive(self, id: &str) {
        self.set_archived(id, true);
    }

    /// Takes a thread out of the archive.
    pub fn unarchive(self, id: &str) {
        self.set_archived(id, false);
    }

    fn set_archived(self, id: &str, archived: bool) {
        let change = ChangeThreadRequest {
            archived: Some(archived),
            ..ChangeThreadRequest::default()
        };
        let refused = if archived {
            "The chat could not be archived."
        } else {
            "The chat could not be taken out of the archive."
        };
        let undo = id.to_owned();
        let done: Done = Box::new(move |_| {
            if archived {
                self.toasts.undo("Chat archived", move || self.unarchive(&undo));
            }
        });
        self.change(id, change, refused, Some(done));
    }

    fn change(self, id: &str, change: ChangeThreadRequest, refused: &'static str, done: Option<Done>) {
        let before = self.list.with_untracked(|list| list.get(id).cloned());
        let archives = change.archived == Some(true);
        self.list.update(|list| {
            list.change(id, |row| {
                if let Some(title) = &change.title {
                    row.thread.title.clone_from(title);
                }
                row.thread.pinned = change.pinned.unwrap_or(row.thread.pinned);
                row.thread.archived = archives;
                row.thread.visibility = change.visibility.unwrap_or(row.thread.visibility);
                if let Some(project_id) = change.project_id.clone().into_change() {
                    row.project = None;
                    row.thread.project_id = project_id;
                }
            });
        });
        let id = id.to_owned();
        let typed = change.title.clone();
        spawn_local(async move {
            match change_thread(id.clone(), change).await {
                Ok(row) => {
                    self.upsert(row.clone());
                    if let Some(done) = done {
                        done(row);
                    }
                }
                Err(failure) => {
                    if let Some(before) = before {
                        self.put_back(before);
                    }
                    match typed {
                        Some(typed) if !signed_out(&failure) => {
                            let why = failure.field("title").unwrap_or(&failure.0.error).to_owned();
                            _ = self.refused.try_set(Some(RefusedTitle { id, typed, why }));
                        }
                        Some(_) => {}
                        None => self.failed(refused, &failure),
                    }
                }
            }
        });
    }

    /// Deletes a thread, and offers to take that back. Whoever has it open is led to the start page.
    pub fn delete(self, id: &str) {
        let before = self.list.with_untracked(|list| list.get(id).cloned());
        let was_open = untrack(|| self.ui.shows(id));
        self.gone(id);
        if was_open {
            self.ui.go(Page::Start.path());
        }
        let id = id.to_owned();
        spawn_local(async move {
            match delete_thread(id.clone()).await {
                Ok(()) => self
                    .toasts
                    .undo("Chat deleted", move || self.restore(id.clone(), was_open)),
                Err(failure) => {
                    if let Some(before) = before {
                        self.put_back(before);
                    }
                    self.failed("The chat could not be deleted.", &failure);
                }
            }
        });
    }

    fn restore(self, id: String, open: bool) {
        spawn_local(async move {
            match restore_thread(id.clone()).await {
                Ok(row) => {
                    self.upsert(row);
                    if open && untrack(|| self.ui.path()) == Page::Start.path() {
                        self.ui.go(routes::thread(&id));
                    }
                }
                Err(failure) => self.failed("The chat could not be restored.", &failure),
            }
        });
    }

    /// Puts a row back as it was before something was tried; what was said meanwhile stays.
    fn put_back(self, before: ThreadRow) {
        _ = self.list.try_update(|list| {
            let mut row = list.get(&before.thread.id).cloned().unwrap_or_else(|| before.clone());
            row.thread.title = before.thread.title;
            row.thread.pinned = before.thread.pinned;
            row.thread.archived = before.thread.archived;
            row.thread.visibility = before.thread.visibility;
            row.thread.project_id = before.thread.project_id;
            row.project = before.project;
            list.upsert(row);
        });
    }

    fn failed(self, what: &str, failure: &Failure) {
        if !signed_out(failure) {
            let field = failure.0.fields.first();
            let why = field.map_or(&failure.0.error, |field| &field.message);
            self.toasts.fail([what, " ", why].concat());
        }
    }
}
