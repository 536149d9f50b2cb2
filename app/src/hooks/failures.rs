//! What every failed call has in common.

use leptos::prelude::window;
use types::ErrorCode;

use crate::routes::Page;
use crate::server_fns::Failure;

/// Whether a call failed because nobody is signed in any more. Then the sign-in page is on its way and there is nothing
/// left to say. Only in the browser.
pub fn signed_out(failure: &Failure) -> bool {
    let out = failure.code() == ErrorCode::Unauthenticated;
    if out {
        // A new document: nothing of the person is left in memory.
        _ = window().location().assign(Page::SignIn.path());
    }
    out
}
