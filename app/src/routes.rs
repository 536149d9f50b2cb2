//! Every address of the application.
//!
//! A path is a function of its parameters and a pattern for the route table; both stand here, side by side, so that
//! they change together. No other file spells a path out.

use std::borrow::Cow;

use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch, StaticSegment};

/// A page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Where a signed-in person starts: a new chat.
    Start,
    /// The person's API keys.
    ApiKeys,
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
            Self::SignIn => "/sign-in",
            Self::SignUp => "/sign-up",
            Self::Gallery => "/design-system",
        }
    }

    /// What the route table matches for a page without parameters.
    pub(crate) const fn pattern(self) -> Exact<StaticSegment<&'static str>> {
        Exact(StaticSegment(self.path()))
    }
}

/// Beginning of a thread's path.
const THREADS: &str = "/chat/";
/// Name under which the route table hands on the thread's id.
pub const THREAD_ID: &str = "id";

/// The path of a thread.
pub fn thread(id: &str) -> String {
    [THREADS, id].concat()
}

/// The thread whose page is at this path.
pub fn thread_at(path: &str) -> Option<&str> {
    let id = path.strip_prefix(THREADS)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// The chat: a new one at the start page, or a thread. One pattern for both, so that the page stays while the first
/// message of a new chat gives it its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatPath;

impl PossibleRouteMatch for ChatPath {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let params = match thread_at(path) {
            Some(id) => vec![(Cow::Borrowed(THREAD_ID), id.to_owned())],
            None if path.is_empty() || path == Page::Start.path() => Vec::new(),
            None => return None,
        };
        Some(PartialPathMatch::new("", params, path))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.push(PathSegment::Unit);
    }
}

/// A pattern that takes no slash after the path: `/sign-in/` is another address, and nothing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact<P>(P);

impl<P: PossibleRouteMatch> PossibleRouteMatch for Exact<P> {
    fn optional(&self) -> bool {
        self.0.optional()
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        if path.len() > 1 && path.ends_with('/') {
            None
        } else {
            self.0.test(path)
        }
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        self.0.generate_path(path);
    }
}

/// The piece of the application that a path needs beside what is common; see `pieces`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The chat.
    Chat,
    /// The API keys.
    ApiKeys,
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

    fn matches(page: Page, path: &str) -> bool {
        page.pattern()
            .test(path)
            .is_some_and(|matched| matches!(matched.remaining(), "" | "/"))
    }

    #[test]
    fn a_page_is_at_its_path_and_nowhere_else() {
        for path in [
            "/",
            "//",
            "/sign-in/",
            "//sign-in",
            "/sign-in/x",
            "/sign-inx",
            "/Sign-in",
        ] {
            assert!(!matches(Page::SignIn, path), "{path}");
        }
        for page in [Page::ApiKeys, Page::SignIn, Page::SignUp, Page::Gallery] {
            assert!(matches(page, page.path()), "{page:?}");
            assert!(ChatPath.test(page.path()).is_none(), "{page:?}");
        }
    }

    #[test]
    fn the_chat_is_at_the_start_and_at_every_thread() {
        fn params(path: &str) -> Option<Vec<(Cow<'static, str>, String)>> {
            ChatPath.test(path).map(PartialPathMatch::params)
        }
        assert_eq!(params("/"), Some(Vec::new()));
        assert_eq!(
            params(&thread("abc")),
            Some(vec![(Cow::Borrowed(THREAD_ID), "abc".to_owned())])
        );
        for path in ["/chat", "/chat/", "/chat//", "/chat/a/", "/chat/a/b", "/chats/a", "//"] {
            assert_eq!(params(path), None, "{path}");
        }
    }
}
