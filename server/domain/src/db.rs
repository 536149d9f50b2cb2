//! The database: one `SQLite` file, or `PostgreSQL`, behind the same code.

use std::path::Path;
use std::time::Duration;

use migration::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

/// Readers of a `SQLite` file. They never wait for the writer (WAL).
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 20;
/// Held while migrating, so that two servers that start at the same time do it one after the other.
const MIGRATION_LOCK: i64 = 0x6c61_7463_686b_6579;

/// How a database stands to this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The file is not there; the first start makes it.
    Absent,
    /// So many migrations are to come at the next start; fewer than none after a newer binary.
    Pending(i64),
    /// It is as this binary wants it.
    Current,
}

/// Connections to the database. `SQLite` has one writer at a time, so writes queue on one connection here instead of
/// colliding there; `PostgreSQL` needs no such division.
#[derive(Debug, Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
}

impl Db {
    /// Connects, makes a missing `SQLite` file, and migrates.
    pub async fn open(url: &str) -> Result<Self, DbErr> {
        let db = if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await?
        } else {
            Self::open_postgres(url).await?
        };
        db.migrate(url).await?;
        Ok(db)
    }

    /// Looks at a database without making, migrating or otherwise changing it.
    pub async fn look(url: &str) -> Result<Look, DbErr> {
        let mut options = if url.starts_with("sqlite:") {
            if !Path::new(sqlite_path(url)).exists() {
                return Ok(Look::Absent);
            }
            ConnectOptions::new(format!("{}?mode=ro", url.split('?').next().unwrap_or(url)))
        } else {
            postgres(url, 1)
        };
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await?;
        let applied = db
            .query_one_raw(Statement::from_string(
                db.get_database_backend(),
                "SELECT count(*) FROM seaql_migrations",
            ))
            .await;
        let applied = match applied {
            Ok(Some(row)) => row.try_get_by_index::<i64>(0)?,
            // There is no table of migrations yet: an empty database.
            Ok(None) | Err(_) => 0,
        };
        db.close().await?;
        let known = i64::try_from(Migrator::migrations().len()).unwrap_or(i64::MAX);
        Ok(match known - applied {
            0 => Look::Current,
            pending => Look::Pending(pending),
        })
    }

    async fn open_sqlite(url: &str) -> Result<Self, DbErr> {
        let path = sqlite_path(url);
        if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| DbErr::Custom(format!("cannot make the folder {}: {error}", folder.display())))?;
        }
        let url = if url.contains('?') {
            url.to_owned()
        } else {
            format!("{url}?mode=rwc")
        };
        let write = Database::connect(sqlite(&url, 1, false)).await?;
        let read = Database::connect(sqlite(&url, SQLITE_READERS, true)).await?;
        Ok(Self { read, write })
    }

    async fn open_postgres(url: &str) -> Result<Self, DbErr> {
        let both = Database::connect(postgres(url, POSTGRES_CONNECTIONS)).await?;
        Ok(Self {
            read: both.clone(),
            write: both,
        })
    }

    async fn migrate(&self, url: &str) -> Result<(), DbErr> {
        if self.backend() != DbBackend::Postgres {
            return Migrator::up(&self.write, None).await;
        }
        let alone = Database::connect(postgres(url, 1)).await?;
        alone
            .execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            .await?;
        let outcome = Migrator::up(&alone, None).await;
        // Closing the connection gives the lock back.
        alone.close().await?;
        outcome
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// For reading outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For a single statement that writes.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// A transaction that writes. On `SQLite` it holds the write lock from its first moment, so it can't fail in the
    /// middle because another process wrote in between.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.execute_unprepared("SELECT 1").await.map(drop)
    }

    /// Closes all connections; a `SQLite` file is checkpointed by its last one.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.read.close_by_ref().await?;
        self.write.close_by_ref().await
    }
}

fn sqlite_path(url: &str) -> &str {
    url.trim_start_matches("sqlite://")
        .split('?')
        .next()
        .unwrap_or_default()
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("foreign_keys", "ON")
                .pragma("busy_timeout", "5000")
                .pragma("temp_store", "MEMORY")
                .pragma("query_only", if read_only { "ON" } else { "OFF" })
        });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options
}

/// Takes the row lock of a team, so that what is decided by who is in it holds until the commit. After the epoch row and
/// before users.
pub(crate) async fn lock_team(tx: &DatabaseTransaction, team_id: &str) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT id FROM teams WHERE id = $1 FOR NO KEY UPDATE",
            [team_id.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Takes the row lock of a user on `PostgreSQL`, so that counting what they have and adding to it is one act.
/// `SQLite`'s write transactions are alone already. It is the weak lock, which lets others check references to the user:
/// with the strong one, somebody who holds a key's row and checks would wait for somebody who waits for that row.
pub(crate) async fn lock_user(tx: &DatabaseTransaction, user_id: &str) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE",
            [user_id.into()],
        ))
        .await?;
    }
    Ok(())
}
