//! Where threads lie: in a realm, in a project; and who sees them there.

use leptos::prelude::*;
use types::Patch;
use types::teams::TeamChoice;
use types::threads::{ChangeThreadRequest, ThreadRow, Visibility};
use types::views::{ProjectRow, ProjectRows};

use super::{Done, Fetching, Heard, List, Threads};
use crate::routes::{Page, project_at, thread_at};

/// A dialog about projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asking {
    /// What the new project is to be; a thread that is to lie in it.
    New(Option<ThreadRow>),
    /// Where a thread is to go.
    Move(ThreadRow),
}

impl Threads {
    /// Shows another realm; nothing changes if it is the one on show.
    pub fn enter(self, team_id: Option<String>) {
        if self.realm.has(team_id.as_deref()) {
            return;
        }
        self.realm.set(team_id);
        self.list.set(List::default());
        self.projects.set(None);
        self.fetching.set(Fetching::Idle);
        self.reload();
    }

    /// The reader chose a realm. What is on show of another one makes room.
    pub fn choose(self, team_id: Option<String>) {
        if self.realm.has(team_id.as_deref()) {
            return;
        }
        let path = untrack(|| self.ui.path());
        self.enter(team_id);
        if path == Page::Start.path() || thread_at(&path).is_some() || project_at(&path).is_some() {
            self.ui.go(Page::Start.path());
        }
    }

    /// The feed: the reader's teams. One that is on show and no longer among them makes room.
    pub fn take_teams(self, teams: Vec<TeamChoice>) {
        let session = self.session;
        let shown = untrack(|| self.realm.choice());
        let lost = untrack(|| self.realm.team()).filter(|id| teams.iter().all(|team| team.id != *id));
        if untrack(|| session.read(|person| person.teams != teams)) == Some(true) {
            session.change(|person| person.teams = teams);
        }
        if lost.is_some() {
            let name = shown.map_or_else(|| "this team".to_owned(), |team| ["“", &team.name, "”"].concat());
            self.toasts
                .show(["You are no longer in ", &name, ". These are your own chats."].concat());
            self.enter(None);
        }
    }

    /// The newest projects of the realm on show, once they are there; and follows them.
    pub fn projects(self) -> Option<ProjectRows> {
        self.projects.get()
    }

    /// The feed: something about projects has changed.
    pub fn take_projects(self, projects: ProjectRows) {
        _ = self.projects.try_set(Some(projects));
        self.tell(|| Heard::Projects);
    }

    /// Tells a page that lists threads of its own what happens to them; or no page any more.
    pub fn listen(self, listener: Option<Callback<Heard>>) {
        self.listener.set_value(listener);
    }

    pub(super) fn tell(self, heard: impl FnOnce() -> Heard) {
        if let Some(Some(listener)) = self.listener.try_get_value() {
            _ = listener.try_run(heard());
        }
    }

    /// Shows a thread to its team, or to nobody else any more.
    pub fn share(self, row: &ThreadRow, shared: bool) {
        let change = ChangeThreadRequest {
            visibility: Some(if shared {
                Visibility::Shared
            } else {
                Visibility::Private
            }),
            ..ChangeThreadRequest::default()
        };
        let refused = if shared {
            "The chat could not be shared."
        } else {
            "The chat could not be made private."
        };
        let left = row.project.clone();
        let done: Done = Box::new(move |row| {
            let text = match (shared, left.filter(|_| row.thread.project_id.is_none())) {
                (false, _) => "Only you see this chat now".to_owned(),
                (true, None) => "Everybody in the team sees this chat now".to_owned(),
                (true, Some(project)) => [
                    "The team sees this chat now. It left “",
                    &project,
                    "”, which only you see",
                ]
                .concat(),
            };
            self.toasts.undo(text, move || self.share(&row, !shared));
        });
        self.change(&row.thread.id, change, refused, Some(done));
    }

    /// Moves a thread into a project of its realm, or out of the one it lies in.
    pub fn put(self, row: &ThreadRow, project: Option<(String, String)>) {
        let before = row.thread.project_id.clone().zip(row.project.clone());
        if before.as_ref().map(|(id, _)| id) == project.as_ref().map(|(id, _)| id) {
            return;
        }
        let change = ChangeThreadRequest {
            project_id: match &project {
                Some((id, _)) => Patch::Value(id.clone()),
                None => Patch::Null,
            },
            ..ChangeThreadRequest::default()
        };
        let done: Done = Box::new(move |row| {
            let text = match &project {
                Some((_, name)) => ["Moved to “", name, "”"].concat(),
                None => "Taken out of its project".to_owned(),
            };
            self.toasts.undo(text, move || self.put(&row, before.clone()));
        });
        self.change(&row.thread.id, change, "The chat could not be moved.", Some(done));
    }

    /// A project beside the list, if it is among the newest.
    pub fn project(self, id: &str) -> Option<ProjectRow> {
        self.projects
            .with_untracked(|rows| rows.as_ref()?.projects.iter().find(|project| project.id == id).cloned())
    }
}
