//! A database of the version before this one.

use migration::Migrator;
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use serde_json::json;

use crate::both;
use crate::support::database::Database;
use crate::support::rows::number;
use crate::support::{Kind, TestApp};

both!(what_was_there_is_not_news_after_it, async |kind: Kind| {
    let database = Database::make(kind).await;
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap();
    }
    let app = {
        let db = database.connect().await;
        Migrator::up(&db, Some(1)).await.unwrap();
        let at = "2025-12-01T10:00:00.000Z";
        for sql in [
            format!(
                "INSERT INTO users (id, email, name, password_hash, role, plan, created_at, updated_at)
                 VALUES ('u', 'old@example.com', 'Old', 'x', 'user', 'free', '{at}', '{at}')"
            ),
            format!(
                "INSERT INTO threads (id, user_id, title, last_message_at, created_at)
                 VALUES ('0190a2b4-0000-7000-8000-000000000000', 'u', 'Old', '{at}', '{at}')"
            ),
        ] {
            db.execute_unprepared(&sql).await.unwrap();
        }
        // There and back again, with what is in it.
        Migrator::up(&db, None).await.unwrap();
        Migrator::down(&db, Some(1)).await.unwrap();
        assert_eq!(number(&db, "SELECT COUNT(*) FROM threads").await, 1);
        db.close().await.unwrap();
        TestApp::on(database, |_| {}).await
    };
    let mara = app.user("mara").await;
    let owner = format!("UPDATE threads SET user_id = '{}'", mara.id);
    let reader = format!("UPDATE thread_reads SET user_id = '{}'", mara.id);
    for sql in [owner, reader] {
        app.core.db.write().execute_unprepared(&sql).await.unwrap();
    }
    let sidebar = app
        .function(&mara.cookie, "sidebar", json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &sidebar["threads"][0]["thread"]["title"],
            &sidebar["threads"][0]["unread"]
        ),
        (&json!("Old"), &json!(false))
    );
});
