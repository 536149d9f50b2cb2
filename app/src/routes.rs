//! Every address of the application.
//!
//! How a path is written and how it is read stand here side by side, so that they change together. No other file spells a
//! path out.

/// A page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Where a signed-in person starts: a new chat.
    Start,
    /// The person's API keys.
    ApiKeys,
    /// The person's teams.
    Teams,
    /// The projects of the realm on show.
    Projects,
    /// The instance, for administrators.
    Admin,
    /// Sign in with e-mail and password.
    SignIn,
    /// Make an account.
    SignUp,
    /// The design system, for who works on it.
    Gallery,
}

impl Page {
    /// The path of the page, absolute on this server.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Start => "/",
            Self::ApiKeys => "/api-keys",
            Self::Teams => "/teams",
            Self::Projects => "/projects",
            Self::Admin => "/admin",
            Self::SignIn => "/sign-in",
            Self::SignUp => "/sign-up",
            Self::Gallery => "/design-system",
        }
    }
}

/// Beginning of a thread's path.
const THREADS: &str = "/chat/";
/// Beginning of a team's path.
const TEAMS: &str = "/teams/";
/// Beginning of a project's path.
const PROJECTS: &str = "/projects/";
/// Beginning of an invitation's path.
const INVITATIONS: &str = "/invite/";

/// The path of a thread.
pub fn thread(id: &str) -> String {
    [THREADS, id].concat()
}

/// The address of a message in its thread.
pub fn message(thread_id: &str, id: &str) -> String {
    [THREADS, thread_id, "?", query::MESSAGE, "=", id].concat()
}

/// The thread whose page is at this path.
pub fn thread_at(path: &str) -> Option<&str> {
    last_segment(path, THREADS)
}

/// The path of a team.
pub fn team(id: &str) -> String {
    [TEAMS, id].concat()
}

/// The team whose page is at this path.
pub fn team_at(path: &str) -> Option<&str> {
    last_segment(path, TEAMS)
}

/// The path of a project.
pub fn project(id: &str) -> String {
    [PROJECTS, id].concat()
}

/// The project whose page is at this path.
pub fn project_at(path: &str) -> Option<&str> {
    last_segment(path, PROJECTS)
}

/// Where a new chat begins that is to lie in a project.
pub fn new_chat_in(project_id: &str) -> String {
    [Page::Start.path(), "?", query::PROJECT, "=", project_id].concat()
}

/// Where a team is made.
pub fn new_team() -> String {
    [Page::Teams.path(), "?", query::NEW, "="].concat()
}

/// The token of the invitation whose page is at this path.
pub fn invitation_at(path: &str) -> Option<&str> {
    last_segment(path, INVITATIONS)
}

/// Longest path that somebody is led back to.
const LONGEST_WAY: usize = 200;

/// Whether somebody is led back to this path after they have signed in: to an invitation on this server and nothing else,
/// whoever wrote the address.
pub fn is_way(path: &str) -> bool {
    path.len() <= LONGEST_WAY
        && invitation_at(path).is_some_and(|token| {
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

/// The address of a page that leads to `way` afterwards, if there is such a way.
pub fn on_the_way(page: Page, way: Option<&str>) -> String {
    match way.filter(|way| is_way(way)) {
        Some(way) => [page.path(), "?", query::WAY, "=", way].concat(),
        None => page.path().to_owned(),
    }
}

fn last_segment<'a>(path: &'a str, beginning: &str) -> Option<&'a str> {
    let id = path.strip_prefix(beginning)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// The piece of the application that a path needs beside what is common; see `pieces`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The chat.
    Chat,
    /// The API keys.
    ApiKeys,
    /// The teams, and each of them.
    Teams,
    /// The projects, and each of them.
    Projects,
    /// An invitation to a team.
    Invitation,
    /// The instance.
    Admin,
    /// Sign in.
    SignIn,
    /// Make an account.
    SignUp,
    /// The design system.
    Gallery,
}

/// The piece behind a path; none where only the page for unknown paths is.
pub fn piece_at(path: &str) -> Option<Piece> {
    if path == Page::Start.path() || thread_at(path).is_some() {
        Some(Piece::Chat)
    } else if path == Page::ApiKeys.path() {
        Some(Piece::ApiKeys)
    } else if path == Page::Teams.path() || team_at(path).is_some() {
        Some(Piece::Teams)
    } else if path == Page::Projects.path() || project_at(path).is_some() {
        Some(Piece::Projects)
    } else if path == Page::Admin.path() {
        Some(Piece::Admin)
    } else if invitation_at(path).is_some() {
        Some(Piece::Invitation)
    } else if path == Page::SignIn.path() {
        Some(Piece::SignIn)
    } else if path == Page::SignUp.path() {
        Some(Piece::SignUp)
    } else if path == Page::Gallery.path() {
        Some(Piece::Gallery)
    } else {
        None
    }
}

/// Parts of an address behind the `?`.
pub mod query {
    /// Opens the settings at a section, over whatever page it is.
    pub const SETTINGS: &str = "settings";
    /// Brings a message of a thread into sight.
    pub const MESSAGE: &str = "message";
    /// Where somebody who signs in wanted to go; also the name of the field that takes it along.
    pub const WAY: &str = "to";
    /// On the start page: the project that the new chat is to lie in.
    pub const PROJECT: &str = "project";
    /// Opens the dialog that makes another of what a page lists.
    pub const NEW: &str = "new";
}

/// What programs call; the pages show it to people.
pub mod api {
    /// Sign in.
    pub const LOGIN: &str = "/api/auth/login";
    /// List and make API keys.
    pub const API_KEYS: &str = "/api/api-keys";
    /// Say something and get an answer.
    pub const CHAT: &str = "/api/chat";
    /// A thread as a file.
    pub const EXPORT: &str = "/api/export/";
    /// The reference, as a document for programs.
    pub const OPENAPI: &str = "/api/openapi.json";
    /// The reference, as a page. It is no page of the application: it is loaded as a document of its own.
    pub const REFERENCE: &str = "/api/docs";
    /// Everything the person has, as one file.
    pub const EXPORT_ALL: &str = "/api/export";
    /// Take such a file in.
    pub const IMPORT: &str = "/api/import";
    /// Put a document into a project.
    pub const DOCUMENTS: &str = "/api/documents";
    /// The feed of what changes.
    pub const LIVE: &str = "/_live";
}

/// Files that the server answers beside the pages. Script, WASM and style sheet carry a hash and come from
/// `ssr::Assets`.
pub mod files {
    /// The icon in the browser's tab.
    pub const FAVICON: &str = "/favicon.svg";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_at_its_path_and_nowhere_else() {
        for (page, piece) in [
            (Page::Start, Piece::Chat),
            (Page::ApiKeys, Piece::ApiKeys),
            (Page::Teams, Piece::Teams),
            (Page::Projects, Piece::Projects),
            (Page::Admin, Piece::Admin),
            (Page::SignIn, Piece::SignIn),
            (Page::SignUp, Piece::SignUp),
            (Page::Gallery, Piece::Gallery),
        ] {
            assert_eq!(piece_at(page.path()), Some(piece));
        }
        for path in [
            "",
            "//",
            "/sign-in/",
            "//sign-in",
            "/sign-in/x",
            "/sign-inx",
            "/Sign-in",
            "/-",
        ] {
            assert_eq!(piece_at(path), None, "{path}");
        }
    }

    #[test]
    fn teams_and_invitations_have_pages() {
        assert_eq!(team_at(&team("abc")), Some("abc"));
        assert_eq!(piece_at("/teams/abc"), Some(Piece::Teams));
        assert_eq!(invitation_at("/invite/t0ken"), Some("t0ken"));
        assert_eq!(piece_at("/invite/t0ken"), Some(Piece::Invitation));
        for path in ["/teams/", "/teams/a/b", "/invite", "/invite/", "/invite/a/b"] {
            assert_eq!(piece_at(path), None, "{path}");
        }
    }

    #[test]
    fn only_an_invitation_is_led_back_to() {
        assert!(is_way("/invite/aB3-_x"));
        let to = on_the_way(Page::SignUp, Some("/invite/aB3-_x"));
        assert_eq!(to, "/sign-up?to=/invite/aB3-_x");
        for path in [
            "/",
            "/invite/",
            "//evil.example",
            "/invite/../api-keys",
            "/invite/a%2Fb",
            "/invite/a\r\nb",
            "https://evil.example/invite/a",
            &format!("/invite/{}", "a".repeat(200)),
        ] {
            assert!(!is_way(path), "{path}");
            assert_eq!(on_the_way(Page::SignIn, Some(path)), "/sign-in");
        }
        assert_eq!(on_the_way(Page::SignIn, None), "/sign-in");
    }

    #[test]
    fn every_project_has_a_page() {
        assert_eq!(project_at(&project("abc")), Some("abc"));
        assert_eq!(piece_at("/projects/abc"), Some(Piece::Projects));
        assert_eq!(new_chat_in("abc"), "/?project=abc");
        for path in ["/projects/", "/projects/a/b", "/project/a"] {
            assert_eq!(piece_at(path), None, "{path}");
        }
    }

    #[test]
    fn every_thread_has_a_page() {
        assert_eq!(piece_at(&thread("abc")), Some(Piece::Chat));
        assert_eq!(thread_at(&thread("abc")), Some("abc"));
        for path in ["/chat", "/chat/", "/chat//", "/chat/a/", "/chat/a/b", "/chats/a", "//"] {
            assert_eq!(piece_at(path), None, "{path}");
            assert_eq!(thread_at(path), None, "{path}");
        }
    }
}
