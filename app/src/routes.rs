//! Every address of the application.
//!
//! A path is a function of its parameters and a pattern for the route table; both stand here, side by side, so that
//! they change together. No other file spells a path out.

use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch, StaticSegment};

/// A page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Where a signed-in person starts.
    Start,
    /// Sign in with e-mail and password.
    SignIn,
    /// Make an account.
    SignUp,
}

impl Page {
    /// The path of the page, absolute on this server.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Start => "/",
            Self::SignIn => "/sign-in",
            Self::SignUp => "/sign-up",
        }
    }

    /// What the route table matches for a page without parameters.
    pub(crate) const fn pattern(self) -> Exact<StaticSegment<&'static str>> {
        Exact(StaticSegment(self.path()))
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

/// What programs call; the pages show it to people.
pub mod api {
    /// Sign in.
    pub const LOGIN: &str = "/api/auth/login";
    /// List and make API keys.
    pub const API_KEYS: &str = "/api/api-keys";
    /// Say something and get an answer.
    pub const CHAT: &str = "/api/chat";
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
        assert!(matches(Page::Start, "/"));
        assert!(matches(Page::SignIn, "/sign-in"));
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
    }
}
