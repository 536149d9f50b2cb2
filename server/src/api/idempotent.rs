//! The `Idempotency-Key` header around a request that creates.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::idempotency::{self, Claim, Known};
use serde::Serialize;

use super::problem::Problem;
use crate::AppState;

/// What tells a repeated request, beside who asks and the body: the header, method and path.
#[derive(Debug)]
pub struct IdempotencyKey {
    key: Option<String>,
    method: String,
    path: String,
}

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let bad = || {
            Problem::invalid(
                "Idempotency-Key",
                "An Idempotency-Key has 1 to 255 printable ASCII characters",
            )
        };
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(value.to_str().map_err(|_| bad())?.to_owned()),
            (Some(_), Some(_)) => return Err(bad()),
        };
        Ok(Self {
            key,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
        })
    }
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Turn {
    /// It acts; with a claim when it has a key.
    Act(Option<Claim>),
    /// It was answered before, with this.
    Repeat(Response),
    /// It started this answer of a model before.
    Follow(String),
}

/// The answer to a request that has made a `T`, now or when it came for the first time.
#[derive(Debug)]
pub struct Created<T> {
    answer: Response,
    made: PhantomData<fn() -> T>,
}

impl<T> From<Response> for Created<T> {
    fn from(answer: Response) -> Self {
        Self {
            answer,
            made: PhantomData,
        }
    }
}

impl<T> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        self.answer
    }
}

impl IdempotencyKey {
    /// Looks the key up.
    pub async fn turn(&self, state: &AppState, who: &Principal, body: &[u8]) -> Result<Turn, Problem> {
        let Some(key) = &self.key else {
            return Ok(Turn::Act(None));
        };
        let request = [
            self.method.as_bytes(),
            self.path.as_bytes(),
            who.reach().as_bytes(),
            body,
        ];
        Ok(
            match idempotency::claim(&state.core, &who.user_id, key, &request).await? {
                Known::New(claim) => Turn::Act(Some(claim)),
                Known::Started { message_id } => Turn::Follow(message_id),
                Known::Answered { status, body } => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                    let json = [
                        (header::CONTENT_TYPE, "application/json"),
                        (header::HeaderName::from_static("idempotent-replayed"), "true"),
                    ];
                    Turn::Repeat((status, json, body).into_response())
                }
            },
        )
    }

    /// Makes something, once for each key, and answers 201 with it. `make` writes the answer with the claim it is given.
    pub async fn create<T, F>(
        &self,
        state: &AppState,
        who: &Principal,
        body: &[u8],
        make: impl FnOnce(AppState, Option<Arc<Claim>>) -> F,
    ) -> Result<Created<T>, Problem>
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<T, domain::Error>> + Send + 'static,
    {
        let claim = match self.turn(state, who, body).await? {
            Turn::Act(claim) => claim,
            Turn::Repeat(answer) => return Ok(answer.into()),
            // Only a chat starts an answer: the key was used for one.
            Turn::Follow(_) => return Err(domain::Error::IdempotencyKeyReused.into()),
        };
        let made = act(state, claim, make).await?;
        Ok((StatusCode::CREATED, Answer(made)).into_response().into())
    }
}

/// Acts under a claim, and gives it back when that fails. Runs on when the caller goes away, so that a claim is never
/// left behind half used.
pub async fn act<T: Send + 'static, F>(
    state: &AppState,
    claim: Option<Claim>,
    act: impl FnOnce(AppState, Option<Arc<Claim>>) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, domain::Error>> + Send + 'static,
{
    let claim = claim.map(Arc::new);
    let acting = act(state.clone(), claim.clone());
    let state = state.clone();
    let tasks = state.core.tasks.clone();
    let acted = tasks.spawn(async move {
        let outcome = acting.await;
        if outcome.is_err()
            && let Some(claim) = claim
        {
            claim.release(&state.core).await;
        }
        outcome
    });
    match acted.await {
        Ok(outcome) => Ok(outcome?),
        Err(error) => Err(domain::Error::Internal(error.to_string()).into()),
    }
}
