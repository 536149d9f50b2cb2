//! Wrong use and wrong configuration: told plainly, with exit code 2.

use crate::both;
use crate::support::Kind;
use crate::support::database::Database;
use crate::support::program::Program;

#[tokio::test]
async fn wrong_configuration_is_named_with_its_key() {
    for (text, key) in [
        ("[serverr]", "serverr"),
        ("[server]\nadress = '127.0.0.1:0'", "adress"),
        ("[server]\naddress = 'here'", "server.address"),
        ("[database]\nurl = 'mysql://user:hunter2@host/db'", "database.url"),
        ("[api]\nkey_prefix = 'eyJ'", "api.key_prefix"),
        ("[api]\nallowed_endpoints = ['/api/th*']", "api.allowed_endpoints"),
        ("[api]\nallowed_plans = ['gold']", "api.allowed_plans"),
        ("[auth]\ntoken_secret = 'hunter2'", "auth.token_secret"),
        ("[[models]]\nid = 'x'\nprovider = 'magic'", "models"),
        ("[server\n", "latchkey.toml"),
    ] {
        let program = Program::configured(text);
        for arguments in [&["check"][..], &["serve"], &[], &["user", "list"], &["key", "list"]] {
            let ended = program.run(arguments).await;
            assert_eq!(ended.code, Some(2), "{text} {arguments:?}: {ended:?}");
            assert!(ended.err.contains(key), "{text}: {ended:?}");
            assert!(
                !ended.err.contains("hunter2") && !ended.err.contains("panicked"),
                "{ended:?}"
            );
            assert_eq!(ended.out, "");
        }
    }
}

#[tokio::test]
async fn wrong_variables_are_named_too_and_stand_above_the_file() {
    let program = Program::configured("[api]\nhash_cost = 10");
    for (variable, value, key) in [
        ("LATCHKEY__API__HASH_COST", "4", "api.hash_cost"),
        (
            "LATCHKEY__API__ALLOWED_ENDPOINTS",
            "[\"/api/th*\"]",
            "api.allowed_endpoints",
        ),
        ("LATCHKEY__NONSENSE__X", "1", "nonsense"),
        ("DATABASE_URL", "mysql://x", "database.url"),
    ] {
        let ended = program.run_with(&["check"], &[(variable, value)], "").await;
        assert_eq!(ended.code, Some(2), "{variable}: {ended:?}");
        assert!(ended.err.contains(key), "{variable}: {ended:?}");
    }
}

#[tokio::test]
async fn an_unknown_command_is_wrong_use() {
    let program = Program::configured("");
    for arguments in [
        &["frobnicate"][..],
        &["serve", "--frobnicate"],
        &["user"],
        &["user", "remove", "x@example.com"],
        &["user", "add"],
        &["user", "set", "x@example.com", "--admin", "perhaps"],
        &["key", "revoke"],
        &["check", "--config", "nowhere.toml"],
        &["serve", "--config", "/nowhere/latchkey.toml"],
    ] {
        let ended = program.run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(!ended.err.is_empty() && ended.out.is_empty(), "{ended:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["user", "--help"]] {
        let ended = program.run(arguments).await;
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(ended.out.contains("latchkey"), "{ended:?}");
    }
}

both!(accounts_that_cannot_be_made_are_told_why, async |kind: Kind| {
    let database = Database::make(kind).await;
    let program = Program::on(&database, "");
    let add = async |arguments: &[&str], password: &str| {
        let arguments = [&["user", "add"], arguments].concat();
        program.run_with(&arguments, &[], password).await
    };
    for (arguments, password, key) in [
        (&["nobody"][..], "correct horse", "email"),
        (&["mara@example.com"], "hunter2", "password"),
        (&["mara@example.com"], "", "password"),
        (&["mara@example.com", "--plan", "gold"], "correct horse", "plan"),
        (&["mara@example.com", "--name", "a\nb"], "correct horse", "name"),
    ] {
        let ended = add(arguments, password).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(key) && !ended.err.contains("hunter2"), "{ended:?}");
    }
    assert_eq!(program.run(&["user", "list"]).await.out, "");
    assert_eq!(add(&["mara@example.com"], "correct horse\n").await.code, Some(0));
    let twice = add(&["MARA@example.com"], "correct horse").await;
    assert_eq!(twice.code, Some(1));
    assert!(twice.err.contains("already an account"), "{twice:?}");
    for arguments in [
        &["user", "set", "nobody@example.com", "--plan", "free"][..],
        &["user", "set", "mara@example.com", "--suspend"],
        &["user", "set", "mara@example.com", "--admin", "false"],
        &["key", "revoke", "nothing"],
        &["key", "revoke", "0190a2b4-0000-7000-8000-000000000000"],
    ] {
        let ended = program.run(arguments).await;
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(
            ended.err.starts_with("latchkey: ") && !ended.err.contains("panicked"),
            "{ended:?}"
        );
    }
});
