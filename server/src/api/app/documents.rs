//! Documents of projects.

use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::documents;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use types::ErrorCode;
use types::documents::{DocumentAnswer, DocumentList, PassageList};

use crate::AppState;
use crate::api::form::{Form, Value};
use crate::api::openapi::{Api, Given, operation};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Page, Params};
use crate::auth::{Caller, ClientOf};

/// Their routes.
pub fn routes(api: Api) -> Api {
    api.tag(
        "Documents",
        "Files in projects. What they say is looked up for every question in the project's chats, and answers cite it.",
    )
    .get(
        "/api/documents",
        list,
        operation("listDocuments", "List documents of a project")
            .about("Newest first.")
            .refuses(&[ErrorCode::InvalidCursor, ErrorCode::NotFound]),
    )
    .post(
        "/api/documents",
        add,
        operation("addDocument", "Add a document")
            .about(
                "Text, Markdown, HTML, PDF or a Word document (`.docx`), recognised by what is in it. Send `projectId` before \
                 `file`. The text is read and split into passages; the file itself is not kept. A file that is in the project \
                 already is answered with 200 and stays as it is.",
            )
            .takes_form(json!({
                "type": "object",
                "properties": {
                    "projectId": { "type": "string", "description": "The project." },
                    "title": { "type": "string", "description": "What it is called; by itself its first heading, or the file's name." },
                    "file": { "type": "string", "format": "binary", "description": "The file." },
                },
                "required": ["projectId", "file"],
            }))
            .gives(Given::json::<DocumentAnswer>(201, "It is in the project."))
            .gives(Given::json::<DocumentAnswer>(200, "It was in the project already."))
            .refuses(&[
                ErrorCode::InvalidRequest,
                ErrorCode::Forbidden,
                ErrorCode::NotFound,
                ErrorCode::Conflict,
            ]),
    )
    .get("/api/documents/{id}", read, operation("readDocument", "Read a document"))
    .delete(
        "/api/documents/{id}",
        remove,
        operation("deleteDocument", "Delete a document")
            .about("With everything that was taken from it, also where it stands among the sources of answers.")
            .refuses(&[ErrorCode::Forbidden]),
    )
    .get(
        "/api/documents/{id}/passages",
        passages,
        operation("listPassages", "List passages of a document")
            .about("What was read in it, in order.")
            .refuses(&[ErrorCode::InvalidCursor]),
    )
}

/// `?projectId`, beside those of a page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectPage {
    #[serde(flatten)]
    page: Page,
    /// Of this project.
    project_id: String,
}

/// GET /api/documents
pub async fn list(
    State(state): State<AppState>,
    Caller(who): Caller,
    Params(params): Params<ProjectPage>,
) -> Result<Answer<DocumentList>, Problem> {
    let page = params.page.request()?;
    let list = documents::list(&state.core, &who, &params.project_id, &page).await?;
    Ok(Answer(list))
}

/// POST /api/documents
///
/// The same file twice changes nothing, so an `Idempotency-Key` is neither needed nor looked at.
pub async fn add(State(state): State<AppState>, Caller(who): Caller, request: Request) -> Result<Response, Problem> {
    let core = &state.core;
    let client = request.extensions().client(&state);
    let (parts, body) = request.into_parts();
    let mut form = Form::open(&parts.headers, body, core.config.limits.max_document_bytes)?;
    let (mut project_id, mut title, mut file) = (None, None, None);
    let mut place = None;
    while let Some((name, value)) = form.next().await? {
        match (name.as_str(), value) {
            ("projectId", Value::Text(text)) => {
                documents::require_writable(core, &who, text.trim()).await?;
                project_id = Some(text.trim().to_owned());
            }
            ("title", Value::Text(text)) => title = Some(text),
            ("file", Value::File(waiting)) => {
                if project_id.is_none() {
                    return Err(Problem::invalid("projectId", "Name the project before the file"));
                }
                // Not before it is known that they may, and that there is something to wait for.
                if place.is_none() {
                    place = Some(documents::enter(core, &who).await?);
                }
                file = Some(waiting.receive().await?);
            }
            ("file", Value::Text(_)) => {
                return Err(Problem::invalid("file", "Send a file, with its name"));
            }
            _ => {}
        }
    }
    let project_id = project_id.ok_or_else(|| Problem::invalid("projectId", "Name the project"))?;
    let file = file.ok_or_else(|| Problem::invalid("file", "There is no file in the form"))?;
    // Who was signed out while they sent it adds nothing.
    core.still_allowed(&who).await?;
    let added = documents::add(core, &who, &project_id, title.as_deref(), file, &client).await?;
    drop(place);
    let status = if added.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = DocumentAnswer {
        document: added.document,
    };
    Ok((status, Answer(answer)).into_response())
}

/// GET /api/documents/{id}
pub async fn read(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
) -> Result<Answer<DocumentAnswer>, Problem> {
    Ok(Answer(DocumentAnswer {
        document: documents::read(&state.core, &who, &id).await?,
    }))
}

/// GET /api/documents/{id}/passages
pub async fn passages(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    Params(page): Params<Page>,
) -> Result<Answer<PassageList>, Problem> {
    Ok(Answer(
        documents::passages(&state.core, &who, &id, &page.request()?).await?,
    ))
}

/// DELETE /api/documents/{id}
pub async fn remove(
    State(state): State<AppState>,
    Caller(who): Caller,
    Ids(id): Ids<String>,
    extensions: Extensions,
) -> Result<StatusCode, Problem> {
    documents::delete(&state.core, &who, &id, &extensions.client(&state)).await?;
    Ok(StatusCode::NO_CONTENT)
}
