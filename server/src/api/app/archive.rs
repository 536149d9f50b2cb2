//! Everything somebody has as one file, and files taken in.

use std::pin::Pin;
use std::time::Duration;

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::archive::{self, Options};
use futures::stream::unfold;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};
use types::ErrorCode;
use types::archive::{ImportProgress, ImportReport};

use super::export::attachment;
use crate::AppState;
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::api::query::Params;
use crate::api::{sse, upload};
use crate::auth::{Caller, ClientOf};
use crate::middleware::request_id::RequestId;

const PING: Duration = Duration::from_secs(15);
/// How often progress is told, at most.
const TELL: Duration = Duration::from_millis(150);

/// How an import looks that tells how far it is.
const STREAM: &str = "event: progress\ndata: {\"type\":\"progress\",\"percent\":40,\"threads\":12,\"messages\":340}\n\n\
    event: done\ndata: {\"type\":\"done\",\"report\":{…}}\n\n";

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.get(
        "/api/export",
        export,
        operation("exportEverything", "Export everything")
            .about(
                "Threads with their messages, projects, what was read in documents, templates and settings, as a ZIP that is \
                 written while it is read. A key exports what is its owner's where the key reaches.",
            )
            .gives(Given::nothing(200, "The archive.").or_file("application/zip").with("Content-Disposition")),
    )
    .post(
        "/api/import",
        import,
        operation("importFile", "Import a file")
            .about(
                "An archive of everything, a single exported thread, or `conversations.json` of ChatGPT with or without the \
                 archive it comes in. The same file twice changes nothing. With `Accept: text/event-stream` it tells how far \
                 it is: `progress`, and at the end `done` or `error`.",
            )
            .takes_file(&["application/zip", "application/json"])
            .gives(
                Given::json::<ImportReport>(200, "What came of it.").or_events::<ImportEvent>(STREAM),
            )
            .refuses(&[ErrorCode::InvalidRequest, ErrorCode::Forbidden, ErrorCode::RateLimited, ErrorCode::Conflict]),
    )
}

/// GET /api/export
pub async fn export(State(state): State<AppState>, Caller(who): Caller, request: Request) -> Result<Response, Problem> {
    let client = request.extensions().client(&state);
    let everything = archive::open(&state.core, &who, &client).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, attachment(&everything.file_name)),
    ];
    Ok((headers, Body::from_stream(everything.pieces())).into_response())
}

/// `?settings=`
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImportParams {
    /// `restore` when absent: the settings in the file take the place of those there are.
    #[schemars(with = "Option<SettingsChoice>")]
    settings: Option<String>,
}

/// What can become of the settings in a file.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "only described, so that another word is refused with a sentence of ours"
)]
enum SettingsChoice {
    Restore,
    Keep,
}

/// POST /api/import
///
/// The same file twice changes nothing, so an `Idempotency-Key` is neither needed nor looked at.
pub async fn import(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Response, Problem> {
    let settings = match params.settings.as_deref() {
        None | Some("restore") => true,
        Some("keep") => false,
        Some(_) => return Err(Problem::invalid("settings", "The settings are restore or keep")),
    };
    let options = Options { settings };
    upload::check_kind(request.headers())?;
    let place = state.core.imports.enter(&state.core, &who).await?;
    let client = request.extensions().client(&state);
    let id = RequestId::of(request.extensions());
    let (parts, body) = request.into_parts();
    let file = upload::receive(&parts.headers, body, state.core.config.limits.max_import_bytes).await?;
    // Who was signed out while they sent it is not imported for.
    state.core.still_allowed(&who).await?;
    let (progress, told) = watch::channel(ImportProgress::default());
    let importing = Box::pin(async move {
        let report = archive::run(&state.core, &who, file, options, &progress, &client).await;
        drop(place);
        report
    });
    // Whoever does not ask for events gets the one answer they expect.
    let streams = parts
        .headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/event-stream")));
    if !streams {
        return Ok(Answer(importing.await?).into_response());
    }
    Ok(events(importing, told, id))
}

type Importing = Pin<Box<dyn Future<Output = Result<ImportReport, domain::Error>> + Send>>;

/// An import whose progress is told.
struct Told {
    importing: Importing,
    progress: watch::Receiver<ImportProgress>,
    tick: Interval,
    request_id: String,
    is_over: bool,
}

/// Progress, then `done` or `error`. The import goes on only as long as somebody reads this.
fn events(importing: Importing, progress: watch::Receiver<ImportProgress>, request_id: String) -> Response {
    let told = Told {
        importing,
        progress,
        tick: interval_at(Instant::now(), TELL),
        request_id,
        is_over: false,
    };
    let events = unfold(told, |mut told| async move {
        if told.is_over {
            return None;
        }
        loop {
            tokio::select! {
                biased;
                outcome = &mut told.importing => {
                    told.is_over = true;
                    let event = last(outcome, &told.request_id).event();
                    return Some((Ok::<_, std::convert::Infallible>(event), told));
                }
                _ = told.tick.tick() => {
                    if told.progress.has_changed().unwrap_or(false) {
                        let progress = *told.progress.borrow_and_update();
                        return Some((Ok(ImportEvent::Progress(progress).event()), told));
                    }
                }
            }
        }
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(PING).text("ping"))
        .into_response();
    sse::unbuffered(response.headers_mut());
    response
}

/// What the stream of an import tells; the `type` of each is its event's name.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
enum ImportEvent {
    /// How far it is.
    Progress(ImportProgress),
    /// It is over.
    Done {
        /// What came of it.
        report: ImportReport,
    },
    /// It ended early. What had come until then stays.
    #[serde(rename_all = "camelCase")]
    Error {
        /// Why, in a sentence.
        error: String,
        /// The same for programs.
        code: ErrorCode,
        /// The request, to find it in the log.
        request_id: String,
    },
}

impl ImportEvent {
    fn event(&self) -> Event {
        let name = match self {
            Self::Progress(_) => "progress",
            Self::Done { .. } => "done",
            Self::Error { .. } => "error",
        };
        Event::default().event(name).json_data(self).unwrap_or_default()
    }
}

fn last(outcome: Result<ImportReport, domain::Error>, request_id: &str) -> ImportEvent {
    match outcome {
        Ok(report) => ImportEvent::Done { report },
        Err(error) => {
            let api = error.to_api();
            if matches!(error, domain::Error::Database(_) | domain::Error::Internal(_)) {
                tracing::error!(%error, "an import failed");
            }
            ImportEvent::Error {
                error: api.error,
                code: api.code,
                request_id: request_id.to_owned(),
            }
        }
    }
}
