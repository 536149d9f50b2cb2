//! The server as a process: checked, started, and ended in an orderly way.

use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use std::net::TcpListener;

use serde_json::json;

use crate::both;
use crate::support::Kind;
use crate::support::database::Database;
use crate::support::program::Program;
use crate::support::rows::number;

both!(
    check_looks_at_everything_a_start_needs_and_changes_nothing,
    async |kind: Kind| {
        let database = Database::make(kind).await;
        let coming = match kind {
            Kind::Sqlite => "database: not there yet; the first start makes it".to_owned(),
            Kind::Postgres => {
                let all = Migrator::migrations().len();
                format!("database: ok; the next start migrates it ({all} to come)")
            }
        };
        for _ in 0..2 {
            let empty = Program::on(&database, "").run(&["check"]).await;
            assert!(empty.code == Some(0) && empty.out.contains(&coming), "{empty:?}");
        }
        // A command that works on the data makes and migrates it.
        let made = Program::on(&database, "").run(&["user", "list"]).await;
        assert_eq!(made.code, Some(0), "{made:?}");
        let fine = Program::on(&database, "").run(&["check"]).await;
        assert_eq!(fine.code, Some(0), "{fine:?}");
        for line in ["configuration: ok", "database: ok", "model builtin: ok"] {
            assert!(fine.out.lines().any(|told| told == line), "{fine:?}");
        }
        // A model's server that isn't there: a port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let model = format!("[[models]]\nid = 'far'\nprovider = 'ollama'\nbase_url = 'http://127.0.0.1:{port}'");
        let far = Program::on(&database, &model).run(&["check"]).await;
        assert_eq!(far.code, Some(1), "{far:?}");
        assert!(
            far.err.contains("far") && far.out.contains("model builtin: ok"),
            "{far:?}"
        );
    }
);

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told_without_its_password() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("postgres://user:hunter2@127.0.0.1:{port}/db");
    let nowhere = "sqlite:///proc/nowhere/latchkey.db".to_owned();
    // Of a file that is not there `check` can only say that it is not there.
    for (url, commands) in [(nobody, &["check", "serve"][..]), (nowhere, &["serve", "user"])] {
        let program = Program::configured(&format!("server.address = '127.0.0.1:0'\ndatabase.url = '{url}'"));
        for command in commands {
            let arguments = if *command == "user" {
                vec!["user", "list"]
            } else {
                vec![*command]
            };
            let ended = program.run(&arguments).await;
            assert_eq!(ended.code, Some(1), "{ended:?}");
            assert!(ended.err.contains("database"), "{ended:?}");
            assert!(
                !ended.err.contains("hunter2") && !ended.err.contains("panicked"),
                "{ended:?}"
            );
        }
    }
}

both!(a_port_that_is_taken_is_told, async |kind: Kind| {
    let database = Database::make(kind).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!("server.address = '{address}'\ndatabase.url = '{}'", database.url);
    let ended = Program::configured(&text).run(&["serve"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains(&format!("cannot listen on {address}")), "{ended:?}");
    assert_eq!(ended.out, "");
});

both!(a_served_instance_works_and_ends_with_0, async |kind: Kind| {
    let database = Database::make(kind).await;
    let program = Program::on(&database, "api.allowed_endpoints = ['/api/threads']");
    for signal in ["TERM", "INT"] {
        let serving = program.serve().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = |path: &str| format!("{}{path}", serving.url);
        let health = http.get(url("/api/health")).send().await.unwrap();
        assert_eq!(health.status(), 200);
        let body = json!({ "email": format!("{signal}@example.com"), "password": "correct horse" });
        let user = http.post(url("/api/auth/register")).json(&body).send().await.unwrap();
        let user: serde_json::Value = user.json().await.unwrap();
        let create = http
            .post(url("/api/api-keys"))
            .bearer_auth(user["token"].as_str().unwrap());
        let key: serde_json::Value = create
            .json(&json!({ "name": "CLI" }))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let secret = key["secret"].as_str().unwrap().to_owned();
        for _ in 0..5 {
            let list = http.get(url("/api/threads")).bearer_auth(&secret).send().await.unwrap();
            assert_eq!(list.status(), 200);
        }
        assert_eq!(serving.signal(signal).await, Some(0));
        // What was only noted is written, and the sign-in survives a restart.
        let db = database.connect().await;
        let sql = format!(
            "SELECT request_count FROM api_keys WHERE id = '{}'",
            key["key"]["id"].as_str().unwrap()
        );
        assert_eq!(number(&db, &sql).await, 5);
        db.close().await.unwrap();
    }
});
