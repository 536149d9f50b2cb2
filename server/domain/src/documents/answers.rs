//! Answers that rest on documents: which passages stand under them, and that those go with their document.

use std::collections::HashMap;

use entity::{Scope, documents, message_documents, messages};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use types::threads::Source;

/// Answers whose sources are looked through at a time.
const ANSWERS_AT_ONCE: usize = 200;
/// Documents that are looked for at a time.
const IDS_AT_ONCE: usize = 1_000;

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
        forget(tx, &id).await?;
    }
    Ok(())
}

/// Takes a document out of the answers that rest on it.
pub(super) async fn forget(tx: &DatabaseTransaction, document_id: &str) -> Result<(), DbErr> {
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
            // What another takes out of the same answer at the same time stays out.
            .order_by_asc(Column::Seq)
            .lock(LockType::NoKeyUpdate)
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

/// Sources as a message keeps them; nothing when there are none.
pub(crate) fn sources_json(sources: &[Source]) -> Option<String> {
    if sources.is_empty() {
        return None;
    }
    serde_json::to_string(sources).ok()
}

/// Writes down on what passages an answer rests. Those whose document has been deleted meanwhile are left out.
pub(crate) async fn note_sources(tx: &DatabaseTransaction, seq: i64, sources: &[Source]) -> Result<(), DbErr> {
    let ids: Vec<String> = sources.iter().filter_map(|source| source.document_id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let there = held(tx, documents::Entity::find(), ids).await?;
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
    note(tx, there.into_iter().map(|id| (seq, id))).await
}

/// Writes down that these messages rest on these documents.
async fn note(tx: &DatabaseTransaction, pairs: impl IntoIterator<Item = (i64, String)>) -> Result<(), DbErr> {
    let row = |(message_seq, document_id)| {
        let row = message_documents::Model {
            document_id,
            message_seq,
        };
        row.into_active_model().reset_all()
    };
    message_documents::Entity::insert_many(pairs.into_iter().map(row))
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Which of these documents the caller sees, held until the end of the transaction so that none is deleted meanwhile.
pub(crate) async fn hold(tx: &DatabaseTransaction, scope: &Scope, ids: Vec<String>) -> Result<Vec<String>, DbErr> {
    held(tx, documents::Entity::visible_to(scope), ids).await
}

/// Which of these there are among the documents, locked in the order of their ids.
async fn held(
    tx: &DatabaseTransaction,
    among: Select<documents::Entity>,
    mut ids: Vec<String>,
) -> Result<Vec<String>, DbErr> {
    ids.sort_unstable();
    ids.dedup();
    let mut there = Vec::new();
    for batch in ids.chunks(IDS_AT_ONCE) {
        let among = among.clone().select_only().column(documents::Column::Id);
        let found: Vec<String> = among
            .filter(documents::Column::Id.is_in(batch))
            .order_by_asc(documents::Column::Id)
            .lock(LockType::Share)
            .into_tuple()
            .all(tx)
            .await?;
        there.extend(found);
    }
    Ok(there)
}

/// Writes down on which documents, held since before, imported messages rest.
pub(crate) async fn note_imported(tx: &DatabaseTransaction, rests: HashMap<String, Vec<String>>) -> Result<(), DbErr> {
    if rests.is_empty() {
        return Ok(());
    }
    let written: Vec<(i64, String)> = messages::Entity::find()
        .select_only()
        .columns([messages::Column::Seq, messages::Column::Id])
        .filter(messages::Column::Id.is_in(rests.keys()))
        .into_tuple()
        .all(tx)
        .await?;
    let pairs = written.into_iter().flat_map(|(seq, id)| {
        let ids = rests.get(&id).cloned().unwrap_or_default();
        ids.into_iter().map(move |id| (seq, id))
    });
    note(tx, pairs).await
}
