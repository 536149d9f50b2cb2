//! What a document begins with, gathered before it is rendered: rendering itself never waits.

use crate::contexts::opening::{FirstPage, Opening};
use crate::routes::{Page, Piece, piece_at, thread_at};
use crate::server_fns::accounts::{Visitor, visiting};

use super::{RequestContext, refused};

/// What to answer at a path.
pub(super) enum Opened {
    /// The document there.
    Document(Box<Opening>),
    /// Nothing for this visitor; they are sent to another page.
    Elsewhere(Page),
}

/// What a page asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// To be signed in.
    SignedIn,
    /// Not to be signed in: there is nothing for them here.
    SignedOut,
    /// Nothing.
    Nothing,
}

fn asks(path: &str) -> Asks {
    match piece_at(path) {
        Some(Piece::Chat | Piece::ApiKeys) => Asks::SignedIn,
        Some(Piece::SignIn | Piece::SignUp) => Asks::SignedOut,
        Some(Piece::Gallery) | None => Asks::Nothing,
    }
}

/// Gathers what the document at `path` needs.
pub(super) async fn open(request: &RequestContext, path: &str) -> Opened {
    let mut opening = Opening {
        visitor: Visitor {
            person: None,
            registration_open: false,
            public_url: request.public_url.clone(),
        },
        sidebar: None,
        page: FirstPage::Nothing,
        returned: None,
        trouble: None,
    };
    match visiting(request).await {
        Ok(visitor) => opening.visitor = visitor,
        Err(failure) => {
            opening.trouble = Some(failure);
            return Opened::Document(Box::new(opening));
        }
    }
    let who = opening.visitor.person.as_ref().and(request.person());
    match (asks(path), who) {
        (Asks::SignedIn, None) => return Opened::Elsewhere(Page::SignIn),
        (Asks::SignedOut, Some(_)) => return Opened::Elsewhere(Page::Start),
        (_, None) => {}
        (_, Some(who)) => {
            let core = &request.core;
            let failed = |error: domain::Error| refused(&error);
            opening.sidebar = Some(domain::threads::sidebar(core, who, None).await.map_err(failed));
            if let Some(id) = thread_at(path) {
                let thread = domain::views::open_thread(core, who, id).await;
                opening.page = FirstPage::Thread(thread.map_err(failed));
            } else if path == Page::ApiKeys.path() {
                let keys = domain::api_keys::page(core, who).await;
                opening.page = FirstPage::Keys(keys.map_err(failed));
            }
        }
    }
    Opened::Document(Box::new(opening))
}
