//! Query parameters and path ids, with errors in the API's words.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use domain::page::PageRequest;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use types::{ApiError, ErrorCode};

use super::problem::Problem;
use crate::AppState;

/// Query parameters.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::malformed(format!(
                "The query is not valid: {}",
                rejection.body_text()
            ))),
        }
    }
}

/// Ids in a path. What can't be read is unknown.
#[derive(Debug)]
pub struct Ids<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::new(ErrorCode::NotFound, "Not found").into()),
        }
    }
}

/// `?limit&cursor`
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Page {
    /// How many of them, 50 when absent.
    #[schemars(with = "Option<u32>", range(min = 1, max = 100))]
    limit: Option<String>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

impl Page {
    /// As the domain takes it.
    pub fn request(self) -> Result<PageRequest, Problem> {
        let limit = match self.limit {
            None => None,
            Some(text) => Some(
                text.parse()
                    .map_err(|_| Problem::invalid("limit", "The limit must be between 1 and 100"))?,
            ),
        };
        Ok(PageRequest {
            limit,
            cursor: self.cursor,
        })
    }
}

/// `?teamId`, beside those of a page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamPage {
    #[serde(flatten)]
    page: Page,
    /// Of this team, rather than the caller's own; a team key's own team takes its place.
    team_id: Option<String>,
}

impl TeamPage {
    /// The team, and the page as the domain takes it.
    pub fn request(self) -> Result<(Option<String>, PageRequest), Problem> {
        Ok((self.team_id, self.page.request()?))
    }
}
