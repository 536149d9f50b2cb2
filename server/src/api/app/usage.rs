//! What the caller has used.

use axum::Json as Answer;
use axum::extract::State;
use domain::usage::{Wanted, report};
use serde::Deserialize;
use types::usage::{GroupBy, UsageAnswer};

use crate::AppState;
use crate::api::problem::Problem;
use crate::api::query::Params;
use crate::auth::Caller;

/// `?from&to&groupBy`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageParams {
    from: Option<String>,
    to: Option<String>,
    group_by: Option<String>,
}

/// GET /api/user/usage
pub async fn read(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<UsageParams>,
) -> Result<Answer<UsageAnswer>, Problem> {
    let group_by = match params.group_by.as_deref() {
        None | Some("day") => GroupBy::Day,
        Some("model") => GroupBy::Model,
        Some("key") => GroupBy::Key,
        Some(_) => return Err(Problem::invalid("groupBy", "groupBy is day, model or key")),
    };
    let wanted = Wanted {
        from: params.from,
        to: params.to,
        group_by,
    };
    Ok(Answer(report(&state.core, &who, &wanted).await?))
}
