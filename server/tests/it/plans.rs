//! Every hot statement finds its rows by an index, on both databases.
//!
//! No SQL is written down here: the server's own connections are made to tell what they send while everything hot is done
//! once, and the database is asked for the plan of each statement. What must not be there is, on `SQLite`, a `SCAN` of a
//! table (in its own order or in that of an index), and for the lists by time a sort; on `PostgreSQL`, where sequential
//! scans are made as dear as they can be, a `Seq Scan` all the same.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod recorder;

use std::time::Duration;

use entity::team_members::TeamRole;
use entity::threads::Visibility;
use reqwest::Method;
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, Statement,
};
use serde_json::{Value, json};

use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User, send, until};
use recorder::Recorder;

const TABLES: &[&str] = &[
    "users",
    "sessions",
    "teams",
    "team_members",
    "projects",
    "templates",
    "api_keys",
    "threads",
    "thread_reads",
    "messages",
    "idempotency",
    "usage_daily",
    "audit_log",
];

/// What must be among the statements, so that none of them can slip away unseen: a name, and pieces of one statement.
const HOT: &[(&str, &[&str])] = &[
    (
        "keys that a token could be",
        &["SELECT", r#""api_keys"."key_prefix" ="#, r#""api_keys"."key_tag" ="#],
    ),
    (
        "what a key may do",
        &[
            "SELECT",
            r#"LEFT JOIN "team_members""#,
            r#"INNER JOIN "users""#,
            r#""api_keys"."id" ="#,
        ],
    ),
    ("session of a cookie", &["SELECT", r#""sessions"."token_hash" ="#]),
    ("session of a token", &["SELECT", r#""sessions"."id" ="#]),
    ("sign in", &["SELECT", r#"FROM "users" WHERE "users"."email" ="#]),
    (
        "threads, personal",
        &["SELECT", r#""threads"."team_id" IS NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "threads, of a team",
        &["SELECT", r#"WHERE "threads"."team_id" ="#, "ORDER BY", "LIMIT"],
    ),
    (
        "threads, personal, a later page",
        &[
            "SELECT",
            r#""threads"."team_id" IS NULL"#,
            r#""threads"."last_message_at" <="#,
            "ORDER BY",
        ],
    ),
    (
        "threads, of a team, a later page",
        &[
            "SELECT",
            r#"WHERE "threads"."team_id" ="#,
            r#""threads"."last_message_at" <="#,
            "ORDER BY",
        ],
    ),
    (
        "the browser's list, pinned",
        &["SELECT", r#""threads"."pinned_at" IS NOT NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "the browser's list",
        &["SELECT", r#""threads"."pinned_at" IS NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "the browser's list, a later page",
        &[
            "SELECT",
            r#""threads"."pinned_at" IS NULL"#,
            r#""threads"."last_message_at" <="#,
            "ORDER BY",
        ],
    ),
    (
        "the browser's list, of a team",
        &[
            "SELECT",
            r#"WHERE "threads"."team_id" ="#,
            r#""threads"."pinned_at" IS NULL"#,
            "ORDER BY",
            "LIMIT",
        ],
    ),
    (
        "threads of a project, a later page",
        &[
            "SELECT",
            r#""threads"."project_id" ="#,
            r#""threads"."last_message_at" <="#,
            "ORDER BY",
            "LIMIT",
        ],
    ),
    (
        "threads that leave a project",
        &["UPDATE", r#"SET "project_id" ="#, r#""threads"."visibility" ="#],
    ),
    (
        "threads, archived",
        &["SELECT", r#""threads"."archived_at" IS NOT NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "in which threads an answer is being written",
        &[
            "SELECT",
            r#""messages"."lease_until" IS NOT NULL"#,
            r#""messages"."thread_id" IN"#,
        ],
    ),
    (
        "what of threads was read",
        &[
            "SELECT",
            r#""thread_reads"."user_id" ="#,
            r#""thread_reads"."thread_id" IN"#,
        ],
    ),
    (
        "that a thread was read",
        &[r#"INSERT INTO "thread_reads""#, "ON CONFLICT"],
    ),
    (
        "messages that others take the place of",
        &[r#"UPDATE "messages""#, r#""superseded_at""#, r#""messages"."seq" >="#],
    ),
    (
        "messages of an export",
        &[
            "SELECT",
            r#""messages"."seq" <="#,
            "LEFT JOIN",
            r#""messages"."seq" ASC"#,
        ],
    ),
    ("threads to be forgotten", &["SELECT", r#""threads"."deleted_at" <="#]),
    ("a thread", &["SELECT", r#"FROM "threads""#, r#""threads"."id" ="#]),
    (
        "messages",
        &[
            "SELECT",
            r#""messages"."thread_id""#,
            "LEFT JOIN",
            r#""messages"."seq" DESC"#,
            "LIMIT",
        ],
    ),
    (
        "history of a prompt",
        &[
            "SELECT",
            r#""messages"."thread_id""#,
            r#""messages"."in_context""#,
            r#""messages"."seq" DESC"#,
        ],
    ),
    (
        "a message that may be seen",
        &["SELECT", r#""messages"."id" ="#, r#"INNER JOIN "threads""#],
    ),
    (
        "an answer's text",
        &[
            r#"UPDATE "messages""#,
            r#""messages"."seq" ="#,
            r#""messages"."lease_owner" ="#,
        ],
    ),
    (
        "answers of servers that died",
        &["SELECT", r#""messages"."lease_until" <"#],
    ),
    ("use of keys", &[r#"UPDATE "api_keys""#, r#""request_count""#]),
    ("usage", &[r#"INSERT INTO "usage_daily""#, "ON CONFLICT"]),
    ("keys of a user", &["SELECT", r#""api_keys"."user_id" ="#, "ORDER BY"]),
    (
        "teams of a user",
        &["SELECT", r#""team_members"."user_id" ="#, r#"ORDER BY "teams"."name""#],
    ),
    (
        "sessions of a user",
        &["SELECT", r#"FROM "sessions""#, r#""sessions"."user_id" ="#, "ORDER BY"],
    ),
    (
        "repeated requests",
        &["SELECT", r#"FROM "idempotency""#, r#""idempotency"."key" ="#],
    ),
    (
        "projects, personal",
        &["SELECT", r#""projects"."team_id" IS NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "projects, of a team, a later page",
        &[
            "SELECT",
            r#"WHERE "projects"."team_id" ="#,
            r#""projects"."created_at" <="#,
            "ORDER BY",
        ],
    ),
    (
        "threads in projects",
        &["SELECT", "COUNT", r#""threads"."project_id" IN"#, "GROUP BY"],
    ),
    ("slugs that are taken", &["SELECT", r#""projects"."slug" LIKE"#]),
    (
        "threads of a project that is deleted",
        &[
            "SELECT",
            r#"WHERE "threads"."project_id" ="#,
            r#"ORDER BY "threads"."id""#,
        ],
    ),
    (
        "templates, personal",
        &["SELECT", r#""templates"."team_id" IS NULL"#, "ORDER BY", "LIMIT"],
    ),
    (
        "templates, of a team, a later page",
        &[
            "SELECT",
            r#"WHERE "templates"."team_id" ="#,
            r#""templates"."created_at" <="#,
            "ORDER BY",
        ],
    ),
    (
        "membership",
        &[
            "SELECT",
            r#""team_members"."team_id" ="#,
            r#""team_members"."user_id" ="#,
        ],
    ),
];

/// Does everything hot once.
async fn everything(app: &TestApp, model: &ModelServer, kind: Kind, recorder: &Recorder) {
    let (mara, olga) = (app.user("mara").await, app.user("olga").await);
    let owner = app.principal(&mara).await;
    let team = domain::teams::create(&app.core, &owner, "Team", &app.origin())
        .await
        .unwrap()
        .id;
    let personal = app.key(&mara, json!({ "name": "CLI" })).await;
    let of_team = app.key(&mara, json!({ "name": "Team CLI", "teamId": team })).await;

    recorder.listen(app, kind).await;
    let login = json!({ "email": mara.email, "password": "correct horse" });
    app.post("/api/auth/login", "", login).await.expect(200);
    let with_cookie = app.request(Method::GET, "/api/auth/me").header("cookie", &mara.cookie);
    send(with_cookie).await.expect(200);
    app.get("/api/api-keys", &mara.token).await.expect(200);
    for name in ["keys_page", "my_sessions", "my_settings", "end_other_sessions"] {
        let answer = app.function(&mara.cookie, name, json!({})).await;
        answer.expect(200);
    }

    let in_team = format!("?teamId={team}");
    for (bearer, query) in [
        (&mara.token, ""),
        (&mara.token, in_team.as_str()),
        (&personal.secret, ""),
        (&of_team.secret, ""),
    ] {
        for _ in 0..2 {
            let body = json!({ "teamId": (!query.is_empty()).then_some(&team) });
            let key = domain::clock::new_id();
            for _ in 0..2 {
                let request = app.request(Method::POST, "/api/threads").bearer_auth(bearer);
                send(request.header("idempotency-key", &key).json(&body))
                    .await
                    .expect(201);
            }
        }
        let mark = if query.is_empty() { '?' } else { '&' };
        let path = format!("/api/threads{query}{mark}limit=1");
        let list = app.get(&path, bearer).await.expect(200).json();
        let cursor = list["nextCursor"].as_str().unwrap();
        app.get(&format!("{path}&cursor={cursor}"), bearer).await.expect(200);
        app.get(&format!("{path}&archived=true"), bearer).await.expect(200);
        let id = list["threads"][0]["id"].as_str().unwrap();

        // An answer of which the half is flushed, followed and stopped; then one that completes.
        let body = json!({ "content": "Hello", "threadId": id });
        let request = app.request(Method::POST, "/api/chat").bearer_auth(bearer);
        let request = request.header("idempotency-key", domain::clock::new_id()).json(&body);
        let mut following = Following::open(request, 0).await;
        let exchange = model.asked().await;
        exchange.say("Half");
        following.hear("Half").await;
        let flushed = r#"UPDATE "messages""#;
        until("it is flushed", async || {
            recorder.statements(kind).iter().any(|sql| sql.contains(flushed))
        })
        .await;
        let answer = format!("/api/chat/{}", following.message_id);
        app.post(&format!("{answer}/stop"), bearer, json!({})).await.expect(200);
        following.end().await;
        app.get(&format!("{answer}/stream"), bearer).await.expect(200);
        let body = json!({ "content": "Again", "threadId": id, "stream": false });
        let waiting = tokio::spawn(send(
            app.request(Method::POST, "/api/chat").bearer_auth(bearer).json(&body),
        ));
        model.answers("Whole").await;
        waiting.await.unwrap().expect(200);

        let path = format!("/api/threads/{id}");
        app.get(&path, bearer).await.expect(200);
        let page = app
            .get(&format!("{path}/messages?limit=1"), bearer)
            .await
            .expect(200)
            .json();
        let cursor = page["nextCursor"].as_str().unwrap();
        let second = app
            .get(&format!("{path}/messages?limit=1&cursor={cursor}"), bearer)
            .await
            .expect(200)
            .json();
        app.call("PATCH", &path, bearer, Some(json!({ "pinned": true })))
            .await
            .expect(200);
        let message = second["messages"][0]["id"].as_str().unwrap();
        app.call("DELETE", &format!("{path}/messages/{message}"), bearer, None)
            .await
            .expect(204);
        app.call("DELETE", &path, bearer, None).await.expect(204);
        gathering(app, bearer, query).await;
    }
    app.clock.advance(Duration::from_mins(2));
    app.get("/api/threads", &personal.secret).await.expect(200);
    app.get("/api/threads", &mara.token).await.expect(200);
    browsing(app, model, &mara, &olga).await;
    for (name, pieces) in HOT {
        let sent = async || {
            recorder
                .statements(kind)
                .iter()
                .any(|sql| pieces.iter().all(|piece| sql.contains(piece)))
        };
        until(&format!("this was sent to the database: {name}"), sent).await;
    }
    app.call("DELETE", &format!("/api/api-keys/{}", personal.id), &mara.token, None)
        .await
        .expect(200);
    app.post("/api/auth/logout", &mara.token, json!({})).await.expect(204);
}

/// What somebody does with projects and templates.
async fn gathering(app: &TestApp, bearer: &str, query: &str) {
    let team_id = query.strip_prefix("?teamId=");
    let body = json!({ "name": "Name", "prompt": "Prompt", "teamId": team_id });
    // The built-in templates come before those that are asked for from the database.
    for (path, rows, limit) in [("/api/projects", "projects", 1), ("/api/templates", "templates", 5)] {
        let mut made = String::new();
        for _ in 0..2 {
            let answer = app.post(path, bearer, body.clone()).await.expect(201).json();
            let row = &answer[rows.trim_end_matches('s')];
            made = format!("{path}/{}", row["id"].as_str().unwrap());
        }
        let list = format!("{path}{query}{}limit={limit}", if query.is_empty() { '?' } else { '&' });
        let page = app.get(&list, bearer).await.expect(200).json();
        let cursor = page["nextCursor"].as_str().unwrap();
        app.get(&format!("{list}&cursor={cursor}"), bearer).await.expect(200);
        if rows == "projects" {
            app.get(&made, bearer).await.expect(200);
        }
        let change = json!({ "name": "Other" });
        app.call("PATCH", &made, bearer, Some(change)).await.expect(200);
        app.call("DELETE", &made, bearer, None).await.expect(204);
    }
}

/// What a person does in the browser.
async fn browsing(app: &TestApp, model: &ModelServer, mara: &User, olga: &User) {
    let bearer = &mara.token;
    let function =
        async |name: &str, arguments: Value| app.function(&mara.cookie, name, arguments).await.expect(200).json();
    let now = app.clock.now();
    let threads = (0..201).map(|_| entity::threads::ActiveModel {
        id: Set(domain::clock::new_id()),
        user_id: Set(mara.id.clone()),
        title: Set("Thread".to_owned()),
        visibility: Set(Visibility::Private),
        last_message_at: Set(now),
        message_count: Set(0),
        created_at: Set(now),
        ..Default::default()
    });
    // Past the recorder: this is the test's own statement.
    let db = app.database.connect().await;
    entity::threads::Entity::insert_many(threads).exec(&db).await.unwrap();
    db.close().await.unwrap();
    let list = function("sidebar", json!({})).await;
    function("sidebar", json!({ "cursor": list["nextCursor"] })).await;
    in_a_team(app, mara, olga).await;
    let id = &list["threads"][0]["thread"]["id"];
    let body = json!({ "content": "Hello", "threadId": id, "stream": false });
    let saying = tokio::spawn(send(
        app.request(Method::POST, "/api/chat").bearer_auth(bearer).json(&body),
    ));
    model.answers("Whole").await;
    let said = saying.await.unwrap().expect(200).json();
    let answer = &said["message"]["id"];
    let message = json!({ "id": answer, "feedback": "up" });
    for name in ["rate", "message_details", "message_text", "regenerate"] {
        function(name, message.clone()).await;
    }
    model.answers("Again").await;
    for name in ["open_thread", "mark_read", "delete_thread", "restore_thread"] {
        function(name, json!({ "id": id })).await;
    }
    app.get(&format!("/api/export/{}", id.as_str().unwrap()), bearer)
        .await
        .expect(200);
    app.post("/api/threads", &mara.token, json!({})).await.expect(201);
    function("archive_all", json!({})).await;
    function("archived_threads", json!({})).await;
    let confirmation = json!({ "confirmation": types::threads::DELETE_ALL_CONFIRMATION });
    function("delete_all", confirmation).await;
    app.core.forget().await;
}

/// The same in a team with a project, where somebody else shares threads too.
async fn in_a_team(app: &TestApp, mara: &User, olga: &User) {
    let function =
        async |name: &str, arguments: Value| app.function(&mara.cookie, name, arguments).await.expect(200).json();
    let team = app.team(olga, "Crew").await;
    app.join(olga, &team, mara, TeamRole::Member).await;
    let project = json!({ "project": { "name": "Launch", "teamId": team, "sharing": "team" } });
    let project = function("create_project", project).await["id"].clone();
    let shared = json!({ "teamId": team, "projectId": project, "visibility": "shared" });
    for user in [mara, olga] {
        for _ in 0..51 {
            app.post("/api/threads", &user.token, shared.clone()).await.expect(201);
        }
    }
    for name in ["sidebar", "archived_threads", "project_rows"] {
        function(name, json!({ "team_id": team })).await;
    }
    let open = function("open_project", json!({ "id": project })).await;
    let more = json!({ "id": project, "cursor": open["threads"]["nextCursor"] });
    function("project_threads", more).await;
    function("project_row", json!({ "id": project })).await;
    let change = json!({ "id": project, "change": { "sharing": "private" } });
    function("change_project", change).await;
    function("delete_project", json!({ "id": project })).await;
}

/// The plan of a statement, as if its parameters were not known.
async fn plan(db: &DatabaseConnection, kind: Kind, sql: &str) -> Vec<String> {
    let rows = |sql: String| async move {
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
    };
    match kind {
        Kind::Sqlite => {
            let rows = rows(format!("EXPLAIN QUERY PLAN {sql}"))
                .await
                .unwrap_or_else(|error| panic!("{error}: {sql}"));
            rows.iter()
                .map(|row| row.try_get_by_index::<String>(3).unwrap())
                .collect()
        }
        Kind::Postgres => {
            db.execute_unprepared(&format!("PREPARE asked AS {sql}"))
                .await
                .unwrap_or_else(|e| panic!("{e}: {sql}"));
            let parameters = (1..=999).rev().find(|at| sql.contains(&format!("${at}"))).unwrap_or(0);
            let nulls = vec!["NULL"; parameters].join(", ");
            let execute = if parameters == 0 {
                "asked".to_owned()
            } else {
                format!("asked({nulls})")
            };
            let plan = rows(format!("EXPLAIN EXECUTE {execute}"))
                .await
                .unwrap_or_else(|e| panic!("{e}: {sql}"));
            db.execute_unprepared("DEALLOCATE asked").await.unwrap();
            plan.iter()
                .map(|row| row.try_get_by_index::<String>(0).unwrap())
                .collect()
        }
    }
}

/// What is wrong with a plan.
fn fault(kind: Kind, sql: &str, plan: &[String]) -> Option<String> {
    let scans = |table: &&&str| match kind {
        Kind::Sqlite => plan
            .iter()
            .any(|line| line.split(" USING ").next() == Some(&format!("SCAN {table}"))),
        Kind::Postgres => plan.iter().any(|line| line.contains(&format!("Seq Scan on {table} "))),
    };
    if let Some(table) = TABLES.iter().find(scans) {
        return Some(format!("reads all of {table}"));
    }
    let page = sql.contains(r#"("messages"."thread_id", "messages"."seq")"#);
    if page && !plan.iter().any(|line| line.contains("messages_thread_idx")) {
        return Some("goes through messages of other threads".to_owned());
    }
    let by_time = [
        "\"threads\".\"last_message_at\" DESC",
        "\"messages\".\"seq\" DESC",
        "\"projects\".\"created_at\" DESC",
        "\"templates\".\"created_at\" DESC",
    ];
    let sorts = plan.iter().any(|line| line.starts_with("USE TEMP B-TREE FOR ORDER BY"));
    (sorts && by_time.iter().any(|order| sql.contains(order)))
        .then(|| "sorts a list that an index has in order".to_owned())
}

both!(every_hot_statement_uses_an_index, async |kind: Kind| {
    let model = ModelServer::start().await;
    let app = TestApp::with(kind, |config| model.configure(config, Some(4_096))).await;
    let recorder = Recorder::of_this_process();
    everything(&app, &model, kind, recorder).await;

    let mut options = ConnectOptions::new(&app.database.url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    if kind == Kind::Postgres {
        db.execute_unprepared("SET enable_seqscan = off").await.unwrap();
        db.execute_unprepared("SET plan_cache_mode = force_generic_plan")
            .await
            .unwrap();
    }
    let statements = recorder.statements(kind);
    assert!(statements.len() > 40, "{statements:#?}");
    let mut faults = Vec::new();
    for sql in &statements {
        let plan = plan(&db, kind, sql).await;
        if let Some(fault) = fault(kind, sql, &plan) {
            faults.push(format!("{fault}: {sql}\n{}\n", plan.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    // What this test is for would be seen.
    let slow = [
        "SELECT id FROM messages WHERE content = 'x'",
        "DELETE FROM api_keys WHERE name = 'x'",
    ];
    for sql in slow {
        assert!(fault(kind, sql, &plan(&db, kind, sql).await).is_some(), "{sql}");
    }
});
