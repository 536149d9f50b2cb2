//! A person's threads.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::threads::{ChangeThreadRequest, ThreadRow};
use types::views;

use super::Failure;
use crate::wire::Wire;

/// A page of the threads of a realm that are not archived: a team's, or the person's own. The fields are `team_id` and
/// `cursor`.
#[server(prefix = "/_fn", endpoint = "sidebar", input = Wire, output = Wire)]
pub async fn sidebar(team_id: Option<String>, cursor: Option<String>) -> Result<views::Sidebar, Failure> {
    let (request, who) = asking()?;
    threads::sidebar(&request.core, &who, team_id.as_deref(), cursor)
        .await
        .map_err(|error| refused(&error))
}

/// A page of the archived threads of a realm; none of them is pinned. The fields are `team_id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "archived_threads", input = Wire, output = Wire)]
pub async fn archived_threads(team_id: Option<String>, cursor: Option<String>) -> Result<views::Sidebar, Failure> {
    let (request, who) = asking()?;
    threads::archived(&request.core, &who, team_id.as_deref(), cursor)
        .await
        .map_err(|error| refused(&error))
}

/// A thread with its newest messages. The field is `id`.
#[server(prefix = "/_fn", endpoint = "open_thread", input = Wire, output = Wire)]
pub async fn open_thread(id: String) -> Result<views::OpenThread, Failure> {
    let (request, who) = asking()?;
    show::open_thread(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Messages of a thread before those that are shown. The fields are `id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "older_messages", input = Wire, output = Wire)]
pub async fn older_messages(id: String, cursor: String) -> Result<views::OlderMessages, Failure> {
    let (request, who) = asking()?;
    show::older_messages(&request.core, &who, &id, cursor)
        .await
        .map_err(|error| refused(&error))
}

/// Whether a message is still in a thread. The fields are `thread_id` and `id`.
#[server(prefix = "/_fn", endpoint = "find_message", input = Wire, output = Wire)]
pub async fn find_message(thread_id: String, id: String) -> Result<bool, Failure> {
    let (request, who) = asking()?;
    messages::is_in(&request.core, &who, &thread_id, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Changes what is named in `change`: title, pinned, archived, model and so on. The fields are `id` and `change`.
#[server(prefix = "/_fn", endpoint = "change_thread", input = Wire, output = Wire)]
pub async fn change_thread(id: String, change: ChangeThreadRequest) -> Result<ThreadRow, Failure> {
    let (request, who) = asking()?;
    threads::change_row(&request.core, &who, &id, change)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes a thread; for an hour it can be taken back. The field is `id`.
#[server(prefix = "/_fn", endpoint = "delete_thread", input = Wire, output = Wire)]
pub async fn delete_thread(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    threads::put_away(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Takes the deletion of a thread back. The field is `id`.
#[server(prefix = "/_fn", endpoint = "restore_thread", input = Wire, output = Wire)]
pub async fn restore_thread(id: String) -> Result<ThreadRow, Failure> {
    let (request, who) = asking()?;
    threads::restore(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// The person has seen what is in a thread. The field is `id`.
#[server(prefix = "/_fn", endpoint = "mark_read", input = Wire, output = Wire)]
pub async fn mark_read(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    threads::mark_read(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Archives all of the person's threads; says how many.
#[server(prefix = "/_fn", endpoint = "archive_all", input = Wire, output = Wire)]
pub async fn archive_all() -> Result<u32, Failure> {
    let (request, who) = asking()?;
    threads::archive_all(&request.core, &who)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes all of the person's threads; says how many. The field `confirmation` is
/// [`types::threads::DELETE_ALL_CONFIRMATION`], typed by hand.
#[server(prefix = "/_fn", endpoint = "delete_all", input = Wire, output = Wire)]
pub async fn delete_all(confirmation: String) -> Result<u32, Failure> {
    let (request, who) = asking()?;
    threads::delete_all(&request.core, &who, &confirmation)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::{messages, threads, views as show},
};
