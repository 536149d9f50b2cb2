//! Looking into the database behind the server's back.
#![expect(clippy::unwrap_used, reason = "a test that can't read its database has failed")]

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::database::Database;

/// The first column of every row a query finds, as text.
pub(crate) async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The one number a query finds.
pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

/// The tables in which some column of some row contains a text.
pub(crate) async fn tables_with(database: &Database, needle: &str) -> Vec<String> {
    let db = database.connect().await;
    let tables = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        _ => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
    };
    let mut found = Vec::new();
    for table in texts(&db, tables).await {
        let contains = match db.get_database_backend() {
            DbBackend::Postgres => format!("strpos(row::text, '{needle}') > 0"),
            _ => {
                let columns = texts(&db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let columns = columns
                    .iter()
                    .map(|name| format!("instr(CAST(\"{name}\" AS TEXT), '{needle}') > 0"));
                columns.collect::<Vec<_>>().join(" OR ")
            }
        };
        if number(
            &db,
            &format!("SELECT COUNT(*) FROM \"{table}\" AS row WHERE {contains}"),
        )
        .await
            > 0
        {
            found.push(table);
        }
    }
    db.close().await.unwrap();
    found
}
