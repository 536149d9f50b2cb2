//! The reference of this API: as a document for programs, and as a page for people.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::openapi::{Api, Document, Given, HeaderParameter, operation};
use super::problem::Problem;
use crate::AppState;

const IF_NONE_MATCH: HeaderParameter = HeaderParameter {
    name: "If-None-Match",
    about: "The `ETag` of a document that is known already.",
    pattern: None,
};

/// Their routes.
pub(super) fn routes(api: Api) -> Api {
    api.get(
        "/api/openapi.json",
        document,
        operation("openapi", "Read this document")
            .about("OpenAPI 3.1, as it is true on this server.")
            .header(IF_NONE_MATCH)
            .gives(Given::nothing(200, "The document.").or_object().with("ETag"))
            .gives(Given::nothing(304, "It is still the same.").with("ETag")),
    )
    .get(
        "/api/docs",
        page,
        operation("docs", "Read this reference")
            .about("A page with everything that is in the document. It loads nothing from elsewhere.")
            .gives(Given::nothing(200, "The page.").or_text("text/html", "<!DOCTYPE html> …")),
    )
}

/// GET /api/openapi.json
async fn document(Extension(document): Extension<Arc<Document>>, headers: HeaderMap) -> Response {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tag| tag.as_bytes() == document.tag.as_bytes());
    let tag = [(header::ETAG, document.tag.clone())];
    if known {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (tag, json, document.text.clone()).into_response()
}

/// GET /api/docs
async fn page(
    State(state): State<AppState>,
    Extension(document): Extension<Arc<Document>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let context = crate::pages::context(&state, parts.extensions.clone()).await?;
    Ok(app::ssr::reference(context, &parts, &document.value, &document.order).await)
}
