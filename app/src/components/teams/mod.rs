//! Teams: the list of them, and the page of one.

pub mod invites;
pub mod list;
pub mod members;
pub mod roles;
pub mod team;

use crate::hooks::failures::signed_out;
use crate::server_fns::Failure;

/// Why something failed, in a sentence.
pub(crate) fn why(failure: &Failure) -> String {
    _ = signed_out(failure);
    failure
        .0
        .fields
        .first()
        .map_or_else(|| failure.to_string(), |field| field.message.clone())
}
