//! Completions of chats: whole, or as they are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::Extensions;
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::chat::{self, Ask, Basis};
use domain::idempotency::Claim;
use domain::workspaces::Found;
use domain::{Core, Error, messages, threads};
use serde_json::json;
use types::ErrorCode;
use types::openai::{Completion, CompletionChoice, CompletionRequest, CompletionUsage};
use types::threads::Usage;

use super::Door;
use super::conversation::{Asked, read};
use super::frames::{Frames, finish_reason};
use super::models::behind;
use crate::AppState;
use crate::api::answering::{Begun, begin};
use crate::api::body::Json;
use crate::api::idempotent::IdempotencyKey;
use crate::api::openapi::{Api, Given, Operation, operation};
use crate::api::problem::Problem;
use crate::api::sse;
use crate::auth::KeyCaller;
use crate::middleware::request_id::RequestId;

const STREAM: &str = "data: {\"id\":\"chatcmpl-019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"object\":\"chat.completion.chunk\",\"created\":1768471200,\"model\":\"builtin\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n\
    data: {\"id\":\"chatcmpl-019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"object\":\"chat.completion.chunk\",\"created\":1768471200,\"model\":\"builtin\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Take the tram\"},\"finish_reason\":null}]}\n\n\
    data: {\"id\":\"chatcmpl-019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"object\":\"chat.completion.chunk\",\"created\":1768471200,\"model\":\"builtin\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
    data: [DONE]\n\n";

pub(super) fn routes(api: Api) -> Api {
    api.post(
        "/v1/chat/completions",
        complete,
        completes(operation("openAiComplete", "Complete a chat")).sample(json!({
            "model": "builtin",
            "messages": [
                { "role": "system", "content": "Answer briefly." },
                { "role": "user", "content": "What should we see in Lisbon?" },
            ],
        })),
    )
    .post(
        "/api/v1/openai/chat/completions",
        complete_in_workspace,
        completes(operation("openAiCompleteInWorkspace", "Complete a chat in a workspace")).sample(json!({
            "model": "lisbon",
            "messages": [{ "role": "user", "content": "What should we see?" }],
        })),
    )
}

fn completes(operation: Operation) -> Operation {
    operation
        .about(
            "The messages are the whole conversation: nothing of a thread's enters the prompt. The last one, and the answer, are \
             written to the thread that `metadata.thread_id` names, or to a new one.",
        )
        .gives(
            Given::nothing(200, "The answer: whole, or as it is written.")
                .or_json::<Completion>()
                .or_text("text/event-stream", STREAM),
        )
        .refuses(&[
            ErrorCode::NotFound,
            ErrorCode::Forbidden,
            ErrorCode::Conflict,
            ErrorCode::MonthlyLimitReached,
            ErrorCode::ModelFailed,
            ErrorCode::ModelTimeout,
        ])
}

/// POST /v1/chat/completions
pub(super) async fn complete(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    extensions: Extensions,
    key: IdempotencyKey,
    body: Json<CompletionRequest>,
) -> Result<Response, Problem> {
    answer(state, who, Door::Models, &extensions, key, body).await
}

/// POST /api/v1/openai/chat/completions
pub(super) async fn complete_in_workspace(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    extensions: Extensions,
    key: IdempotencyKey,
    body: Json<CompletionRequest>,
) -> Result<Response, Problem> {
    answer(state, who, Door::Workspaces, &extensions, key, body).await
}

async fn answer(
    state: AppState,
    who: Principal,
    door: Door,
    extensions: &Extensions,
    key: IdempotencyKey,
    body: Json<CompletionRequest>,
) -> Result<Response, Problem> {
    let Json { value: request, raw } = body;
    let model = request.model.clone();
    let workspace = match behind(&state, &who, door, &model).await? {
        Ok(workspace) => workspace,
        Err(refusal) => return Ok(refusal),
    };
    let streams = request.stream == Some(true);
    let with_usage = request
        .stream_options
        .as_ref()
        .and_then(|options| options.include_usage);
    let asked = read(request, workspace.is_some())?;
    if let (Some(workspace), Some(id)) = (&workspace, &asked.thread_id) {
        let thread = threads::get(&state.core, &who, id).await?;
        if thread.project_id.as_deref() != Some(workspace.id()) {
            return Err(Error::NotFound("Thread").into());
        }
    }
    let ask = ask(
        &state.core,
        asked,
        &model,
        workspace.as_ref(),
        RequestId::of(extensions),
    );
    let start = |core: Arc<Core>, who: Principal, claim: Option<Arc<Claim>>| async move {
        chat::start(&core, &who, ask, claim.as_deref()).await
    };
    let follower = match begin(&state, &who, &key, &raw, start).await? {
        Begun::Repeated(answer) => return Ok(answer),
        Begun::Answer(_, follower) => follower,
    };
    let message_id = follower.message_id.clone();
    let created = state.core.clock.now().seconds();
    if streams {
        let frames = Frames {
            core: Arc::clone(&state.core),
            who: who.clone(),
            message_id,
            created,
            model,
            with_usage: with_usage == Some(true),
        };
        return Ok(sse::frames(&state.core, who, follower, frames));
    }
    sse::whole(&state.core, who.clone(), follower).await?;
    whole(&state, &who, &message_id, created, model).await
}

fn ask(core: &Core, asked: Asked, model: &str, workspace: Option<&Found>, request_id: String) -> Ask {
    Ask {
        content: asked.content,
        project_id: workspace.map(|workspace| workspace.id().to_owned()),
        thread_id: asked.thread_id,
        model: match workspace {
            None => Some(model.to_owned()),
            // One that is no longer configured gives way, as it does in the browser.
            Some(workspace) => {
                let model = workspace.model().filter(|model| core.models.get(model).is_some());
                model.map(str::to_owned)
            }
        },
        basis: Basis::Given(asked.given),
        wishes: asked.wishes,
        request_id: Some(request_id),
        ..Ask::default()
    }
}

async fn whole(
    state: &AppState,
    who: &Principal,
    message_id: &str,
    created: i64,
    model: String,
) -> Result<Response, Problem> {
    let message = messages::read(&state.core, who, message_id).await?;
    let completion = Completion {
        id: completion_id(message_id),
        object: "chat.completion".to_owned(),
        created,
        model,
        choices: vec![CompletionChoice {
            index: 0,
            message: types::openai::CompletionMessage {
                role: "assistant".to_owned(),
                content: message.content,
                refusal: None,
            },
            logprobs: None,
            finish_reason: finish_reason(message.finish_reason).to_owned(),
        }],
        usage: message.usage.map(usage),
        metadata: metadata(&message.thread_id),
        sources: message.sources,
    };
    Ok(Answer(completion).into_response())
}

pub(super) fn completion_id(message_id: &str) -> String {
    format!("chatcmpl-{message_id}")
}

pub(super) fn metadata(thread_id: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("thread_id".to_owned(), thread_id.to_owned())])
}

pub(super) fn usage(usage: Usage) -> CompletionUsage {
    CompletionUsage {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
    }
}
