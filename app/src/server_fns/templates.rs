//! Templates: those of the person, of their teams, and everybody's.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::templates::{Template, TemplateList};
use types::views::{Suggestion, TemplateChoices, TemplatesView};

use super::Failure;
use crate::wire::Wire;

/// All templates of the person; with `q`, those that have it in their name.
#[server(prefix = "/_fn", endpoint = "my_templates", input = Wire, output = Wire)]
pub async fn my_templates(q: String) -> Result<TemplatesView, Failure> {
    let (request, who) = asking()?;
    templates::view(&request.core, &who, &q)
        .await
        .map_err(|error| refused(&error))
}

/// The next page of the person's own templates, or of a team's. The fields are `team_id` and `cursor`.
#[server(prefix = "/_fn", endpoint = "more_templates", input = Wire, output = Wire)]
pub async fn more_templates(team_id: Option<String>, cursor: String) -> Result<TemplateList, Failure> {
    let (request, who) = asking()?;
    templates::more(&request.core, &who, team_id.as_deref(), cursor)
        .await
        .map_err(|error| refused(&error))
}

/// What the composer offers. The fields are `team_id`, of the team the chat lies in, and `q`.
#[server(prefix = "/_fn", endpoint = "choose_template", input = Wire, output = Wire)]
pub async fn choose_template(team_id: Option<String>, q: String) -> Result<TemplateChoices, Failure> {
    let (request, who) = asking()?;
    templates::choices(&request.core, &who, team_id.as_deref(), &q)
        .await
        .map_err(|error| refused(&error))
}

/// Ways to begin a chat. The field is `team_id`, of the team it is to lie in.
#[server(prefix = "/_fn", endpoint = "suggested_templates", input = Wire, output = Wire)]
pub async fn suggested_templates(team_id: Option<String>) -> Result<Vec<Suggestion>, Failure> {
    let (request, who) = asking()?;
    templates::suggestions(&request.core, &who, team_id.as_deref())
        .await
        .map_err(|error| refused(&error))
}

/// A template. The field is `id`.
#[server(prefix = "/_fn", endpoint = "open_template", input = Wire, output = Wire)]
pub async fn open_template(id: String) -> Result<Template, Failure> {
    let (request, who) = asking()?;
    templates::read(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

/// Makes a template. The fields are `name`, `prompt` and `team_id`.
#[server(prefix = "/_fn", endpoint = "create_template", input = Wire, output = Wire)]
pub async fn create_template(name: String, prompt: String, team_id: Option<String>) -> Result<Template, Failure> {
    let (request, who) = asking()?;
    let input = CreateTemplateRequest { name, prompt, team_id };
    templates::create(&request.core, &who, input, None, &request.client)
        .await
        .map(|answer| answer.template)
        .map_err(|error| refused(&error))
}

/// Changes a template. The fields are `id`, `name` and `prompt`.
#[server(prefix = "/_fn", endpoint = "change_template", input = Wire, output = Wire)]
pub async fn change_template(id: String, name: String, prompt: String) -> Result<Template, Failure> {
    let (request, who) = asking()?;
    let input = ChangeTemplateRequest {
        name: Some(name),
        prompt: Some(prompt),
    };
    templates::change(&request.core, &who, &id, input, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Deletes a template. The field is `id`.
#[server(prefix = "/_fn", endpoint = "delete_template", input = Wire, output = Wire)]
pub async fn delete_template(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    templates::delete(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::templates,
    types::templates::{ChangeTemplateRequest, CreateTemplateRequest},
};
