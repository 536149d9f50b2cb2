//! What an older or newer version stored, or what is damaged, falls back field by field.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{patch, read, settings};
use crate::both;
use crate::support::rows::texts;
use crate::support::{Kind, TestApp};

async fn store(app: &TestApp, id: &str, stored: &str, theme: Option<&str>) {
    use entity::users::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Settings, Expr::value(stored))
        .col_expr(Column::Theme, Expr::value(theme.map(str::to_owned)))
        .filter(Column::Id.eq(id))
        .exec(app.core.db.write())
        .await
        .unwrap();
}

both!(
    damaged_settings_are_the_defaults_and_can_be_changed,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let too_long = format!(r#"{{"role":"{}"}}"#, "x".repeat(201));
        for stored in [
            "",
            "{",
            "[]",
            "null",
            "5",
            r#""text""#,
            r#"{"role":5,"context":[],"textSize":"huge","compactSidebar":"yes","enterSends":0,"dateLocale":"x_y"}"#,
            r#"{"defaultModel":"gone"}"#,
            &too_long,
        ] {
            store(&app, &mara.id, stored, Some("purple")).await;
            assert_eq!(
                read(&app, &mara.token).await,
                settings("mara", &json!({}), "system"),
                "{stored}"
            );
            let page = app.function(&mara.cookie, "current_visitor", json!({})).await;
            let visitor = page.expect(200).json();
            assert_eq!(visitor["person"]["settings"]["textSize"], "standard", "{stored}");
            patch(&app, &mara.token, json!({ "settings": { "wrapCode": true } }))
                .await
                .expect(200);
            assert_eq!(read(&app, &mara.token).await["settings"]["wrapCode"], true, "{stored}");
        }
        // One damaged field leaves the others.
        store(
            &app,
            &mara.id,
            r#"{"role":5,"context":"Fine","wrapCode":true}"#,
            Some("dark"),
        )
        .await;
        assert_eq!(
            read(&app, &mara.token).await,
            settings("mara", &json!({ "context": "Fine", "wrapCode": true }), "dark")
        );
    }
);

both!(what_a_newer_version_stored_is_kept, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    store(&app, &mara.id, r#"{"future":{"a":[1]},"role":"Engineer"}"#, None).await;
    let change = json!({ "settings": { "role": null, "context": "Brief" } });
    patch(&app, &mara.token, change).await.expect(200);
    let db = app.database.connect().await;
    let stored = texts(&db, "SELECT settings FROM users").await.concat();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored, json!({ "future": { "a": [1] }, "context": "Brief" }));
});
