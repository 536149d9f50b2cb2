//! Looking for what was said.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::search::SearchAnswer;

use super::Failure;
use crate::wire::Wire;

/// The best few messages among all that the person may see, or among those of a team. The fields are `q` and `team_id`.
#[server(prefix = "/_fn", endpoint = "search_messages", input = Wire, output = Wire)]
pub async fn search_messages(q: String, team_id: Option<String>) -> Result<SearchAnswer, Failure> {
    let (request, who) = asking()?;
    search::quick(&request.core, &who, &q, team_id.as_deref())
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::search,
};
