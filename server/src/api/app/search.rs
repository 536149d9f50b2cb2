//! Looking for messages.

use axum::Json as Answer;
use axum::extract::State;
use domain::search::{self, Filter};
use schemars::JsonSchema;
use serde::Deserialize;
use types::ErrorCode;
use types::search::SearchAnswer;

use crate::AppState;
use crate::api::openapi::{Api, operation};
use crate::api::problem::Problem;
use crate::api::query::{Page, Params};
use crate::auth::Caller;

/// Its route.
pub fn routes(api: Api) -> Api {
    api.tag("Search", "Finding what was said.").get(
        "/api/search",
        search,
        operation("search", "Search messages")
            .about("Best first. `highlight` is escaped HTML with what was found in `<mark>`.")
            .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotTeamMember, ErrorCode::NotFound]),
    )
}

/// `?q&threadId&projectId&teamId`, beside those of a page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchParams {
    #[serde(flatten)]
    page: Page,
    /// Words, beginnings of words, and phrases in quotation marks. Any text is a query.
    #[schemars(with = "String")]
    q: Option<String>,
    /// In this thread.
    thread_id: Option<String>,
    /// In the threads of this project.
    project_id: Option<String>,
    /// In this team; a team key's own team takes its place.
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
