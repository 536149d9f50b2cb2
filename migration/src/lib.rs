//! Latchkey's schema, as an ordered list of migrations.
//!
//! A merged migration is frozen: a later change of the schema is a new file. The statements are written as SQL because
//! `SQLite` and `PostgreSQL` agree on all but the few words in [`Dialect`], and because what is run is then what is read.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

mod m20261123_000001_foundation;
mod m20261123_000002_chats;
mod m20261123_000003_teams;
mod m20261123_000004_search;
mod m20261123_000005_templates;
mod m20261123_000006_plan_usage;
mod m20261125_000008_departures;
mod m20261127_000009_workspaces;
mod m20261127_000010_reasoning;
mod m20261127_000011_thread_summaries;
mod m20261127_000012_documents;
mod m20261130_000013_passage_vectors;

/// Runs the migrations.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_foundation::Migration),
            Box::new(m20261123_000002_chats::Migration),
            Box::new(m20261123_000003_teams::Migration),
            Box::new(m20261123_000004_search::Migration),
            Box::new(m20261123_000005_templates::Migration),
            Box::new(m20261123_000006_plan_usage::Migration),
            Box::new(m20261125_000008_departures::Migration),
            Box::new(m20261127_000009_workspaces::Migration),
            Box::new(m20261127_000010_reasoning::Migration),
            Box::new(m20261127_000011_thread_summaries::Migration),
            Box::new(m20261127_000012_documents::Migration),
            Box::new(m20261130_000013_passage_vectors::Migration),
        ]
    }
}

/// The words in which the two databases differ.
struct Dialect {
    /// An integer primary key that grows and is never given out twice.
    growing_key: &'static str,
}

impl Dialect {
    fn of(manager: &SchemaManager<'_>) -> Self {
        match manager.get_database_backend() {
            DbBackend::Postgres => Self {
                growing_key: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            },
            _ => Self {
                growing_key: "INTEGER PRIMARY KEY AUTOINCREMENT",
            },
        }
    }
}
