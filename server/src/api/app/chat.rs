//! Saying something, following the answer, and what can be done with it.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Core;
use domain::access::Principal;
use domain::chat::{self, Anew, Ask, Follower, Started};
use domain::idempotency::Claim;
use domain::{messages, threads};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use types::ErrorCode;
use types::chat::{ChatAnswer, ChatEvent, ChatRequest, MessageAnswer, RegenerateRequest};
use types::threads::FeedbackRequest;

use crate::AppState;
use crate::api::answering::{Begun, again, begin};
use crate::api::body::{Json, Optional};
use crate::api::idempotent::IdempotencyKey;
use crate::api::openapi::{Api, Given, HeaderParameter, Operation, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::api::sse;
use crate::auth::Caller;
use crate::middleware::request_id::RequestId;

const STREAM: &str = "event: thread\n\
    data: {\"type\":\"thread\",\"threadId\":\"019b9f1c-5d1e-7c43-8a52-6f2d1c0b9a87\",\"title\":\"A weekend in Lisbon\"}\n\n\
    event: start\n\
    data: {\"type\":\"start\",\"messageId\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"userMessageId\":\"019b9f1c-6b29-7f10-9c3d-5e4f3a2b1c0d\"}\n\n\
    id: 9\nevent: delta\ndata: {\"type\":\"delta\",\"content\":\"Take the \"}\n\n\
    id: 13\nevent: delta\ndata: {\"type\":\"delta\",\"content\":\"tram\"}\n\n\
    event: done\n\
    data: {\"type\":\"done\",\"messageId\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"status\":\"complete\",\"usage\":{\"inputTokens\":182,\"outputTokens\":64,\"totalTokens\":246},\"finishReason\":\"stop\"}\n\n";

const LAST_EVENT_ID: HeaderParameter = HeaderParameter {
    name: "Last-Event-ID",
    about: "The id of the last event that came, as browsers send it when they connect again. Stands above `after`.",
    pattern: Some("^[0-9]{1,15}$"),
};

/// What an answer of a model looks like, streamed or whole.
fn answers(operation: Operation) -> Operation {
    operation
        .gives(
            Given::nothing(200, "The answer: as it is written, or whole.")
                .or_events::<ChatEvent>(STREAM)
                .or_json::<ChatAnswer>(),
        )
        .refuses(&[
            ErrorCode::Forbidden,
            ErrorCode::Conflict,
            ErrorCode::MonthlyLimitReached,
            ErrorCode::ModelFailed,
            ErrorCode::ModelTimeout,
        ])
}

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Chat",
        "Saying something and getting an answer. An answer belongs to the server: closing the connection does not stop it, \
         and it can be followed again from anywhere.",
    )
    .post(
        "/api/chat",
        chat,
        answers(
            operation("chat", "Send a message")
                .about(
                    "Without a `threadId` a thread is made and titled from the text. The answer arrives as server-sent \
                     events: `thread`, `start`, one `delta` for each piece of text, and at the end `done`, or `error` when \
                     the model failed after it had begun. The id of a `delta` is the length of the answer in bytes up to \
                     and with its piece. A line `: ping` every 15 seconds keeps the connection open. With \
                     `\"stream\": false`, or when only JSON is accepted, the whole answer comes in one piece when it is \
                     complete; one that failed is then an error.",
                )
                .sample(json!({ "content": "What should we see in Lisbon?" }))
                .refuses(&[ErrorCode::NotFound, ErrorCode::NotTeamMember]),
        ),
    )
    .get(
        "/api/chat/{messageId}/stream",
        follow,
        operation("followAnswer", "Follow an answer")
            .about("Replays an answer from the beginning, or from where the caller was, and goes on with it while it is written.")
            .header(LAST_EVENT_ID)
            .gives(Given::nothing(200, "The answer as it is written.").or_events::<ChatEvent>(STREAM)),
    )
    .post(
        "/api/chat/{messageId}/stop",
        stop,
        operation("stopAnswer", "Stop an answer")
            .about("What had arrived is kept. An answer that is over stays as it is.")
            .refuses(&[ErrorCode::Forbidden]),
    )
    .post(
        "/api/chat/{messageId}/regenerate",
        regenerate,
        answers(
            operation("regenerateAnswer", "Ask for an answer anew")
                .about("The new answer takes the place of this one and of everything after it. The body may be left out."),
        ),
    )
    .post(
        "/api/chat/{messageId}/feedback",
        rate,
        operation("rateAnswer", "Say what you think of an answer")
            .sample(json!({ "type": "up", "comment": "Just what I needed." }))
            .refuses(&[ErrorCode::Forbidden]),
    )
}

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
        ..Ask::default()
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
    let (thread, follower) = match begin(state, &who, key, raw, start).await? {
        Begun::Repeated(answer) => return Ok(answer),
        Begun::Answer(thread, follower) => (thread, follower),
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

/// `?after=`
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FollowParams {
    /// Bytes of the answer that are known already: the id of the last event that came.
    #[schemars(with = "Option<u64>", range(max = 1_000_000_000_000_u64))]
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
