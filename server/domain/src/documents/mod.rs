//! Documents of projects: what can be read in a file, split into passages, and found again for a question.
//!
//! A file is received, recognised by what is in it (`read`), and its text taken out under limits of size and time. The
//! text is split where it has joints (`split`) and kept as passages with a full-text index; the file is not kept. For a
//! question the passages of the project that bear on it are found by their words (`words`) and, when an embedding model is
//! configured, by their meaning (`embedding` makes the vectors, `vectors` compares them), and both are made one list
//! (`retrieve`). Whoever sees a project sees its documents; whoever may change it adds and deletes them.

mod embedding;
mod read;
mod retrieve;
mod split;
mod vectors;
mod words;

use std::sync::Arc;

use entity::{documents, message_documents, messages, passages, projects};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use types::documents::{self as wire, DocumentKind, LONGEST_TITLE};
use types::threads::Source;

pub(crate) use self::embedding::{Vectors, keep_up};
pub(crate) use self::retrieve::{Found, retrieve};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::page::{PageRequest, cursor, cursor_after, cut};
use crate::{Core, Error, projects as project_rules, search, text};

/// Documents in one project.
const MOST: u64 = 1_000;
/// Passages in one project.
const MOST_PASSAGES: i64 = 50_000;
/// Passages that are written with one statement.
const AT_ONCE: usize = 100;
/// Answers whose sources are looked through at a time.
const ANSWERS_AT_ONCE: usize = 200;
const WHAT: &str = "Document";

/// How many files are received, and how many read, at the same time.
#[derive(Debug)]
pub(crate) struct Reading {
    receiving: Semaphore,
    readers: Arc<Semaphore>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            receiving: Semaphore::new(4),
            readers: Arc::new(Semaphore::new(2)),
        }
    }
}

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

/// Waits for a place to receive a file in, which is kept until the document is written.
pub async fn enter(core: &Core) -> Result<SemaphorePermit<'_>, Error> {
    core.reading.receiving.acquire().await.map_err(|_| Error::Busy)
}

/// Refuses whoever may not put documents into a project.
pub async fn require_writable(core: &Core, who: &Principal, project_id: &str) -> Result<(), Error> {
    project_rules::require_writable(core.db.read(), who, project_id)
        .await
        .map(drop)
}

/// A document that is in its project now.
#[derive(Debug)]
pub struct Added {
    /// The document.
    pub document: wire::Document,
    /// Whether it is new; the same file is in a project once.
    pub is_new: bool,
}

/// Reads a file and puts it into a project. A file that is there already stays as it is.
pub async fn add(
    core: &Core,
    who: &Principal,
    project_id: &str,
    title: Option<&str>,
    file: File,
    client: &Client,
) -> Result<Added, Error> {
    require_writable(core, who, project_id).await?;
    let size_bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    let digest = hex::encode(Sha256::digest(&file.bytes));
    if let Some(there) = by_digest(core.db.read(), project_id, &digest).await? {
        return Ok(Added {
            document: to_wire(there),
            is_new: false,
        });
    }
    let given = title.map(str::trim).filter(|title| !title.is_empty());
    if let Some(title) = given {
        text::no_nul("title", title).map_err(|problem| Error::Invalid(vec![problem]))?;
        text::at_most("title", title, LONGEST_TITLE).map_err(|problem| Error::Invalid(vec![problem]))?;
    }
    let backend = core.db.read().get_database_backend();
    let given = given.map(str::to_owned);
    let read = read::in_background(&core.reading.readers, move || read::document(&file, given, backend)).await?;

    let tx = core.db.begin().await?;
    let project = project_rules::require_writable(&tx, who, project_id).await?;
    projects::Entity::find_by_id(&project.id)
        .select_only()
        .column(projects::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<String>()
        .one(&tx)
        .await?
        .ok_or(Error::NotFound("Project"))?;
    if let Some(there) = by_digest(&tx, project_id, &digest).await? {
        return Ok(Added {
            document: to_wire(there),
            is_new: false,
        });
    }
    let passage_count = i64::try_from(read.passages.len()).unwrap_or(i64::MAX);
    require_room(&tx, project_id, passage_count).await?;
    let row = documents::Model {
        id: new_id(),
        project_id: project.id.clone(),
        user_id: Some(who.user_id.clone()),
        title: read.title,
        kind: read.kind.as_str().to_owned(),
        size_bytes,
        characters: read.characters,
        passage_count,
        digest,
        created_at: core.clock.now(),
        embedding_model: String::new(),
        embedding_owner: String::new(),
        embedding_until: None,
    };
    let row = row.into_active_model().reset_all().insert(&tx).await?;
    write_passages(&tx, &row, &read.passages).await?;
    record(&tx, Action::DocumentAdded, who, &row, client).await?;
    tx.commit().await?;
    core.vectors.wake();
    tell(core, project);
    Ok(Added {
        document: to_wire(row),
        is_new: true,
    })
}

async fn by_digest(
    db: &impl ConnectionTrait,
    project_id: &str,
    digest: &str,
) -> Result<Option<documents::Model>, DbErr> {
    documents::Entity::find()
        .filter(documents::Column::ProjectId.eq(project_id))
        .filter(documents::Column::Digest.eq(digest))
        .one(db)
        .await
}

async fn require_room(tx: &impl ConnectionTrait, project_id: &str, more: i64) -> Result<(), Error> {
    let of_project = || documents::Entity::find().filter(documents::Column::ProjectId.eq(project_id));
    if of_project().count(tx).await? >= MOST {
        return Err(Error::Conflict(
            "This project has 1,000 documents, which is the limit. Delete one that you no longer need.",
        ));
    }
    if passages_of(tx, project_id).await?.saturating_add(more) > MOST_PASSAGES {
        return Err(Error::Conflict(
            "The documents of this project have as much text as one can have. Delete one that you no longer need, or put this one into another project.",
        ));
    }
    Ok(())
}

/// Passages of all the documents of a project.
async fn passages_of(db: &impl ConnectionTrait, project_id: &str) -> Result<i64, DbErr> {
    let all: Option<i64> = documents::Entity::find()
        .select_only()
        .expr(Expr::cust("CAST(COALESCE(SUM(passage_count), 0) AS BIGINT)"))
        .filter(documents::Column::ProjectId.eq(project_id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(all.unwrap_or(0))
}

async fn write_passages(
    tx: &DatabaseTransaction,
    document: &documents::Model,
    all: &[split::Passage],
) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let mut number = 0_i32;
    for batch in all.chunks(AT_ONCE) {
        let mut values: Vec<Value> = vec![document.id.as_str().into(), document.project_id.as_str().into()];
        let mut rows = Vec::with_capacity(batch.len());
        let first = number + 1;
        for passage in batch {
            number += 1;
            values.push(passage.text.as_str().into());
            let content = values.len();
            let tokens = if backend == DbBackend::Postgres {
                values.push(passage.tokens.as_str().into());
                format!(", ${}::text::tsvector", content + 1)
            } else {
                String::new()
            };
            rows.push(format!("($1, $2, {number}, ${content}{tokens})"));
        }
        let tokens = if backend == DbBackend::Postgres { ", tokens" } else { "" };
        let sql = format!(
            "INSERT INTO passages (document_id, project_id, number, content{tokens}) VALUES {}",
            rows.join(", ")
        );
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
        if backend != DbBackend::Postgres {
            index_in_fts5(tx, document, first, batch).await?;
        }
    }
    Ok(())
}

/// Each token with the project's term before it; the rows have just been written.
async fn index_in_fts5(
    tx: &DatabaseTransaction,
    document: &documents::Model,
    first: i32,
    batch: &[split::Passage],
) -> Result<(), DbErr> {
    let place = search::term('p', &document.project_id);
    let mut values: Vec<Value> = vec![document.id.as_str().into()];
    let mut rows = Vec::with_capacity(batch.len());
    for (number, passage) in (first..).zip(batch) {
        values.push(passage.tokens.replace(' ', &format!(" {place}")).into());
        rows.push(format!(
            "((SELECT seq FROM passages WHERE document_id = $1 AND number = {number}), ${})",
            values.len()
        ));
    }
    let sql = format!("INSERT INTO passage_index (rowid, terms) VALUES {}", rows.join(", "));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
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
    forget_in_answers(&tx, &document.id).await?;
    documents::Entity::delete_by_id(&document.id).exec(&tx).await?;
    record(&tx, Action::DocumentDeleted, who, &document, client).await?;
    tx.commit().await?;
    tell(core, project);
    Ok(())
}

/// Takes the documents of a project that is being deleted out of the answers that rest on them; the rest goes with the
/// project.
pub(crate) async fn forget_project(tx: &DatabaseTransaction, project_id: &str) -> Result<(), DbErr> {
    let ids: Vec<String> = documents::Entity::find()
        .select_only()
        .column(documents::Column::Id)
        .filter(documents::Column::ProjectId.eq(project_id))
        .order_by_asc(documents::Column::Id)
        .lock(LockType::Update)
        .into_tuple()
        .all(tx)
        .await?;
    for id in ids {
        forget_in_answers(tx, &id).await?;
    }
    Ok(())
}

async fn forget_in_answers(tx: &DatabaseTransaction, document_id: &str) -> Result<(), DbErr> {
    use messages::Column;
    let answers: Vec<i64> = message_documents::Entity::find()
        .select_only()
        .column(message_documents::Column::MessageSeq)
        .filter(message_documents::Column::DocumentId.eq(document_id))
        .order_by_asc(message_documents::Column::MessageSeq)
        .into_tuple()
        .all(tx)
        .await?;
    for batch in answers.chunks(ANSWERS_AT_ONCE) {
        let rows: Vec<(i64, Option<String>)> = messages::Entity::find()
            .select_only()
            .columns([Column::Seq, Column::Sources])
            .filter(Column::Seq.is_in(batch.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        for (seq, sources) in rows {
            let sources = sources.and_then(|json| serde_json::from_str::<Vec<Source>>(&json).ok());
            let mut sources = sources.unwrap_or_default();
            sources.retain(|source| source.document_id.as_deref() != Some(document_id));
            messages::Entity::update_many()
                .col_expr(Column::Sources, Expr::value(sources_json(&sources)))
                .filter(Column::Seq.eq(seq))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

fn sources_json(sources: &[Source]) -> Option<String> {
    if sources.is_empty() {
        return None;
    }
    serde_json::to_string(sources).ok()
}

/// Writes down on what passages an answer rests. Those whose document has been deleted meanwhile are left out.
pub(crate) async fn note_sources(tx: &DatabaseTransaction, seq: i64, sources: &[Source]) -> Result<(), DbErr> {
    use documents::Column;
    let mut ids: Vec<&str> = sources
        .iter()
        .filter_map(|source| source.document_id.as_deref())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let there: Vec<String> = documents::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock(LockType::Share)
        .into_tuple()
        .all(tx)
        .await?;
    let is_there = |source: &&Source| source.document_id.as_ref().is_some_and(|id| there.contains(id));
    let kept: Vec<Source> = sources.iter().filter(is_there).cloned().collect();
    let written = messages::Entity::update_many()
        .col_expr(messages::Column::Sources, Expr::value(sources_json(&kept)))
        .filter(messages::Column::Seq.eq(seq))
        .exec(tx)
        .await?;
    if written.rows_affected == 0 || there.is_empty() {
        return Ok(());
    }
    let row = |id: String| {
        message_documents::Model {
            document_id: id,
            message_seq: seq,
        }
        .into_active_model()
        .reset_all()
    };
    message_documents::Entity::insert_many(there.into_iter().map(row))
        .exec_without_returning(tx)
        .await
        .map(drop)
}
