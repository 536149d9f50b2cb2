//! Saying something in a workspace.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::chat::{self, Ask, Basis};
use domain::clock::new_id;
use domain::idempotency::Claim;
use domain::threads::Session;
use domain::workspaces::{self, Found};
use domain::{Core, Error};
use futures::stream;
use serde_json::{Value, json};
use types::ErrorCode;
use types::workspaces::{ChatMode, WorkspaceChatRequest, WorkspaceReply};

use super::found;
use super::frames::{Frames, abort, frame};
use super::threads::found_thread;
use crate::AppState;
use crate::api::answering::{Begun, begin};
use crate::api::body::{Json, Lenient};
use crate::api::idempotent::IdempotencyKey;
use crate::api::openapi::{Api, Given, Operation, operation};
use crate::api::problem::Problem;
use crate::api::query::Ids;
use crate::api::sse;
use crate::auth::KeyCaller;
use crate::middleware::request_id::RequestId;

const RESET: &str = "Chat history was reset!";
const LONGEST_SESSION: usize = 200;

const STREAM: &str = "data: {\"id\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"uuid\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"type\":\"textResponseChunk\",\"textResponse\":\"Take the tram\",\"sources\":[],\"close\":false,\"error\":false}\n\n\
    data: {\"id\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"uuid\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"type\":\"textResponseChunk\",\"textResponse\":\"\",\"sources\":[],\"close\":true,\"error\":false}\n\n\
    data: {\"id\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"uuid\":\"019b9f1c-6b2a-7a51-b1f4-0d9e8c7b6a54\",\"type\":\"finalizeResponseStream\",\"close\":true,\"error\":false,\"chatId\":7,\"metrics\":{\"prompt_tokens\":182,\"completion_tokens\":64,\"total_tokens\":246,\"outputTps\":32.0,\"duration\":2.0,\"model\":\"builtin\",\"provider\":\"builtin\",\"timestamp\":\"2026-01-15T10:00:00.000Z\"},\"sources\":[]}\n\n";

pub(super) fn routes(api: Api) -> Api {
    api.post(
        "/api/v1/workspace/{slug}/chat",
        say,
        whole(operation("workspaceChat", "Say something in a workspace")),
    )
    .post(
        "/api/v1/workspace/{slug}/stream-chat",
        say_streaming,
        streamed(operation(
            "workspaceStreamChat",
            "Say something in a workspace, streamed",
        )),
    )
    .post(
        "/api/v1/workspace/{slug}/thread/{threadSlug}/chat",
        say_in_thread,
        whole(operation(
            "workspaceThreadChat",
            "Say something in a thread of a workspace",
        )),
    )
    .post(
        "/api/v1/workspace/{slug}/thread/{threadSlug}/stream-chat",
        say_in_thread_streaming,
        streamed(operation(
            "workspaceThreadStreamChat",
            "Say something in a thread of a workspace, streamed",
        )),
    )
}

fn said(operation: Operation) -> Operation {
    operation
        .about(
            "In the mode `query` it is answered from the workspace's documents alone; what they have nothing on is refused in \
             the workspace's words for that, and stays out of later prompts. `reset` takes what the caller said in this \
             conversation so far out of later prompts, and deletes nothing.",
        )
        .sample(json!({ "message": "What should we see in Lisbon?", "mode": "chat", "sessionId": "user-7" }))
        .gives(Given::json::<WorkspaceReply>(400, "An `abort` that says why not."))
        .refuses(&[ErrorCode::Forbidden, ErrorCode::Conflict, ErrorCode::MonthlyLimitReached])
}

fn whole(operation: Operation) -> Operation {
    said(operation)
        .gives(Given::json::<WorkspaceReply>(200, "The answer."))
        .gives(Given::json::<WorkspaceReply>(502, "An `abort`: the model failed."))
        .gives(Given::json::<WorkspaceReply>(
            504,
            "An `abort`: the model did not answer in time.",
        ))
}

fn streamed(operation: Operation) -> Operation {
    said(operation).gives(Given::nothing(200, "The answer as it is written.").or_text("text/event-stream", STREAM))
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Stream,
}

/// POST /api/v1/workspace/{slug}/chat
pub(super) async fn say(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    extensions: Extensions,
    key: IdempotencyKey,
    Lenient(body): Lenient<WorkspaceChatRequest>,
) -> Result<Response, Problem> {
    let request = Request::new(state, who, slug, None, &extensions, key);
    request.answer(body, Form::Whole).await
}

/// POST /api/v1/workspace/{slug}/stream-chat
pub(super) async fn say_streaming(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids(slug): Ids<String>,
    extensions: Extensions,
    key: IdempotencyKey,
    Lenient(body): Lenient<WorkspaceChatRequest>,
) -> Result<Response, Problem> {
    let request = Request::new(state, who, slug, None, &extensions, key);
    request.answer(body, Form::Stream).await
}

/// POST /api/v1/workspace/{slug}/thread/{threadSlug}/chat
pub(super) async fn say_in_thread(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids((slug, thread_slug)): Ids<(String, String)>,
    extensions: Extensions,
    key: IdempotencyKey,
    Lenient(body): Lenient<WorkspaceChatRequest>,
) -> Result<Response, Problem> {
    let request = Request::new(state, who, slug, Some(thread_slug), &extensions, key);
    request.answer(body, Form::Whole).await
}

/// POST /api/v1/workspace/{slug}/thread/{threadSlug}/stream-chat
pub(super) async fn say_in_thread_streaming(
    State(state): State<AppState>,
    KeyCaller(who): KeyCaller,
    Ids((slug, thread_slug)): Ids<(String, String)>,
    extensions: Extensions,
    key: IdempotencyKey,
    Lenient(body): Lenient<WorkspaceChatRequest>,
) -> Result<Response, Problem> {
    let request = Request::new(state, who, slug, Some(thread_slug), &extensions, key);
    request.answer(body, Form::Stream).await
}

/// A request to say something.
struct Request {
    state: AppState,
    who: Principal,
    slug: String,
    thread_slug: Option<String>,
    id: String,
    key: IdempotencyKey,
}

/// Where something is said.
enum Place {
    Session(Session),
    Thread(String),
}

/// What is said, once it holds.
struct Message {
    content: String,
    mode: ChatMode,
    place: Place,
    reset: bool,
}

/// The answer 400 with an abort.
fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Answer(abort(&new_id(), error))).into_response()
}

impl Request {
    fn new(
        state: AppState,
        who: Principal,
        slug: String,
        thread_slug: Option<String>,
        extensions: &Extensions,
        key: IdempotencyKey,
    ) -> Self {
        Self {
            state,
            who,
            slug,
            thread_slug,
            id: RequestId::of(extensions),
            key,
        }
    }

    async fn answer(self, body: Json<WorkspaceChatRequest>, form: Form) -> Result<Response, Problem> {
        let (workspace, thread) = match self.place().await? {
            Ok(place) => place,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let message = match read(body.value, &workspace, thread) {
            Ok(message) => message,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        if message.reset && message.content.is_empty() {
            reset(&self.state.core, &self.who, &message.place).await?;
            return Ok(was_reset(form));
        }
        self.say(message, &body.raw, form).await
    }

    /// The workspace, and the thread in it that the path names; the refusal when one of them is not there.
    async fn place(&self) -> Result<Result<(Found, Option<String>), String>, Problem> {
        let found = match &self.thread_slug {
            None => found(&self.state, &self.who, &self.slug)
                .await
                .map(|workspace| (workspace, None)),
            Some(thread) => found_thread(&self.state, &self.who, &self.slug, thread)
                .await
                .map(|(workspace, thread)| (workspace, Some(thread.id))),
        };
        match found {
            Ok(place) => Ok(Ok(place)),
            Err(problem) if problem.code() == ErrorCode::InvalidRequest => Ok(Err(problem.sentence().to_owned())),
            Err(problem) => Err(problem),
        }
    }

    async fn say(self, message: Message, raw: &[u8], form: Form) -> Result<Response, Problem> {
        let request_id = Some(self.id.clone());
        let start = |core: Arc<Core>, who: Principal, claim: Option<Arc<Claim>>| async move {
            let (thread_id, session) = match message.place {
                Place::Thread(id) => (Some(id), None),
                Place::Session(session) => (None, Some(session)),
            };
            let ask = Ask {
                content: message.content,
                thread_id,
                session,
                reset: message.reset,
                basis: match message.mode {
                    ChatMode::Query => Basis::Documents,
                    ChatMode::Chat | ChatMode::Automatic => Basis::Thread,
                },
                request_id,
                ..Ask::default()
            };
            chat::start(&core, &who, ask, claim.as_deref()).await
        };
        let follower = match begin(&self.state, &self.who, &self.key, raw, start).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Answer(_, follower) => follower,
        };
        let Self { state, who, .. } = self;
        let message_id = follower.message_id.clone();
        if form == Form::Stream {
            let frames = Frames {
                core: Arc::clone(&state.core),
                who: who.clone(),
                message_id,
            };
            return Ok(sse::frames(&state.core, who, follower, frames));
        }
        match sse::whole(&state.core, who.clone(), follower).await {
            Ok(()) => Ok(Answer(workspaces::exchange(&state.core, &who, &message_id).await?).into_response()),
            Err(problem) => match problem.code() {
                ErrorCode::ModelFailed => {
                    Ok((StatusCode::BAD_GATEWAY, Answer(abort(&message_id, problem.sentence()))).into_response())
                }
                ErrorCode::ModelTimeout => Ok((
                    StatusCode::GATEWAY_TIMEOUT,
                    Answer(abort(&message_id, problem.sentence())),
                )
                    .into_response()),
                _ => Err(problem),
            },
        }
    }
}

/// Reads what is said; a sentence when it can't be.
fn read(request: WorkspaceChatRequest, workspace: &Found, thread: Option<String>) -> Result<Message, String> {
    let message = request.message.unwrap_or_default();
    let is_empty = message.trim().is_empty() && request.attachments.is_empty();
    if is_empty && !request.reset {
        return Err("Message is empty".to_owned());
    }
    let mode = match request.mode.as_deref() {
        None => workspace.mode(),
        Some(name) => ChatMode::named(name).ok_or_else(|| format!("{name} is not a valid mode."))?,
    };
    let session = request.session_id.unwrap_or_default();
    if session.chars().count() > LONGEST_SESSION || session.chars().any(char::is_control) {
        return Err(format!(
            "A sessionId has at most {LONGEST_SESSION} characters, and no control characters."
        ));
    }
    let content = if is_empty {
        String::new()
    } else {
        workspaces::with_attachments(&message, &request.attachments)?
    };
    Ok(Message {
        content,
        mode,
        place: thread.map_or_else(
            || {
                Place::Session(Session {
                    project_id: workspace.id().to_owned(),
                    key: session,
                })
            },
            Place::Thread,
        ),
        reset: request.reset,
    })
}

async fn reset(core: &Core, who: &Principal, place: &Place) -> Result<(), Error> {
    let thread = match place {
        Place::Thread(id) => Some(id.clone()),
        Place::Session(session) => workspaces::conversation(core, who, session).await?,
    };
    match thread {
        Some(thread) => chat::reset(core, who, &thread).await,
        None => Ok(()),
    }
}

/// What a reset alone is answered with.
fn was_reset(form: Form) -> Response {
    let reply: Value = json!({
        "id": new_id(),
        "type": "textResponse",
        "textResponse": RESET,
        "sources": [],
        "close": true,
        "error": null,
        "chatId": null,
        "metrics": null,
    });
    match form {
        Form::Whole => Answer(reply).into_response(),
        Form::Stream => {
            let mut response =
                Sse::new(stream::iter([Ok::<_, std::convert::Infallible>(frame(&reply))])).into_response();
            sse::unbuffered(response.headers_mut());
            response
        }
    }
}
