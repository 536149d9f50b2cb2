//! A person's settings, sessions, password and e-mail address.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::settings::{ChangeSettingsRequest, SessionView, SettingsAnswer};

use super::Failure;
use crate::wire::Wire;

/// What the person has set.
#[server(prefix = "/_fn", endpoint = "my_settings", input = Wire, output = Wire)]
pub async fn my_settings() -> Result<SettingsAnswer, Failure> {
    let (request, who) = asking()?;
    settings::read(&request.core, &who)
        .await
        .map_err(|error| refused(&error))
}

/// Changes what is named in `change`; the browser keeps the colours in a cookie too, so that the next page has them.
#[server(prefix = "/_fn", endpoint = "save_settings", input = Wire, output = Wire)]
pub async fn save_settings(change: ChangeSettingsRequest) -> Result<SettingsAnswer, Failure> {
    let (request, who) = asking()?;
    let saved = settings::change(&request.core, &who, change)
        .await
        .map_err(|error| refused(&error))?;
    append_cookie(request.cookie.theme(saved.theme_preference));
    Ok(saved)
}

/// How many bytes a file that is imported may have.
#[server(prefix = "/_fn", endpoint = "longest_import", input = Wire, output = Wire)]
pub async fn longest_import() -> Result<u64, Failure> {
    let (request, who) = asking()?;
    archive::longest(&request.core, &who)
        .await
        .map_err(|error| refused(&error))
}

/// Where the person is signed in: here first, then what was used last.
#[server(prefix = "/_fn", endpoint = "my_sessions", input = Wire, output = Wire)]
pub async fn my_sessions() -> Result<Vec<SessionView>, Failure> {
    let (request, who) = asking()?;
    accounts::my_sessions(&request.core, &who)
        .await
        .map_err(|error| refused(&error))
}

/// Signs out somewhere; here too, when that is what the id says.
#[server(prefix = "/_fn", endpoint = "end_session", input = Wire, output = Wire)]
pub async fn end_session(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    accounts::end_session(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))?;
    if who.session_id() == Some(id.as_str()) {
        append_cookie(request.cookie.clear());
    }
    Ok(())
}

/// Signs out everywhere else; says in how many places.
#[server(prefix = "/_fn", endpoint = "end_other_sessions", input = Wire, output = Wire)]
pub async fn end_other_sessions() -> Result<u32, Failure> {
    let (request, who) = asking()?;
    accounts::end_other_sessions(&request.core, &who, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Changes the password, which signs out everywhere else. The fields are `current` and `new`.
#[server(prefix = "/_fn", endpoint = "change_password", input = Wire, output = Wire)]
pub async fn change_password(current: String, new: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    accounts::change_password(&request.core, &who, current, new, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Changes the e-mail address. The fields are `password` and `email`.
#[server(prefix = "/_fn", endpoint = "change_email", input = Wire, output = Wire)]
pub async fn change_email(password: String, email: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    accounts::change_email(&request.core, &who, password, &email, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes the account, with which the session ends. The fields are `password` and `confirmation`, which is
/// [`types::accounts::DELETE_ACCOUNT_CONFIRMATION`], typed by hand.
#[server(prefix = "/_fn", endpoint = "delete_account", input = Wire, output = Wire)]
pub async fn delete_account(password: String, confirmation: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    let input = DeleteAccountRequest { password, confirmation };
    accounts::delete_own(&request.core, &who, input, &request.client)
        .await
        .map_err(|error| refused(&error))?;
    append_cookie(request.cookie.clear());
    Ok(())
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{append_cookie, asking, refused},
    domain::{accounts, archive, settings},
    types::accounts::DeleteAccountRequest,
};
