//! Finding passages by their meaning: by the angle between the vector of a question and theirs.
//!
//! Vectors are made in the background after a document is added, and anew when another embedding model is configured; until then a
//! document is found by its words. They are kept with one signed byte for each dimension, scaled to the largest of its vector
//! (scalar quantisation), a few dozen passages in a row. A question is compared with every vector of its project, row by row:
//! that is exact, the same on both databases, and bounded by what a project can have.

use std::time::Duration;

use entity::{Timestamp, documents, passage_vectors, passages, projects};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::retrieve::{CANDIDATES, Found};
use crate::Core;
use crate::clock::new_id;
use crate::config::Config;
use crate::models::{Embedder, ModelError};

/// Passages that are sent to the embedding model at once, and kept in one row.
const AT_ONCE: u64 = 32;
/// Rows that are read at once.
const ROWS: u64 = 64;
/// How often documents without vectors are looked for that nobody has told of: another process may have added them.
const LOOK: Duration = Duration::from_secs(10);
/// How long a document is left to the process that has begun with it; it takes that anew with each row.
const LEASE: Duration = Duration::from_mins(5);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(30);

/// What makes vectors, if anything does.
#[derive(Debug)]
pub(crate) struct Vectors {
    embedder: Option<Embedder>,
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

/// A vector with a byte for each dimension.
fn quantised(vector: &[f32]) -> Vec<u8> {
    let largest = vector.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let byte = |number: &f32| {
        #[expect(clippy::cast_possible_truncation, reason = "between -127 and 127")]
        let byte = (number * scale).round() as i8;
        byte.cast_unsigned()
    };
    vector.iter().map(byte).collect()
}

/// The cosine of the angle between two vectors of the same length; 0 when one of them has no direction.
fn cosine(one: &[u8], other: &[u8]) -> f64 {
    // 8,192 dimensions of 127² are far below what 32 bits hold.
    let (mut product, mut ones, mut others) = (0_i32, 0_i32, 0_i32);
    for (one, other) in one.iter().zip(other) {
        let (one, other) = (i32::from(one.cast_signed()), i32::from(other.cast_signed()));
        product += one * other;
        ones += one * one;
        others += other * other;
    }
    let lengths = (f64::from(ones) * f64::from(others)).sqrt();
    if lengths > 0.0 {
        f64::from(product) / lengths
    } else {
        0.0
    }
}

/// A passage and how near it is.
struct Near {
    document_id: String,
    number: i32,
    score: f64,
}

/// The passages of a project that are near a question, nearest first.
pub(super) async fn find(core: &Core, project: &projects::Model, question: &str) -> Result<Vec<Found>, DbErr> {
    let Some(embedder) = &core.vectors.embedder else {
        return Ok(Vec::new());
    };
    let Some(space) = embedder.space() else {
        return Ok(Vec::new());
    };
    let db = core.db.read();
    let there: Option<i32> = passage_vectors::Entity::find()
        .select_only()
        .column(passage_vectors::Column::First)
        .filter(passage_vectors::Column::ProjectId.eq(&project.id))
        .filter(passage_vectors::Column::Model.eq(space))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let Some(asked) = embedder.question(question).await else {
        return Ok(Vec::new());
    };
    let asked = quantised(&asked);
    let mut nearest: Vec<Near> = Vec::new();
    let mut after = (String::new(), 0);
    loop {
        let rows = page(db, &project.id, space, &after).await?;
        for row in &rows {
            take(&mut nearest, row, &asked);
        }
        keep_nearest(&mut nearest);
        match rows.last() {
            Some(last) => after = (last.document_id.clone(), last.first),
            None => break,
        }
    }
    for near in &mut nearest {
        near.score = embedder.score(near.score);
    }
    nearest.retain(|near| near.score > 0.0 && near.score >= project.similarity);
    read(db, nearest).await
}

/// The next rows of a project, in the order of their documents.
async fn page(
    db: &impl ConnectionTrait,
    project_id: &str,
    space: &str,
    after: &(String, i32),
) -> Result<Vec<passage_vectors::Model>, DbErr> {
    let sql = format!(
        "SELECT * FROM passage_vectors
         WHERE project_id = $1 AND model = $2 AND (document_id, first) > ($3, $4)
         ORDER BY document_id, first LIMIT {ROWS}"
    );
    let values: [Value; 4] = [project_id.into(), space.into(), after.0.as_str().into(), after.1.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    passage_vectors::Entity::find().from_raw_sql(statement).all(db).await
}

/// Takes in the passages of a row.
fn take(nearest: &mut Vec<Near>, row: &passage_vectors::Model, asked: &[u8]) {
    let count = usize::try_from(row.passage_count).unwrap_or(0);
    if asked.is_empty() || row.vectors.len() != count * asked.len() {
        return;
    }
    for (number, vector) in (row.first..).zip(row.vectors.chunks_exact(asked.len())) {
        let score = cosine(asked, vector);
        if score > 0.0 {
            nearest.push(Near {
                document_id: row.document_id.clone(),
                number,
                score,
            });
        }
    }
}

fn keep_nearest(nearest: &mut Vec<Near>) {
    nearest.sort_by(|one, other| other.score.total_cmp(&one.score));
    nearest.truncate(CANDIDATES);
}

/// What passages say, in their order; without those that are gone by now.
async fn read(db: &impl ConnectionTrait, nearest: Vec<Near>) -> Result<Vec<Found>, DbErr> {
    if nearest.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = Vec::with_capacity(nearest.len());
    let rows: Vec<String> = nearest
        .iter()
        .map(|near| {
            values.push(near.document_id.as_str().into());
            format!("(${}, {})", values.len(), near.number)
        })
        .collect();
    let sql = format!(
        "SELECT passages.document_id, passages.number, documents.title, passages.content
         FROM passages JOIN documents ON documents.id = passages.document_id
         WHERE (passages.document_id, passages.number) IN (VALUES {})",
        rows.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut texts = std::collections::HashMap::with_capacity(nearest.len());
    for row in db.query_all_raw(statement).await? {
        let place: (String, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let says: (String, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        texts.insert(place, says);
    }
    let found = nearest.into_iter().filter_map(|near| {
        let place = (near.document_id, near.number);
        let (title, text) = texts.remove(&place)?;
        Some(Found {
            document_id: place.0,
            title,
            number: place.1,
            text,
            score: near.score,
        })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn between(one: &[f32], other: &[f32]) -> f64 {
        cosine(&quantised(one), &quantised(other))
    }

    #[test]
    fn angles_are_what_they_are() {
        for (one, other, expected) in [
            ([1.0, 0.0], [1.0, 0.0], 1.0),
            ([1.0, 0.0], [0.001, 0.0], 1.0),
            ([1.0, 0.0], [0.0, 5.0], 0.0),
            ([1.0, 0.0], [-1.0, 0.0], -1.0),
            ([1.0, 1.0], [1.0, 0.0], 0.5_f64.sqrt()),
            ([0.0, 0.0], [1.0, 0.0], 0.0),
            ([f32::MIN_POSITIVE, 0.0], [f32::MAX, 0.0], 1.0),
        ] {
            let found = between(&one, &other);
            assert!((found - expected).abs() < 1e-6, "{one:?} {other:?}: {found}");
        }
        let long = vec![1.0; 8_192];
        assert!((between(&long, &long) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn a_byte_for_each_dimension_is_near_enough(
            pair in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 64..256)
        ) {
            let (one, other): (Vec<f32>, Vec<f32>) = pair.iter().copied().unzip();
            let dot = |one: &[f32], other: &[f32]| -> f64 {
                one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
            };
            let exact = dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt();
            prop_assert!((between(&one, &other) - exact).abs() < 0.01);
        }
    }
}
