//! What an operator does while the server runs: it counts there within a second or so.

use std::time::{Duration, Instant};

use entity::team_members::TeamRole;
use serde_json::json;

use crate::both;
use crate::support::program::Program;
use crate::support::rows::tables_with;
use crate::support::{Kind, TestApp, until};

/// A poll every half second, and a loaded machine.
const SOON: Duration = Duration::from_secs(3);

async fn soon(app: &TestApp, bearer: &str, status: u16) {
    let started = Instant::now();
    until(&format!("it answers {status}"), async || {
        app.get("/api/threads", bearer).await.status.as_u16() == status
    })
    .await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// The columns of a line.
fn columns(line: &str) -> Vec<&str> {
    line.split("  ").collect()
}

both!(
    accounts_are_made_listed_and_changed_under_a_running_server,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let program = Program::on(
            &app.database,
            "[[plans]]\nid = 'free'\nname = 'Free'\n[[plans]]\nid = 'pro'\nname = 'Pro'",
        );
        let arguments = [
            "user",
            "add",
            "Otto@Example.com",
            "--name",
            "Otto",
            "--plan",
            "pro",
            "--admin",
        ];
        let added = program.run_with(&arguments, &[], "correct horse\n").await;
        assert_eq!(added.code, Some(0), "{added:?}");
        let line = columns(added.out.trim());
        assert_eq!(line[1..5], ["otto@example.com", "admin", "pro", "active"]);
        assert!(!added.out.contains("horse") && !added.err.contains("horse"));

        let body = json!({ "email": "otto@example.com", "password": "correct horse" });
        let login = app.post("/api/auth/login", "", body).await.expect(200).json();
        assert_eq!(login["user"]["role"], "admin");
        let otto = login["token"].as_str().unwrap();
        let key = app
            .post("/api/api-keys", otto, json!({ "name": "CLI" }))
            .await
            .expect(201)
            .json();
        let secret = key["secret"].as_str().unwrap();
        app.get("/api/threads", secret).await.expect(200);

        let listed = program.run(&["user", "list"]).await;
        let emails: Vec<&str> = listed.out.lines().map(|line| columns(line)[1]).collect();
        assert_eq!(emails.len(), 2);
        assert!(
            emails.contains(&"otto@example.com") && emails.contains(&&*mara.email),
            "{listed:?}"
        );
        assert!(!listed.out.contains("$2b$"), "{listed:?}");

        let set = async |arguments: &[&str]| {
            let ended = program
                .run(&[&["user", "set", "otto@example.com"], arguments].concat())
                .await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            ended.out
        };
        assert!(set(&["--suspend"]).await.contains("suspended"));
        soon(&app, secret, 401).await;
        app.get("/api/threads", otto).await.expect(401);
        assert!(
            set(&["--suspend", "false", "--plan", "free"])
                .await
                .contains("free  active")
        );
        soon(&app, secret, 200).await;
        assert!(set(&["--admin", "false"]).await.contains("  user  "));
        let path = format!("/api/admin/users/{}", mara.id);
        app.call("PATCH", &path, otto, Some(json!({ "plan": "pro" })))
            .await
            .expect(404);
    }
);

both!(
    keys_are_listed_and_revoked_under_a_running_server,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let revoked = app
            .key(
                &mara,
                json!({ "name": "Lost laptop", "expiresAt": "2027-01-01T00:00:00Z" }),
            )
            .await;
        let kept = app.key(&otto, json!({ "name": "Nightly job" })).await;
        for key in [&revoked, &kept] {
            app.get("/api/threads", &key.secret).await.expect(200);
        }
        let program = Program::on(&app.database, "");
        let listed = program.run(&["key", "list"]).await;
        assert_eq!(listed.code, Some(0), "{listed:?}");
        for (key, name) in [(&revoked, "Lost laptop"), (&kept, "Nightly job")] {
            let line = listed.out.lines().find(|line| line.starts_with(&key.id)).unwrap();
            assert!(line.contains(&key.secret[..9]) && line.ends_with(name), "{line}");
        }
        for hidden in [&revoked.secret[9..], &kept.secret[9..], "$2b$"] {
            assert!(!listed.out.contains(hidden), "{listed:?}");
        }
        let ended = program.run(&["key", "revoke", &revoked.id]).await;
        assert_eq!(
            (ended.code, ended.out.trim()),
            (Some(0), format!("revoked {}", revoked.id).as_str()),
            "{ended:?}"
        );
        soon(&app, &revoked.secret, 401).await;
        app.get("/api/threads", &kept.secret).await.expect(200);
        assert_eq!(program.run(&["key", "revoke", &revoked.id]).await.code, Some(1));
        assert_eq!(program.run(&["key", "list"]).await.out.lines().count(), 1);
        // Also while keys are switched off: that is when an operator revokes them.
        let off = Program::configured(&format!("database.url = '{}'\napi.enabled = false", app.database.url));
        assert_eq!(off.run(&["key", "revoke", &kept.id]).await.code, Some(0));
        soon(&app, &kept.secret, 401).await;
    }
);

both!(an_account_is_deleted_under_a_running_server, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (root, mara) = (app.user("root").await, app.user("mara").await);
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    for bearer in [&mara.token, &key.secret] {
        app.get("/api/threads", bearer).await.expect(200);
    }
    let said = json!({ "content": "zanzibar", "stream": false });
    app.post("/api/chat", &key.secret, said).await.expect(200);
    let program = Program::on(&app.database, "");
    let ended = program.run(&["user", "delete", "Mara@Example.com"]).await;
    assert_eq!(
        (ended.code, ended.out.trim()),
        (Some(0), "deleted mara@example.com"),
        "{ended:?}"
    );
    // All of it is gone when the program ends, and the server has heard of it.
    let mut tables = tables_with(&app.database, "zanzibar").await;
    tables.retain(|table| !table.starts_with("search_index"));
    assert_eq!(tables, Vec::<String>::new());
    soon(&app, &key.secret, 401).await;
    soon(&app, &mara.token, 401).await;
    for (email, why) in [
        ("mara@example.com", "User not found"),
        (root.email.as_str(), "last administrator"),
    ] {
        let ended = program.run(&["user", "delete", email]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(why), "{ended:?}");
    }
    let team = app.team(&root, "Studio").await;
    let otto = app.user("otto").await;
    app.join(&root, &team, &otto, TeamRole::Member).await;
    let admin = json!({ "role": "admin" });
    let path = format!("/api/admin/users/{}", otto.id);
    app.call("PATCH", &path, &root.token, Some(admin)).await.expect(200);
    let ended = program.run(&["user", "delete", &root.email]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("The team “Studio” has no other owner"), "{ended:?}");
});
