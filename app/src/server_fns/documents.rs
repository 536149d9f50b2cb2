//! The documents of projects.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::documents::{DocumentList, PassageList};

use super::Failure;
use crate::wire::Wire;

/// A page of the documents of a project. The fields are `project_id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "project_documents", input = Wire, output = Wire)]
pub async fn project_documents(project_id: String, cursor: Option<String>) -> Result<DocumentList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    documents::list(&request.core, &who, &project_id, &page)
        .await
        .map_err(|error| refused(&error))
}

/// A page of what a document says. The fields are `id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "document_passages", input = Wire, output = Wire)]
pub async fn document_passages(id: String, cursor: Option<String>) -> Result<PassageList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    documents::passages(&request.core, &who, &id, &page)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes a document with everything that was taken from it. The field is `id`.
#[server(prefix = "/_fn", endpoint = "delete_document", input = Wire, output = Wire)]
pub async fn delete_document(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    documents::delete(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::documents,
    domain::page::PageRequest,
};
