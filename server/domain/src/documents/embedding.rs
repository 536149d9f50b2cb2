//! Keeping the vectors of passages: made in the background after a document is added, and anew when another embedding model is
//! configured; until then a document is found by its words. A few dozen passages are one row.

use std::time::Duration;

use entity::{Timestamp, documents, passage_vectors, passages};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::vectors::quantised;
use crate::Core;
use crate::clock::new_id;
use crate::config::Config;
use crate::models::{Embedder, ModelError};

/// Passages that are sent to the embedding model at once, and kept in one row.
const AT_ONCE: u64 = 32;
/// How often documents without vectors are looked for that nobody has told of: another process may have added them.
const LOOK: Duration = Duration::from_secs(10);
/// How long a document is left to the process that has begun with it; it takes that anew with each row.
const LEASE: Duration = Duration::from_mins(5);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(30);

/// What makes vectors, if anything does.
#[derive(Debug)]
pub(crate) struct Vectors {
    pub(super) embedder: Option<Embedder>,
    added: Notify,
    /// This process.
    owner: String,
}

impl Vectors {
    /// As configured.
    ///
    /// # Errors
    /// A sentence that names the configuration's key and the accepted form.
    pub(crate) fn from_config(config: &Config) -> Result<Self, String> {
        Ok(Self {
            embedder: Embedder::from_config(config.embeddings.as_ref(), &config.chat)?,
            added: Notify::new(),
            owner: new_id(),
        })
    }

    /// Tells that there is a new document.
    pub(super) fn wake(&self) {
        self.added.notify_one();
    }
}

/// Why vectors could not be made.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes vectors of passages that have none, until the end.
pub(crate) async fn keep_up(core: &Core, end: CancellationToken) {
    let Some(embedder) = &core.vectors.embedder else {
        return;
    };
    loop {
        let step = tokio::select! {
            () = end.cancelled() => return,
            step = step(core, embedder) => step,
        };
        let pause = match step {
            Ok(true) => continue,
            Ok(false) => LOOK,
            Err(error) => {
                tracing::warn!(%error, "documents have no vectors yet; trying again");
                PAUSE
            }
        };
        tokio::select! {
            () = end.cancelled() => return,
            () = core.vectors.added.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Makes the next vectors of a document without them. Says whether there was one.
async fn step(core: &Core, embedder: &Embedder) -> Result<bool, Failure> {
    embedder.measure().await?;
    let Some(space) = embedder.space() else {
        return Ok(false);
    };
    let db = core.db.read();
    let Some(document) = next(core, space).await? else {
        return Ok(false);
    };
    if !claim(core, &document.id).await? {
        return Ok(true);
    }
    let last: Option<(i32, i32)> = passage_vectors::Entity::find()
        .select_only()
        .columns([passage_vectors::Column::First, passage_vectors::Column::PassageCount])
        .filter(passage_vectors::Column::DocumentId.eq(&document.id))
        .filter(passage_vectors::Column::Model.eq(space))
        .order_by_desc(passage_vectors::Column::First)
        .into_tuple()
        .one(db)
        .await?;
    let first = last.map_or(1, |(first, count)| first.saturating_add(count));
    let texts: Vec<String> = passages::Entity::find()
        .select_only()
        .column(passages::Column::Content)
        .filter(passages::Column::DocumentId.eq(&document.id))
        .filter(passages::Column::Number.gte(first))
        .order_by_asc(passages::Column::Number)
        .limit(AT_ONCE)
        .into_tuple()
        .all(db)
        .await?;
    if texts.is_empty() {
        settle(core, &document, space).await?;
        return Ok(true);
    }
    let vectors = embedder.passages(&texts).await?;
    let row = passage_vectors::Model {
        document_id: document.id,
        first,
        project_id: document.project_id,
        model: space.to_owned(),
        passage_count: i32::try_from(texts.len()).unwrap_or(i32::MAX),
        vectors: vectors.iter().flat_map(|vector| quantised(vector)).collect(),
    };
    write(core, row).await?;
    Ok(true)
}

/// A document that has no vectors of this model and is no other process's: the oldest that has none at all, else any that has
/// those of another model.
async fn next(core: &Core, space: &str) -> Result<Option<documents::Model>, DbErr> {
    use documents::Column;
    let db = core.db.read();
    let free = || documents::Entity::find().filter(free(core));
    let without = free()
        .filter(Column::EmbeddingModel.eq(""))
        .order_by_asc(Column::CreatedAt)
        .one(db)
        .await?;
    if without.is_some() {
        return Ok(without);
    }
    // Two ranges of the index; "is another" would be none.
    let others = Condition::any()
        .add(Column::EmbeddingModel.lt(space))
        .add(Column::EmbeddingModel.gt(space));
    free().filter(others).limit(1).one(db).await
}

/// Whether a document is this process's, or nobody's.
fn free(core: &Core) -> Condition {
    use documents::Column;
    Condition::any()
        .add(Column::EmbeddingOwner.eq(&core.vectors.owner))
        .add(Column::EmbeddingUntil.is_null())
        .add(Column::EmbeddingUntil.lt(core.clock.now()))
}

/// Takes a document for this process, unless another one has.
async fn claim(core: &Core, document_id: &str) -> Result<bool, DbErr> {
    use documents::Column;
    let tx = core.db.begin().await?;
    let claimed = documents::Entity::update_many()
        .col_expr(Column::EmbeddingOwner, Expr::value(core.vectors.owner.as_str()))
        .col_expr(Column::EmbeddingUntil, Expr::value(core.clock.now().plus(LEASE)))
        .filter(Column::Id.eq(document_id))
        .filter(free(core))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(claimed.rows_affected > 0)
}

/// Writes vectors down, unless their document is gone by now.
async fn write(core: &Core, row: passage_vectors::Model) -> Result<(), DbErr> {
    let tx = core.db.begin().await?;
    let backend = tx.get_database_backend();
    let there = documents::Entity::find_by_id(&row.document_id)
        .select_only()
        .column(documents::Column::Id)
        .lock(LockType::KeyShare)
        .into_tuple::<String>()
        .one(&tx)
        .await?;
    if there.is_none() {
        return Ok(());
    }
    let sql = "INSERT INTO passage_vectors (document_id, first, project_id, model, passage_count, vectors)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (document_id, model, first) DO UPDATE
        SET passage_count = excluded.passage_count, vectors = excluded.vectors";
    let values: [Value; 6] = [
        row.document_id.into(),
        row.first.into(),
        row.project_id.into(),
        row.model.into(),
        row.passage_count.into(),
        row.vectors.into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    tx.commit().await
}

/// Notes that all passages of a document have vectors, and drops those of other models. When there is a gap, which another
/// process with another model can have made, it begins anew.
async fn settle(core: &Core, document: &documents::Model, space: &str) -> Result<(), DbErr> {
    use passage_vectors::Column;
    let of_document = || passage_vectors::Entity::delete_many().filter(Column::DocumentId.eq(&document.id));
    let tx = core.db.begin().await?;
    let there: Option<i64> = passage_vectors::Entity::find()
        .select_only()
        .expr(Expr::cust("CAST(COALESCE(SUM(passage_count), 0) AS BIGINT)"))
        .filter(Column::DocumentId.eq(&document.id))
        .filter(Column::Model.eq(space))
        .into_tuple()
        .one(&tx)
        .await?;
    if there == Some(document.passage_count) {
        documents::Entity::update_many()
            .col_expr(documents::Column::EmbeddingModel, Expr::value(space))
            .col_expr(documents::Column::EmbeddingOwner, Expr::value(""))
            .col_expr(documents::Column::EmbeddingUntil, Expr::value(None::<Timestamp>))
            .filter(documents::Column::Id.eq(&document.id))
            .exec(&tx)
            .await?;
        of_document().filter(Column::Model.ne(space)).exec(&tx).await?;
    } else {
        of_document().filter(Column::Model.eq(space)).exec(&tx).await?;
    }
    tx.commit().await
}
