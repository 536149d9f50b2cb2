//! What there is to find.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::search::{SearchAnswer, SearchResult};
use types::settings::{ChangeSettingsRequest, ThemePreference};
use types::threads::ThreadRow;
use types::views::ProjectRow;

use super::rank::{best, rank};
use crate::components::icons::Icon;
use crate::contexts::session::{Session, use_session};
use crate::contexts::theme::show_looks;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::contexts::ui::{Ui, use_ui};
use crate::hooks::failures::signed_out;
use crate::hooks::order::sort;
use crate::routes::{self, Page};
use crate::server_fns::settings::save_settings;

/// Chats that are found at most, and that are offered before anything is typed.
const MOST: usize = 20;
const RECENT: usize = 6;

/// Where a result leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Thread(String),
    Project(String),
    /// A message in its thread: an address.
    Message(String),
    Page(Page),
    Settings(&'static str),
    Theme(ThemePreference),
    Shortcuts,
    /// The API's reference, a document of its own.
    Reference,
    SignOut,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub icon: Icon,
    pub name: String,
    /// A line under the name: escaped HTML with what was found in `<mark>`.
    pub passage: Option<String>,
    /// A word at the right.
    pub note: &'static str,
    pub target: Target,
}

/// Results of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub heading: &'static str,
    pub entries: Vec<Entry>,
}

/// What there is besides chats: its icon, its name, more words that find it, and where it leads.
const FIXED: &[(Icon, &str, &str, Target)] = &[
    (Icon::Plus, "New chat", "start begin", Target::Page(Page::Start)),
    (
        Icon::Key,
        "API keys",
        "token program create",
        Target::Page(Page::ApiKeys),
    ),
    (
        Icon::Terminal,
        "API reference",
        "documentation endpoints curl openapi",
        Target::Reference,
    ),
    (
        Icon::Folder,
        "Projects",
        "instructions colour folder",
        Target::Page(Page::Projects),
    ),
    (Icon::Users, "Teams", "members invite share", Target::Page(Page::Teams)),
    (
        Icon::Settings,
        "Settings",
        "general preferences name",
        Target::Settings("general"),
    ),
    (
        Icon::User,
        "Settings: Account",
        "password e-mail sessions",
        Target::Settings("account"),
    ),
    (
        Icon::Monitor,
        "Settings: Appearance",
        "colours text size",
        Target::Settings("appearance"),
    ),
    (
        Icon::Message,
        "Settings: Chat",
        "model enter sends",
        Target::Settings("chat"),
    ),
    (
        Icon::File,
        "Settings: Templates",
        "prompts variables slash",
        Target::Settings("templates"),
    ),
    (
        Icon::Chart,
        "Settings: Usage",
        "messages tokens limit plan",
        Target::Settings("usage"),
    ),
    (
        Icon::Database,
        "Settings: Data",
        "export archive delete",
        Target::Settings("data"),
    ),
    (
        Icon::Sun,
        "Light colours",
        "theme appearance",
        Target::Theme(ThemePreference::Light),
    ),
    (
        Icon::Moon,
        "Dark colours",
        "theme appearance",
        Target::Theme(ThemePreference::Dark),
    ),
    (
        Icon::Monitor,
        "Colours as the device",
        "theme appearance system",
        Target::Theme(ThemePreference::System),
    ),
    (Icon::Keyboard, "Keyboard shortcuts", "keys help", Target::Shortcuts),
    (Icon::LogOut, "Sign out", "log out leave", Target::SignOut),
];
/// Of those, what is offered before anything is typed.
const OFFERED: &[&str] = &["New chat", "API keys", "Settings", "Keyboard shortcuts"];

/// What finding and going needs.
#[derive(Clone, Copy)]
pub(super) struct Context {
    ui: Ui,
    session: Session,
    toasts: Toasts,
    has_keys: bool,
    theme: ThemePreference,
}

impl Context {
    pub(super) fn new() -> Self {
        let session = use_session();
        let (has_keys, theme) =
            untrack(|| session.read(|person| (person.can_have_keys, person.theme))).unwrap_or_default();
        Self {
            ui: use_ui(),
            session,
            toasts: use_toasts(),
            has_keys,
            theme,
        }
    }

    /// Goes there, or does it.
    pub(super) fn run(self, target: Target) {
        match target {
            Target::Thread(id) => self.ui.go(routes::thread(&id)),
            Target::Project(id) => self.ui.go(routes::project(&id)),
            Target::Message(address) => self.ui.go(address),
            Target::Page(page) => self.ui.go(page.path()),
            Target::Settings(section) => self.ui.go_to_settings(section),
            Target::Theme(theme) => self.choose(theme),
            Target::Shortcuts => self.ui.shortcuts.set(true),
            Target::Reference => _ = window().location().set_href(routes::api::REFERENCE),
            Target::SignOut => self.ui.sign_out(),
        }
    }

    fn choose(self, theme: ThemePreference) {
        self.show(theme);
        let change = ChangeSettingsRequest {
            theme_preference: Some(theme),
            ..ChangeSettingsRequest::default()
        };
        spawn_local(async move {
            if let Err(failure) = save_settings(change).await
                && !signed_out(&failure)
            {
                self.show(self.theme);
                self.toasts
                    .fail("The colours could not be saved. ".to_owned() + &failure.0.error);
            }
        });
    }

    fn show(self, theme: ThemePreference) {
        self.session.change(|person| {
            person.theme = theme;
            show_looks(person);
        });
    }
}

/// Messages that were found.
pub(super) fn of_messages(answer: SearchAnswer) -> Vec<Entry> {
    let entry = |found: SearchResult| Entry {
        icon: Icon::Message,
        target: Target::Message(routes::message(&found.thread_id, &found.id)),
        name: found.thread_title,
        passage: Some(found.highlight),
        note: "",
    };
    answer.results.into_iter().map(entry).collect()
}

/// Projects whose names fit what is typed.
pub(super) fn of_projects(typed: &str, projects: &[ProjectRow]) -> Vec<Entry> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    let found = projects
        .iter()
        .filter_map(|project| Some((rank(&project.name, &typed)?, project)));
    let entry = |project: &ProjectRow| Entry {
        icon: Icon::Folder,
        name: project.name.clone(),
        passage: None,
        note: "",
        target: Target::Project(project.id.clone()),
    };
    best(found, MOST)
        .into_iter()
        .map(|(_, project)| entry(project))
        .collect()
}

/// What fits, the better kind first.
pub(super) fn entries(typed: &str, rows: &[ThreadRow], context: Context) -> Vec<Section> {
    found(typed, rows, context.has_keys, context.theme)
}

fn found(typed: &str, rows: &[ThreadRow], has_keys: bool, theme: ThemePreference) -> Vec<Section> {
    let typed = typed.trim().to_lowercase();
    let fixed = FIXED.iter().filter(|(_, _, _, target)| match target {
        Target::Page(Page::ApiKeys) => has_keys,
        Target::Theme(offered) => *offered != theme,
        _ => true,
    });
    let entry = |(icon, name, _, target): &(Icon, &str, &str, Target)| Entry {
        icon: *icon,
        name: (*name).to_owned(),
        passage: None,
        note: "",
        target: target.clone(),
    };
    if typed.is_empty() {
        let offered = fixed
            .filter(|(_, name, ..)| OFFERED.contains(name))
            .map(entry)
            .collect();
        let mut recent: Vec<_> = rows.iter().collect();
        sort(&mut recent, |a, b| b.thread.updated_at.cmp(&a.thread.updated_at));
        let chats = recent.into_iter().take(RECENT).map(chat).collect();
        return sections([("Go to", offered), ("Recent chats", chats)]);
    }
    // A name counts more than the words beside it.
    let fixed = fixed.filter_map(|fixed| {
        let (_, name, words, _) = fixed;
        let rank = rank(name, &typed).or_else(|| rank(words, &typed).map(|rank| rank + 3))?;
        Some((rank, fixed))
    });
    let fixed = best(fixed, MOST);
    let chats = rows
        .iter()
        .filter_map(|row| Some((rank(&row.thread.title, &typed)?, row)));
    let chats = best(chats, MOST);
    let first_of = |found: Option<u8>| found.unwrap_or(u8::MAX);
    let pages_first = first_of(fixed.first().map(|(rank, _)| *rank)) < first_of(chats.first().map(|(rank, _)| *rank));
    let fixed = ("Go to", fixed.into_iter().map(|(_, fixed)| entry(fixed)).collect());
    let chats = ("Chats", chats.into_iter().map(|(_, row)| chat(row)).collect());
    sections(if pages_first { [fixed, chats] } else { [chats, fixed] })
}

fn sections(sections: [(&'static str, Vec<Entry>); 2]) -> Vec<Section> {
    sections
        .into_iter()
        .filter(|(_, entries)| !entries.is_empty())
        .map(|(heading, entries)| Section { heading, entries })
        .collect()
}

fn chat(row: &ThreadRow) -> Entry {
    Entry {
        icon: if row.by_program { Icon::Terminal } else { Icon::Message },
        name: row.thread.title.clone(),
        passage: None,
        note: if row.answering {
            "Answering"
        } else if row.thread.pinned {
            "Pinned"
        } else {
            ""
        },
        target: Target::Thread(row.thread.id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use types::threads::{Thread, Visibility};

    use super::*;

    fn row(title: &str, pinned: bool, day: u32) -> ThreadRow {
        ThreadRow {
            thread: Thread {
                id: title.to_owned(),
                title: title.to_owned(),
                project_id: None,
                team_id: None,
                visibility: Visibility::Private,
                model: None,
                pinned,
                archived: false,
                message_count: 0,
                last_message_preview: None,
                created_at: String::new(),
                updated_at: format!("2026-11-{day:02}T10:00:00.000Z"),
            },
            answering: false,
            unread: false,
            by_program: false,
            author: None,
            project: None,
        }
    }

    fn names(typed: &str, has_keys: bool) -> Vec<String> {
        let rows = [
            row("Old plan", true, 1),
            row("Key ceremony", false, 23),
            row("Dark mode colours", false, 22),
        ];
        found(typed, &rows, has_keys, ThemePreference::Dark)
            .into_iter()
            .flat_map(|section| section.entries)
            .map(|entry| entry.name)
            .collect()
    }

    #[test]
    fn before_anything_is_typed_the_usual_ways_and_the_newest_chats_are_offered() {
        let expected = [
            "New chat",
            "API keys",
            "Settings",
            "Keyboard shortcuts",
            "Key ceremony",
            "Dark mode colours",
            "Old plan",
        ];
        assert_eq!(names("", true), expected);
    }

    #[test]
    fn keys_are_offered_only_to_who_may_have_some() {
        assert_eq!(names("api", true), ["API keys", "API reference"]);
        assert_eq!(names("api", false), ["API reference"]);
    }

    #[test]
    fn the_better_kind_comes_first() {
        assert_eq!(names("key", true)[..2], ["Key ceremony", "Keyboard shortcuts"]);
        assert_eq!(names("new", true), ["New chat"]);
        assert_eq!(
            names("colours", true)[..2],
            ["Colours as the device", "Light colours"],
            "dark is on"
        );
    }

    #[test]
    fn other_words_find_a_page_too() {
        assert_eq!(names("password", true), ["Settings: Account"]);
        assert_eq!(names("nothing like it", true), Vec::<String>::new());
    }
}
