//! What the person has used.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::usage::{GroupBy, UsageAnswer};

use super::Failure;
use crate::wire::Wire;

/// The person's use of the last 30 days. The field is `group_by`.
#[server(prefix = "/_fn", endpoint = "my_usage", input = Wire, output = Wire)]
pub async fn my_usage(group_by: GroupBy) -> Result<UsageAnswer, Failure> {
    let (request, who) = asking()?;
    let wanted = Wanted {
        group_by,
        ..Wanted::default()
    };
    report(&request.core, &who, &wanted)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::usage::{Wanted, report},
};
