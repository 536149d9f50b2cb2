//! What a document begins with, gathered before it is rendered: rendering itself never waits.

use axum::http::{HeaderMap, Uri};
use domain::access::Principal;
use domain::page::PageRequest;
use serde::Serialize;
use types::views::{ProjectRow, Sidebar};

use crate::contexts::opening::{FirstPage, Opening};
use crate::contexts::realm::Realm;
use crate::routes::{Page, Piece, invitation_at, piece_at, project_at, query, team_at, thread_at};
use crate::server_fns::accounts::{Visitor, visiting};

use super::cookies::cookie_in;
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
        Some(Piece::Chat | Piece::ApiKeys | Piece::Teams | Piece::Projects | Piece::Invitation | Piece::Admin) => {
            Asks::SignedIn
        }
        Some(Piece::SignIn | Piece::SignUp) => Asks::SignedOut,
        Some(Piece::Gallery) | None => Asks::Nothing,
    }
}

/// What only the page itself can read. What can't be written the page fetches by itself.
fn given<T: Serialize>(found: Result<T, domain::Error>) -> FirstPage {
    let found = found.map_err(|error| refused(&error));
    serde_json::to_string(&found).map_or(FirstPage::Nothing, FirstPage::Given)
}

/// The project that a new chat is to lie in. What isn't there is told by the page, which asks again.
async fn place(core: &domain::Core, who: &Principal, uri: &Uri) -> Option<ProjectRow> {
    let id = param(uri, query::PROJECT)?;
    domain::projects::row(core, who, &id).await.ok()
}

/// The value of a parameter of an address.
fn param(uri: &Uri, name: &str) -> Option<String> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Gathers what the document at `uri` needs.
pub(super) async fn open(request: &RequestContext, uri: &Uri, headers: &HeaderMap) -> Opened {
    let path = uri.path();
    let mut opening = Opening {
        visitor: Visitor {
            person: None,
            registration_open: false,
            public_url: request.public_url.clone(),
        },
        team: None,
        place: None,
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
            // Before anything is read: what changes meanwhile is then heard of again, and not missed.
            let at = core.feed.position();
            // The realm that was last chosen, unless what is at this address lies in another one.
            opening.team = cookie_in(headers, Realm::COOKIE).filter(|team| {
                let teams = opening.visitor.person.as_ref().map(|person| &person.teams);
                teams.is_some_and(|teams| teams.iter().any(|choice| choice.id == *team))
            });
            if let Some(id) = thread_at(path) {
                let thread = domain::views::open_thread(core, who, id).await;
                if let Ok(thread) = &thread {
                    opening.team.clone_from(&thread.row.thread.team_id);
                }
                opening.page = FirstPage::Thread(thread.map_err(failed));
            } else if path == Page::Start.path() {
                if let Some(place) = place(core, who, uri).await {
                    opening.team.clone_from(&place.team_id);
                    opening.place = Some(place);
                }
                // Without them the page fetches them by itself.
                let ways = domain::templates::suggestions(core, who, opening.team.as_deref()).await;
                let ways = ways.ok().and_then(|ways| serde_json::to_string(&ways).ok());
                opening.page = ways.map_or(FirstPage::Nothing, FirstPage::Given);
            } else if path == Page::Projects.path() {
                let page = PageRequest::default();
                opening.page = given(domain::projects::rows(core, who, opening.team.as_deref(), &page).await);
            } else if let Some(id) = project_at(path) {
                let project = domain::projects::open(core, who, id).await;
                if let Ok(open) = &project {
                    opening.team.clone_from(&open.project.team_id);
                }
                opening.page = given(project);
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
            let sidebar = domain::threads::sidebar(core, who, opening.team.as_deref(), None).await;
            opening.sidebar = Some(sidebar.map(|sidebar| Sidebar { at, ..sidebar }).map_err(failed));
        }
    }
    Opened::Document(Box::new(opening))
}
