//! Documents are put into a project: read in a file, or taken out of an archive.

use entity::{Timestamp, documents, projects};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Statement, Value,
};
use sha2::{Digest, Sha256};
use types::documents::{self as wire, DocumentKind, LONGEST_TITLE};

use super::{File, read, record, require_writable, split, tell, to_wire};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::Action;
use crate::clock::new_id;
use crate::{Core, Error, projects as project_rules, search, text};

/// Documents in one project.
const MOST: u64 = 1_000;
/// Passages in one project.
const MOST_PASSAGES: i64 = 50_000;
/// Passages that are written with one statement.
const AT_ONCE: usize = 100;

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
    let given = given.map(str::to_owned);
    let read = read::document(core, file, given).await?;

    let new = New {
        id: new_id(),
        title: read.title,
        kind: read.kind,
        size_bytes,
        characters: read.characters,
        digest,
        created_at: core.clock.now(),
        passages: read.passages,
    };
    let (row, is_new) = put(core, who, project_id, new, Some(client)).await?;
    Ok(Added {
        document: to_wire(row),
        is_new,
    })
}

/// A document as an archive has it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its title, as it stands there.
    pub(crate) title: String,
    pub(crate) kind: DocumentKind,
    /// Bytes of the file it was read in.
    pub(crate) size_bytes: i64,
    /// Characters that were read in it; passages may share some.
    pub(crate) characters: i64,
    /// SHA-256 of that file, in hexadecimal; none when what stands there can't be one.
    pub(crate) digest: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
    /// What it says, in order.
    pub(crate) passages: Vec<String>,
}

/// What became of a document of an archive.
#[derive(Debug)]
pub(crate) struct Imported {
    /// Its id here.
    pub(crate) id: String,
    /// Whether it is new.
    pub(crate) is_new: bool,
}

/// Puts a document of an archive into a project under the first of these ids, unless it is there already, as one of them or
/// as the same file.
pub(crate) async fn import(
    core: &Core,
    who: &Principal,
    project_id: &str,
    ids: &[&str],
    kept: Kept,
) -> Result<Imported, Error> {
    use documents::Column;
    let Some(id) = ids.first() else {
        return Err(Error::Internal("a document is imported under no id".to_owned()));
    };
    let there: Vec<(String, String)> = documents::Entity::find()
        .select_only()
        .columns([Column::Id, Column::ProjectId])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(core.db.read())
        .await?;
    if let Some((id, _)) = there.iter().find(|(_, project)| project == project_id) {
        return Ok(Imported {
            id: id.clone(),
            is_new: false,
        });
    }
    if there.iter().any(|(known, _)| known == id) {
        return Err(Error::Conflict("It was imported into another project before"));
    }
    let title = text::name("title", &kept.title, LONGEST_TITLE).map_err(|problem| Error::Invalid(vec![problem]))?;
    let digest = kept.digest.unwrap_or_else(|| digest_of(&kept.passages));
    let backend = core.db.backend();
    let texts = kept.passages;
    let reader = core.reading.reader().await?;
    let splitting = reader.does(move || split::again(&texts, backend));
    let passages = splitting.await.unwrap_or_default();
    if passages.is_empty() {
        return Err(Error::invalid("passages", "There is no text in it"));
    }
    let now = core.clock.now();
    let new = New {
        id: (*id).to_owned(),
        title,
        kind: kept.kind,
        size_bytes: kept.size_bytes.max(0),
        characters: kept.characters.max(0),
        digest,
        created_at: kept.created_at.unwrap_or(now).min(now),
        passages,
    };
    // That something was imported is on record as a whole.
    let (row, is_new) = put(core, who, project_id, new, None).await?;
    Ok(Imported { id: row.id, is_new })
}

/// What stands for a file that nothing is known of.
fn digest_of(passages: &[String]) -> String {
    let mut hasher = Sha256::new();
    for passage in passages {
        hasher.update(u64::try_from(passage.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(passage);
    }
    hex::encode(hasher.finalize())
}

/// A document to be written.
struct New {
    id: String,
    title: String,
    kind: DocumentKind,
    size_bytes: i64,
    characters: i64,
    digest: String,
    created_at: Timestamp,
    passages: Vec<split::Passage>,
}

/// Writes a document with its passages, unless the same file is in the project already: what is there then, and whether it
/// is new. One at a time in a project, so that its limits hold. With a client it is on record by itself.
async fn put(
    core: &Core,
    who: &Principal,
    project_id: &str,
    new: New,
    client: Option<&Client>,
) -> Result<(documents::Model, bool), Error> {
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
    if let Some(there) = by_digest(&tx, project_id, &new.digest).await? {
        return Ok((there, false));
    }
    let passage_count = i64::try_from(new.passages.len()).unwrap_or(i64::MAX);
    require_room(&tx, project_id, passage_count).await?;
    let row = documents::Model {
        id: new.id,
        project_id: project.id.clone(),
        user_id: Some(who.user_id.clone()),
        title: new.title,
        kind: new.kind.as_str().to_owned(),
        size_bytes: new.size_bytes,
        characters: new.characters,
        passage_count,
        digest: new.digest,
        created_at: new.created_at,
        embedding_model: String::new(),
        embedding_owner: String::new(),
        embedding_until: None,
    };
    let row = row.into_active_model().reset_all().insert(&tx).await?;
    write_passages(&tx, &row, &new.passages).await?;
    if let Some(client) = client {
        record(&tx, Action::DocumentAdded, who, &row, client).await?;
    }
    tx.commit().await?;
    core.vectors.wake();
    tell(core, project);
    Ok((row, true))
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
pub(super) async fn passages_of(db: &impl ConnectionTrait, project_id: &str) -> Result<i64, DbErr> {
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
