//! Commands where something is not there: the secrets of the models, a configuration file.

use serde_json::json;

use crate::both;
use crate::support::database::Database;
use crate::support::program::Program;
use crate::support::{Kind, TestApp};

both!(an_operator_needs_no_secrets_of_models, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "Nightly job" })).await;
    let program = Program::on(
        &app.database,
        "[[models]]\nid = 'big'\nprovider = 'openai'\nbase_url = 'http://127.0.0.1:9/v1'\napi_key_env = 'BIG_MODEL_KEY'",
    );
    let keys = program.run(&["key", "list"]).await;
    assert_eq!(keys.code, Some(0), "{keys:?}");
    let line = keys.out.lines().find(|line| line.starts_with(&key.id)).unwrap();
    assert!(line.split("  ").any(|column| column == mara.email), "{line}");
    let users = program.run(&["user", "list"]).await;
    assert_eq!(users.code, Some(0), "{users:?}");
    assert!(users.out.contains(&mara.email), "{users:?}");
    let revoked = program.run(&["key", "revoke", &key.id]).await;
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    // Who would talk to the model is told what is missing.
    for command in ["serve", "check"] {
        let ended = program.run(&[command]).await;
        assert_eq!(ended.code, Some(2), "{command}: {ended:?}");
        assert!(ended.err.contains("BIG_MODEL_KEY"), "{command}: {ended:?}");
    }
});

both!(
    a_database_in_the_environment_is_configuration_enough,
    async |kind: Kind| {
        let database = Database::make(kind).await;
        let program = Program::without_file();
        let checked = program
            .run_with(&["check"], &[("DATABASE_URL", &database.url)], "")
            .await;
        assert_eq!(checked.code, Some(0), "{checked:?}");
        assert!(
            checked.out.contains("configuration: ok") && checked.out.contains("database: "),
            "{checked:?}"
        );
        let listed = program
            .run_with(&["user", "list"], &[("DATABASE_URL", &database.url)], "")
            .await;
        assert_eq!((listed.code, listed.out.as_str()), (Some(0), ""), "{listed:?}");
        let checked = program
            .run_with(&["check"], &[("DATABASE_URL", &database.url)], "")
            .await;
        assert_eq!(checked.code, Some(0), "{checked:?}");
    }
);
