//! What the caller has used.

use axum::Json as Answer;
use axum::extract::State;
use domain::usage::{Wanted, report};
use schemars::JsonSchema;
use serde::Deserialize;
use types::usage::{GroupBy, UsageAnswer};

use crate::AppState;
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::Params;
use crate::auth::Caller;

/// Its route.
pub fn routes(api: Api) -> Api {
    api.tag("Usage", "What was used of the plan.").get(
        "/api/user/usage",
        read,
        operation("readUsage", "Read my usage")
            .about("Messages and tokens of this month, and of a span by day, by model or by key."),
    )
}

/// `?from&to&groupBy`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageParams {
    /// The first day, as `2026-01-31`; 30 days before the last when absent.
    #[schemars(extend("format" = "date"))]
    from: Option<String>,
    /// The last day, today when absent. At most 366 days at a time.
    #[schemars(extend("format" = "date"))]
    to: Option<String>,
    /// By what use is added up; by day when absent.
    #[schemars(with = "Option<GroupBy>")]
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
