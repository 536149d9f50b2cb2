//! What a document begins with, gathered before it is rendered: rendering itself never waits.

use domain::page::PageRequest;
use serde::Serialize;

use crate::contexts::opening::{FirstPage, Opening};
use crate::routes::{Page, Piece, invitation_at, piece_at, team_at, thread_at};
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
        Some(Piece::Chat | Piece::ApiKeys | Piece::Teams | Piece::Invitation | Piece::Admin) => Asks::SignedIn,
        Some(Piece::SignIn | Piece::SignUp) => Asks::SignedOut,
        Some(Piece::Gallery) | None => Asks::Nothing,
    }
}

/// What only the page itself can read. What can't be written the page fetches by itself.
fn given<T: Serialize>(found: Result<T, domain::Error>) -> FirstPage {
    let found = found.map_err(|error| refused(&error));
    serde_json::to_string(&found).map_or(FirstPage::Nothing, FirstPage::Given)
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
            } else if path == Page::Teams.path() {
                opening.page = given(domain::teams::list(core, who, &PageRequest::default()).await);
            } else if let Some(id) = team_at(path) {
                opening.page = given(domain::teams::get(core, who, id).await);
            } else if path == Page::Admin.path() {
                opening.page = given(crate::server_fns::admin::read_page(core, who).await);
            } else if let Some(token) = invitation_at(path) {
                let invitation = domain::teams::invitation(core, who, token).await;
                opening.page = given(invitation.map(|answer| answer.invite));
            }
        }
    }
    Opened::Document(Box::new(opening))
}
