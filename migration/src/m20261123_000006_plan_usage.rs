//! How many answers each user has had in each month, for the limits of plans.

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
        manager
            .get_connection()
            .execute_unprepared("DROP TABLE plan_usage")
            .await
            .map(drop)
    }
}

const CHANGES: &[&str] = &[
    // month is UTC, `2026-01`.
    "CREATE TABLE plan_usage (
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        month TEXT NOT NULL,
        messages BIGINT NOT NULL,
        PRIMARY KEY (user_id, month)
    )",
    // What was used before there was a count.
    "INSERT INTO plan_usage (user_id, month, messages)
        SELECT user_id, SUBSTR(day, 1, 7), CAST(SUM(messages) AS BIGINT)
        FROM usage_daily GROUP BY user_id, SUBSTR(day, 1, 7)",
];
