//! Looking for messages.

use axum::Json as Answer;
use axum::extract::State;
use domain::search::{self, Filter};
use serde::Deserialize;
use types::search::SearchAnswer;

use crate::AppState;
use crate::api::problem::Problem;
use crate::api::query::{Page, Params};
use crate::auth::Caller;

/// `?q&threadId&projectId&teamId`, beside those of a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchParams {
    #[serde(flatten)]
    page: Page,
    q: Option<String>,
    thread_id: Option<String>,
    project_id: Option<String>,
    team_id: Option<String>,
}

/// GET /api/search
pub async fn search(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<SearchParams>,
) -> Result<Answer<SearchAnswer>, Problem> {
    let Some(q) = params.q else {
        return Err(Problem::invalid("q", "Say what to look for, as ?q="));
    };
    let filter = Filter {
        q,
        thread_id: params.thread_id,
        project_id: params.project_id,
        team_id: params.team_id,
    };
    Ok(Answer(
        search::search(&state.core, &who, &filter, &params.page.request()?).await?,
    ))
}
