//! Whether what names a row names one that is there, over all tables as the database itself lists them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend};

use crate::support::TestApp;
use crate::support::rows::{number, texts};

/// What the columns of these names name, in whatever table they stand.
const NAMES: &[(&str, &str, &str)] = &[
    ("user_id", "users", "id"),
    ("created_by", "users", "id"),
    ("accepted_by", "users", "id"),
    ("team_id", "teams", "id"),
    ("project_id", "projects", "id"),
    ("thread_id", "threads", "id"),
    ("parent_thread_id", "threads", "id"),
    ("api_key_id", "api_keys", "id"),
    ("reply_to", "messages", "id"),
    ("seq", "messages", "seq"),
    ("message_seq", "messages", "seq"),
    ("document_id", "documents", "id"),
];

/// What looks like such a column and is none, or may name what is gone.
const OTHERS: &[(&str, &str)] = &[
    // The record tells of what is no more.
    ("audit_log", "target_id"),
    // For a day, in the claims of whoever made the request.
    ("idempotency", "message_id"),
    ("messages", "request_id"),
    ("templates", "created_by"),
    // Their own number.
    ("passages", "seq"),
];

/// Tables in which the full-text index of `SQLite` keeps itself.
fn is_of_the_engine(table: &str) -> bool {
    table.starts_with("search_index")
        || table.starts_with("passage_index")
        || table.starts_with("sqlite_")
        || table == "seaql_migrations"
}

/// Tables and their columns.
async fn columns(db: &impl ConnectionTrait) -> Vec<(String, String)> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT c.table_name || ' ' || c.column_name FROM information_schema.columns c
             JOIN information_schema.tables t ON t.table_name = c.table_name AND t.table_schema = c.table_schema
             WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        }
        _ => {
            "SELECT m.name || ' ' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table'"
        }
    };
    let rows = db
        .query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let pair = |row: &sea_orm::QueryResult| {
        let both: String = row.try_get_by_index(0).unwrap();
        let (table, column) = both.split_once(' ').unwrap();
        (table.to_owned(), column.to_owned())
    };
    rows.iter()
        .map(pair)
        .filter(|(table, _)| !is_of_the_engine(table))
        .collect()
}

/// Fails when some row names one that is not there, when a table has a column of which this does not know what it names, or
/// when the search index has what no message says.
pub(crate) async fn none(app: &TestApp) {
    let db = app.core.db.read();
    let mut checked = BTreeSet::new();
    for (table, column) in columns(db).await {
        let names = NAMES.iter().find(|(name, ..)| *name == column);
        let is_one = ["_id", "_by", "_to"].iter().any(|end| column.ends_with(end));
        if OTHERS.contains(&(table.as_str(), column.as_str())) {
            continue;
        }
        let Some((_, of, key)) = names else {
            assert!(!is_one, "what does {table}.{column} name? Say it in this test");
            continue;
        };
        if *of == table && *key == column {
            continue;
        }
        // '' is none where a primary key can have no null.
        let orphans = format!(
            "SELECT CAST({column} AS TEXT) FROM {table} WHERE {column} IS NOT NULL AND CAST({column} AS TEXT) <> ''
             AND {column} NOT IN (SELECT {key} FROM {of})"
        );
        assert_eq!(texts(db, &orphans).await, Vec::<String>::new(), "{table}.{column}");
        checked.insert(format!("{table}.{column}"));
    }
    for must in [
        "threads.project_id",
        "usage_daily.team_id",
        "thread_reads.thread_id",
        "search_texts.seq",
    ] {
        assert!(checked.contains(must), "{must} was not looked at: {checked:?}");
    }
    let texts_of = number(db, "SELECT COUNT(*) FROM search_texts WHERE reach IS NOT NULL").await;
    if db.get_database_backend() == DbBackend::Sqlite {
        let entries = number(
            db,
            "SELECT COUNT(*) FROM search_index WHERE search_index MATCH '\"t\" *'",
        )
        .await;
        assert_eq!(entries, texts_of, "the index has as many entries as there are texts");
    }
}
