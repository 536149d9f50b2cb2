//! What the server gives a document to begin with. It is serialised into the page once, so that the first render in the
//! browser sees exactly what the server saw; everything after it comes from server functions and the feed.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::api_keys::KeysPage;
use types::views::{OpenThread, ProjectRow, Sidebar};

use crate::hooks::returned_form::ReturnedForm;
use crate::server_fns::Failure;
use crate::server_fns::accounts::Visitor;
use crate::wire::{self, handed_on};

/// What a document begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Who is here.
    pub visitor: Visitor,
    /// The realm on show: one of their teams, or their own things.
    pub team: Option<String>,
    /// The project that the new chat at this address is to lie in.
    pub place: Option<ProjectRow>,
    /// The first page of the threads there; none for somebody who is not signed in.
    pub sidebar: Option<Result<Sidebar, Failure>>,
    /// What the page at this address shows.
    pub page: FirstPage,
    /// A form that was posted by the browser itself and failed.
    pub returned: Option<ReturnedForm>,
    /// Why nothing can be shown at all.
    pub trouble: Option<Failure>,
}

/// The data of the page that was asked for. Pages that are reached later load theirs themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FirstPage {
    /// It needs none.
    Nothing,
    /// A thread.
    Thread(Result<OpenThread, Failure>),
    /// The API keys.
    Keys(Result<KeysPage, Failure>),
    /// Another page's, as JSON: only that page knows of what it is, so that nobody else loads the code to read it.
    Given(String),
}

/// The data of the first page, until that page takes it.
#[derive(Debug, Clone, Copy)]
struct Waiting(StoredValue<FirstPage>);

/// What the server gave this document. The page's own part is left for [`take_first_page`].
pub(crate) fn provide_opening() -> Opening {
    let mut opening = handed_on(opening_of_request);
    let page = std::mem::replace(&mut opening.page, FirstPage::Nothing);
    provide_context(Waiting(StoredValue::new(page)));
    opening
}

#[cfg(feature = "ssr")]
fn opening_of_request() -> Opening {
    let mut opening = expect_context::<Opening>();
    opening.returned = crate::ssr::take_returned_form();
    opening
}

#[cfg(not(feature = "ssr"))]
fn opening_of_request() -> Opening {
    unreachable!("in the browser it is read from the document")
}

/// What [`FirstPage::Given`] holds, for the page whose it is; nothing from the second call on.
pub(crate) fn take_given<T: DeserializeOwned>() -> Option<Result<T, Failure>> {
    match take_first_page() {
        FirstPage::Given(json) => wire::read(&json).ok(),
        _ => None,
    }
}

/// The data the document brought for its page; [`FirstPage::Nothing`] from the second call on.
pub fn take_first_page() -> FirstPage {
    use_context::<Waiting>().map_or(FirstPage::Nothing, |waiting| {
        waiting
            .0
            .try_update_value(|page| std::mem::replace(page, FirstPage::Nothing))
            .unwrap_or(FirstPage::Nothing)
    })
}
