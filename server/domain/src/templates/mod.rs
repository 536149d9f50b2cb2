//! Templates: prompts that are kept to be used again. Those of the configuration are everybody's and stay as they are; the
//! others are somebody's own or a team's.

mod imported;
mod show;

use entity::{Scope, templates};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::FieldError;
use types::templates::{self as wire, MOST_VARIABLES};

use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::db::lock_user;
use crate::error::Problems;
use crate::idempotency::Claim;
use crate::page::{After, PageRequest, cursor, cut};
use crate::projects::slug;
use crate::{Core, Error, realm, text};

pub(crate) use imported::import;
pub use show::{choices, more, suggestions, view};

const LONGEST_NAME: usize = 100;
const LONGEST_PROMPT: usize = 20_000;
/// Templates that one person can have made.
const MOST: u64 = 500;
const WHAT: &str = "Template";
const VIEWERS: &str = "Viewers can read this team's templates but not change them";

/// The name of a template, without the spaces around it.
pub(crate) fn name(text: &str) -> Result<String, FieldError> {
    text::name("name", text, LONGEST_NAME)
}

/// Whether a text can be a template's.
pub(crate) fn prompt(text: &str) -> Result<(), FieldError> {
    text::body("prompt", text)?;
    text::at_most("prompt", text, LONGEST_PROMPT)?;
    if wire::has_too_many_variables(text) {
        let message = format!("A template can have at most {MOST_VARIABLES} variables");
        return Err(FieldError::new("prompt", message));
    }
    Ok(())
}

/// Where a page of the list ended.
#[derive(Debug, Serialize, Deserialize)]
enum Place {
    /// After so many of the built-in ones.
    BuiltIn(usize),
    /// After the row of this time and id.
    Row(String, String),
}

/// Templates: the built-in ones, then the others, newest first.
pub async fn list(
    core: &Core,
    who: &Principal,
    team_id: Option<&str>,
    page: &PageRequest,
) -> Result<wire::TemplateList, Error> {
    let limit = page.limit()?;
    let scope = realm::to_list(core, who, team_id).await?;
    let list = format!("templates:{}:{}", scope.user_id(), scope.team_id().unwrap_or_default());
    let built_in = built_in(core);
    let (shown, after) = match page.place(&list)? {
        None => (0, None),
        Some(Place::BuiltIn(shown)) => (shown, None),
        Some(Place::Row(at, id)) => (built_in.len(), Some(After::row(&at, id)?)),
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut templates: Vec<wire::Template> = built_in.iter().skip(shown).take(most).map(BuiltIn::to_wire).collect();
    let shown = shown.saturating_add(templates.len());
    if shown < built_in.len() {
        let next_cursor = Some(cursor(&list, &Place::BuiltIn(shown))?);
        return Ok(wire::TemplateList { templates, next_cursor });
    }
    let room = limit.saturating_sub(u64::try_from(templates.len()).unwrap_or(u64::MAX));
    let mut rows = rows(core, &scope, after, room + 1).await?;
    let more = cut(&mut rows, room);
    let last = match rows.last() {
        Some(last) => Place::Row(last.created_at.to_string(), last.id.clone()),
        None => Place::BuiltIn(shown),
    };
    templates.extend(rows.into_iter().map(to_wire));
    let next_cursor = if more { Some(cursor(&list, &last)?) } else { None };
    Ok(wire::TemplateList { templates, next_cursor })
}

async fn rows(core: &Core, scope: &Scope, after: Option<After>, limit: u64) -> Result<Vec<templates::Model>, DbErr> {
    use templates::Column;
    let mut rows = templates::Entity::visible_to(scope);
    if let Some(after) = after {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    rows.order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(core.db.read())
        .await
}

fn to_wire(template: templates::Model) -> wire::Template {
    wire::Template {
        variables: wire::variables(&template.prompt),
        id: template.id,
        name: template.name,
        prompt: template.prompt,
        is_built_in: false,
        team_id: template.team_id,
    }
}

/// A template of the configuration.
struct BuiltIn<'c> {
    id: String,
    name: &'c str,
    prompt: &'c str,
}

impl BuiltIn<'_> {
    fn to_wire(&self) -> wire::Template {
        wire::Template {
            id: self.id.clone(),
            name: self.name.to_owned(),
            prompt: self.prompt.to_owned(),
            variables: wire::variables(self.prompt),
            is_built_in: true,
            team_id: None,
        }
    }
}

/// The templates of the configuration. Their ids come from their names, so that they stay when others are added.
fn built_in(core: &Core) -> Vec<BuiltIn<'_>> {
    let mut known: Vec<BuiltIn<'_>> = Vec::new();
    for template in &core.config.templates.0 {
        let id = format!("builtin-{}", slug::of(&template.name, "template"));
        let id = slug::free(&id, |id| known.iter().any(|known| known.id == id));
        known.push(BuiltIn {
            id,
            name: template.name.trim(),
            prompt: &template.prompt,
        });
    }
    known
}

/// A template the caller may see.
pub async fn read(core: &Core, who: &Principal, id: &str) -> Result<wire::Template, Error> {
    if let Some(template) = built_in(core).iter().find(|template| template.id == id) {
        return Ok(template.to_wire());
    }
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = templates::Entity::visible_to(&who.scope)
        .filter(templates::Column::Id.eq(id))
        .one(core.db.read())
        .await?;
    found.map(to_wire).ok_or(Error::NotFound(WHAT))
}

/// Makes a template.
pub async fn create(
    core: &Core,
    who: &Principal,
    input: wire::CreateTemplateRequest,
    claim: Option<&Claim>,
    client: &Client,
) -> Result<wire::TemplateAnswer, Error> {
    let mut problems = Problems::default();
    let name = problems.note(name(&input.name)).unwrap_or_default();
    problems.note(prompt(&input.prompt));
    problems.finish()?;
    let tx = core.db.begin().await?;
    let scope = realm::to_write(&tx, who, input.team_id.as_deref(), VIEWERS).await?;
    lock_user(&tx, &who.user_id).await?;
    require_room(&tx, &who.user_id).await?;
    let now = core.clock.now();
    let row = templates::ActiveModel {
        id: Set(new_id()),
        user_id: Set(who.user_id.clone()),
        team_id: Set(scope.team_id().map(str::to_owned)),
        name: Set(name),
        prompt: Set(input.prompt),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let row = row.insert(&tx).await?;
    record(&tx, who, Action::TemplateCreated, &row, client).await?;
    let answer = wire::TemplateAnswer { template: to_wire(row) };
    if let Some(claim) = claim {
        let body = serde_json::to_string(&answer).map_err(|error| Error::Internal(error.to_string()))?;
        claim.answer(&tx, 201, Some(body)).await?;
    }
    tx.commit().await?;
    Ok(answer)
}

/// What a team's templates say goes into everybody's composer there, so who wrote it is kept. Somebody's own are their
/// own business.
async fn record(
    tx: &impl ConnectionTrait,
    who: &Principal,
    action: Action,
    template: &templates::Model,
    client: &Client,
) -> Result<(), DbErr> {
    if template.team_id.is_none() {
        return Ok(());
    }
    let detail = json!({ "name": template.name, "teamId": template.team_id });
    audit::record(tx, action, Some(&who.user_id), &template.id, Some(detail), client).await
}

async fn require_room(tx: &impl ConnectionTrait, user_id: &str) -> Result<(), Error> {
    let made = templates::Entity::find()
        .filter(templates::Column::UserId.eq(user_id))
        .count(tx)
        .await?;
    if made < MOST {
        Ok(())
    } else {
        Err(Error::Conflict(
            "You have made 500 templates, which is the limit. Delete one that you no longer need.",
        ))
    }
}

/// A template the caller may change: their own, or one of a team they may write in.
async fn find_to_write(
    core: &Core,
    tx: &impl ConnectionTrait,
    who: &Principal,
    id: &str,
) -> Result<templates::Model, Error> {
    if built_in(core).iter().any(|template| template.id == id) {
        return Err(Error::Forbidden(
            "Built-in templates come from the server's configuration and cannot be changed here",
        ));
    }
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = templates::Entity::visible_to(&who.scope)
        .filter(templates::Column::Id.eq(id))
        .one(tx)
        .await?;
    let template = found.ok_or(Error::NotFound(WHAT))?;
    let role = realm::role_in(tx, who, template.team_id.as_deref()).await?;
    realm::require_writer(role, VIEWERS)?;
    Ok(template)
}

/// Changes what is in the request; the rest stays.
pub async fn change(
    core: &Core,
    who: &Principal,
    id: &str,
    input: wire::ChangeTemplateRequest,
    client: &Client,
) -> Result<wire::Template, Error> {
    let mut problems = Problems::default();
    let name = input.name.as_deref().and_then(|text| problems.note(name(text)));
    if let Some(text) = &input.prompt {
        problems.note(prompt(text));
    }
    problems.finish()?;
    let tx = core.db.begin().await?;
    let template = find_to_write(core, &tx, who, id).await?;
    let mut row = template.clone().into_active_model();
    if let Some(name) = name.filter(|name| *name != template.name) {
        row.name = Set(name);
    }
    if let Some(prompt) = input.prompt.filter(|prompt| *prompt != template.prompt) {
        row.prompt = Set(prompt);
    }
    let template = if row.is_changed() {
        row.updated_at = Set(core.clock.now());
        let template = row.update(&tx).await.map_err(|error| match error {
            DbErr::RecordNotUpdated => Error::NotFound(WHAT),
            other => Error::Database(other),
        })?;
        record(&tx, who, Action::TemplateChanged, &template, client).await?;
        template
    } else {
        template
    };
    tx.commit().await?;
    Ok(to_wire(template))
}

/// Deletes a template.
pub async fn delete(core: &Core, who: &Principal, id: &str, client: &Client) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let template = find_to_write(core, &tx, who, id).await?;
    let deleted = templates::Entity::delete_by_id(&template.id).exec(&tx).await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    record(&tx, who, Action::TemplateDeleted, &template, client).await?;
    tx.commit().await?;
    Ok(())
}
