//! The projects of the person and of their teams.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::projects::{ChangeProjectRequest, CreateProjectRequest, Project};
use types::views;

use super::Failure;
use crate::wire::Wire;

/// A page of the projects of a realm: a team's, or the person's own. The fields are `team_id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "project_rows", input = Wire, output = Wire)]
pub async fn project_rows(team_id: Option<String>, cursor: Option<String>) -> Result<views::ProjectRows, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    projects::rows(&request.core, &who, team_id.as_deref(), &page)
        .await
        .map_err(|error| refused(&error))
}

/// One project as lists show it. The field is `id`.
#[server(prefix = "/_fn", endpoint = "project_row", input = Wire, output = Wire)]
pub async fn project_row(id: String) -> Result<views::ProjectRow, Failure> {
    let (request, who) = asking()?;
    projects::row(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// A project with the first page of its threads. The field is `id`.
#[server(prefix = "/_fn", endpoint = "open_project", input = Wire, output = Wire)]
pub async fn open_project(id: String) -> Result<views::OpenProject, Failure> {
    let (request, who) = asking()?;
    projects::open(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// A further page of a project's threads. The fields are `id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "project_threads", input = Wire, output = Wire)]
pub async fn project_threads(id: String, cursor: Option<String>) -> Result<views::ProjectThreads, Failure> {
    let (request, who) = asking()?;
    threads::in_project(&request.core, &who, &id, cursor)
        .await
        .map_err(|error| refused(&error))
}

/// Makes a project. The field is `project`.
#[server(prefix = "/_fn", endpoint = "create_project", input = Wire, output = Wire)]
pub async fn create_project(project: CreateProjectRequest) -> Result<Project, Failure> {
    let (request, who) = asking()?;
    projects::create(&request.core, &who, project, None, &request.client)
        .await
        .map(|answer| answer.project)
        .map_err(|error| refused(&error))
}

/// Changes what is named in `change`. The fields are `id` and `change`.
#[server(prefix = "/_fn", endpoint = "change_project", input = Wire, output = Wire)]
pub async fn change_project(id: String, change: ChangeProjectRequest) -> Result<Project, Failure> {
    let (request, who) = asking()?;
    projects::change(&request.core, &who, &id, change, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes a project; its threads stay. The field is `id`.
#[server(prefix = "/_fn", endpoint = "delete_project", input = Wire, output = Wire)]
pub async fn delete_project(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    projects::delete(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::page::PageRequest,
    domain::{projects, threads},
};
