//! Documents of projects: what can be read in a file, split into passages, and found again for a question.
//!
//! A file is received (`receiving`), recognised by what is in it (`read`), and its text taken out (`extract`) by a process of
//! its own that the system holds within limits of memory and time (`apart`). It is put into a project (`add`): the text is split where it has joints (`split`) and kept as passages with a full-text index; the file is not kept. For a
//! question the passages of the project that bear on it are found by their words (`words`) and, when an embedding model is
//! configured, by their meaning (`embedding` makes the vectors, `vectors` compares them), and both are made one list
//! (`retrieve`). Whoever sees a project sees its documents; whoever may change it adds and deletes them.

mod add;
mod answers;
mod apart;
mod embedding;
mod extract;
mod read;
mod receiving;
mod retrieve;
mod split;
mod vectors;
mod words;

use entity::{documents, passages, projects};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use types::documents::{self as wire, DocumentKind};
use types::threads::Source;

pub use self::add::{Added, add};
pub(crate) use self::add::{Kept, import};
pub(crate) use self::answers::{forget_project, hold, note_imported, note_sources, sources_json};
pub use self::apart::{COMMAND as READ_COMMAND, read_document};
pub(crate) use self::embedding::{Vectors, keep_up};
pub(crate) use self::receiving::Reading;
pub use self::receiving::{Place, enter};
pub(crate) use self::retrieve::{Found, retrieve};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::is_id;
use crate::page::{PageRequest, cursor, cursor_after, cut};
use crate::{Core, Error, projects as project_rules};

const WHAT: &str = "Document";

/// A file that was sent.
#[derive(Debug)]
pub struct File {
    /// Its name, or what the sender calls it.
    pub name: String,
    /// What the sender says it is.
    pub media_type: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Refuses whoever may not put documents into a project.
pub async fn require_writable(core: &Core, who: &Principal, project_id: &str) -> Result<(), Error> {
    project_rules::require_writable(core.db.read(), who, project_id)
        .await
        .map(drop)
}

async fn record(
    tx: &impl ConnectionTrait,
    action: Action,
    who: &Principal,
    document: &documents::Model,
    client: &Client,
) -> Result<(), DbErr> {
    let detail = json!({ "title": document.title, "projectId": document.project_id });
    audit::record(tx, action, Some(&who.user_id), &document.id, Some(detail), client).await
}

/// News of the project, whose page shows its documents.
fn tell(core: &Core, project: projects::Model) {
    let owner = project.user_id.clone();
    let news = project_rules::told_of(&project_rules::to_wire(project, 0), &owner);
    core.feed.publish(news);
}

fn to_wire(document: documents::Model) -> wire::Document {
    wire::Document {
        kind: DocumentKind::named(&document.kind).unwrap_or(DocumentKind::Text),
        id: document.id,
        project_id: document.project_id,
        title: document.title,
        size_bytes: document.size_bytes,
        characters: document.characters,
        passage_count: document.passage_count,
        user_id: document.user_id,
        created_at: document.created_at.to_string(),
    }
}

/// The documents of a project the caller may see, newest first.
pub async fn list(
    core: &Core,
    who: &Principal,
    project_id: &str,
    page: &PageRequest,
) -> Result<wire::DocumentList, Error> {
    use documents::Column;
    let limit = page.limit()?;
    let project = project_rules::find(core.db.read(), who, project_id).await?;
    let list = format!("documents:{}:{}", who.user_id, project.id);
    let mut rows = documents::Entity::find().filter(Column::ProjectId.eq(&project.id));
    if let Some(after) = page.after(&list)? {
        rows = rows.filter(after.older(Column::CreatedAt, Column::Id));
    }
    let mut rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.created_at, &last.id)?),
        _ => None,
    };
    Ok(wire::DocumentList {
        documents: rows.into_iter().map(to_wire).collect(),
        next_cursor,
    })
}

async fn find(db: &impl ConnectionTrait, who: &Principal, id: &str) -> Result<documents::Model, Error> {
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = documents::Entity::visible_to(&who.scope)
        .filter(documents::Column::Id.eq(id))
        .one(db)
        .await?;
    found.ok_or(Error::NotFound(WHAT))
}

/// A document the caller may see.
pub async fn read(core: &Core, who: &Principal, id: &str) -> Result<wire::Document, Error> {
    find(core.db.read(), who, id).await.map(to_wire)
}

/// What a document says, passage by passage.
pub async fn passages(core: &Core, who: &Principal, id: &str, page: &PageRequest) -> Result<wire::PassageList, Error> {
    use passages::Column;
    let limit = page.limit()?;
    let document = find(core.db.read(), who, id).await?;
    let list = format!("passages:{}:{}", who.user_id, document.id);
    let after = page.place::<i32>(&list)?.unwrap_or(0);
    let mut rows: Vec<(i32, String)> = passages::Entity::find()
        .select_only()
        .columns([Column::Number, Column::Content])
        .filter(Column::DocumentId.eq(&document.id))
        .filter(Column::Number.gt(after))
        .order_by_asc(Column::Number)
        .limit(limit + 1)
        .into_tuple()
        .all(core.db.read())
        .await?;
    let next_cursor = match (cut(&mut rows, limit), rows.last()) {
        (true, Some((last, _))) => Some(cursor(&list, last)?),
        _ => None,
    };
    let passages = rows
        .into_iter()
        .map(|(number, text)| wire::DocumentPassage { number, text });
    Ok(wire::PassageList {
        passages: passages.collect(),
        document: to_wire(document),
        next_cursor,
    })
}

/// What the documents of a project the caller may see say on a question, best first, as the sources of an answer.
pub async fn found(core: &Core, who: &Principal, project_id: &str, question: &str) -> Result<Vec<Source>, Error> {
    let project = project_rules::find(core.db.read(), who, project_id).await?;
    let found = retrieve(core, &project, question).await?;
    Ok((1..).zip(&found).map(|(number, found)| found.to_wire(number)).collect())
}

/// Deletes a document with everything that was taken from it: its passages, also where they stand as the sources of
/// answers.
pub async fn delete(core: &Core, who: &Principal, id: &str, client: &Client) -> Result<(), Error> {
    let tx = core.db.begin().await?;
    let document = find(&tx, who, id).await?;
    let project = project_rules::require_writable(&tx, who, &document.project_id).await?;
    // Who writes down the sources of an answer holds it, so that none are written after this.
    let held = documents::Entity::find_by_id(&document.id)
        .lock(LockType::Update)
        .one(&tx)
        .await?;
    if held.is_none() {
        return Err(Error::NotFound(WHAT));
    }
    answers::forget(&tx, &document.id).await?;
    documents::Entity::delete_by_id(&document.id).exec(&tx).await?;
    record(&tx, Action::DocumentDeleted, who, &document, client).await?;
    tx.commit().await?;
    tell(core, project);
    Ok(())
}
