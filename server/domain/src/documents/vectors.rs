//! Finding passages by their meaning: by the angle between the vector of a question and theirs.
//!
//! Vectors have one signed byte for each dimension, scaled to the largest of its vector (scalar quantisation). A question is
//! compared with every vector of its project, row by row: that is exact, the same on both databases, and bounded by what a
//! project can have.

use entity::{passage_vectors, projects};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement, Value};

use super::retrieve::{CANDIDATES, Found};
use crate::Core;

/// Rows that are read at once.
const ROWS: u64 = 64;

/// A vector with a byte for each dimension.
pub(super) fn quantised(vector: &[f32]) -> Vec<u8> {
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
