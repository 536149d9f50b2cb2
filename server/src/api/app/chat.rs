//! Saying something, and following the answer.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::chat::{self, Ask, Follower, Started};
use domain::{messages, threads};
use serde::Deserialize;
use types::chat::{ChatAnswer, ChatRequest, MessageAnswer};
use types::threads::Thread;

use crate::AppState;
use crate::api::body::Json;
use crate::api::idempotent::{IdempotencyKey, Turn, act};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::api::sse;
use crate::auth::Caller;

/// POST /api/chat
pub async fn chat(
    State(state): State<AppState>,
    Caller(who): Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: Json<ChatRequest>,
) -> Result<Response, Problem> {
    let json = sse::wants_json(&headers, body.value.stream);
    let (thread, follower) = match key.turn(&state, &who, &body.raw).await? {
        Turn::Repeat(answer) => return Ok(answer),
        Turn::Follow(message_id) => again(&state, &who, &message_id, 0).await?,
        Turn::Act(claim) => {
            let request = body.value;
            let ask = Ask {
                content: request.content,
                thread_id: request.thread_id,
                project_id: request.project_id,
                team_id: request.team_id,
                model: request.model,
            };
            let asker = who.clone();
            let Started { thread, follower } = act(&state, claim, |state, claim| async move {
                chat::start(&state.core, &asker, ask, claim.as_deref()).await
            })
            .await?;
            (thread, follower)
        }
    };
    if json {
        whole(&state, who, follower).await
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
