//! Saying something, following the answer, and what can be done with it.

use std::sync::Arc;

use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Core;
use domain::access::Principal;
use domain::chat::{self, Anew, Ask, Follower, Started};
use domain::idempotency::Claim;
use domain::{messages, threads};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use types::chat::{ChatAnswer, ChatRequest, MessageAnswer, RegenerateRequest};
use types::threads::{FeedbackRequest, Thread};

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::api::sse;
use crate::auth::Caller;
use crate::middleware::request_id::RequestId;

/// POST /api/chat
pub async fn chat(
    State(state): State<AppState>,
    Caller(who): Caller,
    extensions: Extensions,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: Json<ChatRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    let json = sse::wants_json(&headers, request.stream);
    let ask = Ask {
        content: request.content,
        thread_id: request.thread_id,
        project_id: request.project_id,
        team_id: request.team_id,
        model: request.model,
        replaces: request.replaces,
        request_id: Some(RequestId::of(&extensions)),
    };
    let start = |core: Arc<Core>, who: Principal, claim: Option<Arc<Claim>>| async move {
        chat::start(&core, &who, ask, claim.as_deref()).await
    };
    answer(&state, who, &key, &body.raw, json, start).await
}

/// POST /api/chat/{messageId}/regenerate
pub async fn regenerate(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(message_id): Ids<String>,
    extensions: Extensions,
    key: IdempotencyKey,
    headers: HeaderMap,
    Optional(body): Optional<RegenerateRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    let json = sse::wants_json(&headers, request.stream);
    let anew = Anew {
        message_id,
        model: request.model,
        request_id: Some(RequestId::of(&extensions)),
    };
    let start = |core: Arc<Core>, who: Principal, claim: Option<Arc<Claim>>| async move {
        chat::regenerate(&core, &who, anew, claim.as_deref()).await
    };
    answer(&state, who, &key, &body.raw, json, start).await
}

/// Starts an answer, once for each idempotency key, and gives it as it comes or as a whole.
async fn answer<F>(
    state: &AppState,
    who: Principal,
    key: &IdempotencyKey,
    raw: &[u8],
    json: bool,
    start: impl FnOnce(Arc<Core>, Principal, Option<Arc<Claim>>) -> F,
) -> Result<Response, Problem>
where
    F: Future<Output = Result<Started, domain::Error>> + Send + 'static,
{
    let (thread, follower) = match key.turn(state, &who, raw).await? {
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(message_id) => again(state, &who, &message_id, 0).await?,
        Turn::Act(claim) => {
            let asker = who.clone();
            let acting = act(state, claim, |state, claim| start(state.core, asker, claim));
            let Started { thread, follower, .. } = acting.await?;
            (thread, follower)
        }
    };
    if json {
        whole(state, who, follower).await
    } else {
        Ok(sse::stream(&state.core, who, &thread, follower))
    }
}

async fn whole(state: &AppState, who: Principal, follower: Follower) -> Result<Response, Problem> {
    let (message_id, thread_id) = (follower.message_id.clone(), follower.thread_id.clone());
    sse::whole(&state.core, who.clone(), follower).await?;
    let message = messages::read(&state.core, &who, &message_id).await?;
    let thread = threads::get(&state.core, &who, &thread_id).await?;
    Ok(Answer(ChatAnswer { thread, message }).into_response())
}

async fn again(
    state: &AppState,
    who: &Principal,
    message_id: &str,
    after: usize,
) -> Result<(Thread, Follower), Problem> {
    let follower = chat::follow(&state.core, who, message_id, after).await?;
    let thread = threads::get(&state.core, who, &follower.thread_id).await?;
    Ok((thread, follower))
}

/// `?after=`
#[derive(Debug, Deserialize)]
pub struct FollowParams {
    after: Option<String>,
}

/// GET /api/chat/{messageId}/stream
pub async fn follow(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(message_id): Ids<String>,
    Params(params): Params<FollowParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = sse::resume_from(&headers, params.after.as_deref())?;
    let (thread, follower) = again(&state, &who, &message_id, after).await?;
    Ok(sse::stream(&state.core, who, &thread, follower))
}

/// POST /api/chat/{messageId}/stop
pub async fn stop(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(message_id): Ids<String>,
) -> Result<Answer<MessageAnswer>, Problem> {
    Ok(Answer(MessageAnswer {
        message: chat::stop(&state.core, &who, &message_id).await?,
    }))
}

/// POST /api/chat/{messageId}/feedback
pub async fn rate(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(message_id): Ids<String>,
    body: Json<FeedbackRequest>,
) -> Result<StatusCode, Problem> {
    messages::rate(&state.core, &who, &message_id, body.value).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A JSON body that may be left out: without one, and without a word on its type, everything is as by default.
#[derive(Debug)]
pub struct Optional<T>(Json<T>);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let headers = request.headers();
        let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !headers.contains_key(header::CONTENT_TYPE);
        if empty {
            return Ok(Self(Json {
                value: T::default(),
                raw: Bytes::new(),
            }));
        }
        Json::from_request(request, state).await.map(Self)
    }
}
