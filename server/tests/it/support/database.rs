//! A database of its own for each test.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Database as SeaOrm, DatabaseConnection};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// An empty database; gone with the value.
pub(crate) struct Database {
    pub(crate) url: String,
    folder: Option<PathBuf>,
}

impl Database {
    pub(crate) async fn make(kind: Kind) -> Self {
        let name = format!("latchkey_{}", domain::clock::new_id().replace('-', ""));
        match kind {
            Kind::Sqlite => {
                let folder = std::env::temp_dir().join(name);
                Self {
                    url: format!("sqlite://{}/latchkey.db", folder.display()),
                    folder: Some(folder),
                }
            }
            Kind::Postgres => {
                let server = std::env::var("TEST_POSTGRES_URL")
                    .expect("TEST_POSTGRES_URL is not set; run the tests with `make it`, which starts a server");
                let (base, _) = server.rsplit_once('/').unwrap();
                let admin = SeaOrm::connect(&server).await.unwrap();
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                admin.close().await.unwrap();
                Self {
                    url: format!("{base}/{name}"),
                    folder: None,
                }
            }
        }
    }

    /// The same database again, for a second process.
    pub(crate) fn again(&self) -> Self {
        Self {
            url: self.url.clone(),
            folder: None,
        }
    }

    /// A connection of the test's own.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        SeaOrm::connect(&self.url).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // PostgreSQL's go with the private cluster they are in.
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
