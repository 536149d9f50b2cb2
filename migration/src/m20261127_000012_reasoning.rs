//! What a model thinks before it answers is kept beside the answer.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in CHANGES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in BACK {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const CHANGES: &[&str] = &["ALTER TABLE messages ADD COLUMN reasoning TEXT"];

const BACK: &[&str] = &["ALTER TABLE messages DROP COLUMN reasoning"];
