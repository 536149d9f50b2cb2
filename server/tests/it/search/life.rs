//! The index follows the messages: written, ended, superseded, deleted, brought back.

use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{find, indexed, put, settle, thread};
use crate::both;
use crate::support::database::Database;
use crate::support::model_server::ModelServer;
use crate::support::rows::number;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User, until};
use migration::Migrator;
use sea_orm_migration::MigratorTrait;

/// Says something and hears the answer; both messages.
async fn exchange(app: &TestApp, model: &ModelServer, user: &User, body: Value, answer: &str) -> Value {
    let path = match body["again"].as_str() {
        Some(id) => format!("/api/chat/{id}/regenerate"),
        None => "/api/chat".to_owned(),
    };
    let mut body = body;
    body["stream"] = json!(false);
    let (said, _) = tokio::join!(app.post(&path, &user.token, body), model.answers(answer));
    said.expect(200).json()
}

both!(settled_messages_are_found_and_no_others, async |kind: Kind| {
    let model = ModelServer::start().await;
    let app = TestApp::with(kind, |config| model.configure(config, None)).await;
    let mara = app.user("mara").await;
    let token = mara.token.as_str();

    let asking = async {
        app.post(
            "/api/chat",
            token,
            json!({ "content": "Question one", "stream": false }),
        )
        .await
    };
    let looking = async {
        let exchange = model.asked().await;
        exchange.say("Answer one");
        // What is said is there at once; what is being written is not.
        assert_eq!(find(&app, token, &[("q", "one")]).await, ["Question one"]);
        exchange.finish();
    };
    let (first, ()) = tokio::join!(asking, looking);
    let first = first.expect(200).json();
    assert_eq!(find(&app, token, &[("q", "one")]).await, ["Answer one", "Question one"]);

    // Asked anew, and said anew.
    let answer = first["message"]["id"].as_str().unwrap();
    exchange(&app, &model, &mara, json!({ "again": answer }), "Answer two").await;
    assert_eq!(find(&app, token, &[("q", "answer")]).await, ["Answer two"]);
    let thread_id = first["thread"]["id"].as_str().unwrap();
    let path = format!("/api/threads/{thread_id}");
    let messages = app.get(&path, token).await.expect(200).json()["thread"]["messages"].take();
    let body = json!({ "content": "Question three", "replaces": messages[0]["id"] });
    let third = exchange(&app, &model, &mara, body, "Answer three").await;
    assert_eq!(find(&app, token, &[("q", "one")]).await, [] as [&str; 0]);
    assert_eq!(find(&app, token, &[("q", "two")]).await, [] as [&str; 0]);
    assert_eq!(
        find(&app, token, &[("q", "three")]).await,
        ["Answer three", "Question three"]
    );

    // An answer that failed before it said anything is nothing to find; what one had said is.
    let body = json!({ "content": "Question four", "threadId": thread_id, "stream": false });
    let refusing = async { model.asked().await.refuse(400, None, "{}") };
    tokio::join!(app.post("/api/chat", token, body), refusing);
    assert_eq!(find(&app, token, &[("q", "four")]).await, ["Question four"]);
    let body = json!({ "content": "Question four again", "threadId": thread_id });
    let request = app.request(Method::POST, "/api/chat").bearer_auth(token).json(&body);
    let mut following = Following::open(request, 0).await;
    let exchange = model.asked().await;
    exchange.say("Beginning of four");
    following.hear("Beginning of four").await;
    exchange.die();
    following.end().await;
    assert_eq!(find(&app, token, &[("q", "beginning")]).await, ["Beginning of four"]);

    let deleted = format!("{path}/messages/{}", third["message"]["id"].as_str().unwrap());
    app.call("DELETE", &deleted, token, None).await.expect(204);
    assert_eq!(find(&app, token, &[("q", "three")]).await, ["Question three"]);
    settle(&app).await;
    let (texts, in_engine) = indexed(&app).await;
    assert_eq!(
        (texts, in_engine),
        (4, 4),
        "three questions and what was said of an answer"
    );
});

both!(threads_that_are_away_are_not_found, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let who = app.principal(&mara).await;
    let token = mara.token.as_str();
    let kept = thread(&app, token, json!({})).await;
    let gone = thread(&app, token, json!({})).await;
    put(&app, &mara, &kept, &["kept word"]).await;
    put(&app, &mara, &gone, &["gone word", "another word"]).await;
    let archive = json!({ "archived": true });
    app.call("PATCH", &format!("/api/threads/{kept}"), token, Some(archive))
        .await
        .expect(200);
    assert_eq!(
        find(&app, token, &[("q", "word")]).await,
        ["another word", "gone word", "kept word"]
    );

    domain::threads::put_away(&app.core, &who, &gone).await.unwrap();
    assert_eq!(find(&app, token, &[("q", "word")]).await, ["kept word"]);
    assert_eq!(indexed(&app).await, (3, 1));
    // What is written to it meanwhile by somebody who did not know is not found either.
    put(&app, &mara, &gone, &["late word"]).await;
    assert_eq!(find(&app, token, &[("q", "word")]).await, ["kept word"]);
    domain::threads::restore(&app.core, &who, &gone).await.unwrap();
    assert_eq!(
        find(&app, token, &[("q", "word")]).await,
        ["late word", "another word", "gone word", "kept word"]
    );

    app.call("DELETE", &format!("/api/threads/{gone}"), token, None)
        .await
        .expect(204);
    assert_eq!(find(&app, token, &[("q", "word")]).await, ["kept word"]);
    assert_eq!(indexed(&app).await, (1, 1));
    let delete = format!("DELETE FROM users WHERE id = '{}'", mara.id);
    app.core.db.write().execute_unprepared(&delete).await.unwrap();
    assert_eq!(indexed(&app).await, (0, 0));
    assert_eq!(
        number(app.core.db.read(), "SELECT COUNT(*) FROM search_pending").await,
        0
    );
});

both!(what_was_there_before_the_index_is_found, async |kind: Kind| {
    let database = Database::make(kind).await;
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap();
    }
    let db = database.connect().await;
    Migrator::up(&db, Some(2)).await.unwrap();
    let at = "2025-12-01T10:00:00.000Z";
    let mut statements = vec![
        format!(
            "INSERT INTO users (id, email, name, password_hash, role, plan, created_at, updated_at)
             VALUES ('u', 'old@example.com', 'Old', 'x', 'user', 'free', '{at}', '{at}')"
        ),
        format!(
            "INSERT INTO threads (id, user_id, title, last_message_at, created_at)
             VALUES ('0190a2b4-0000-7000-8000-000000000000', 'u', 'Old', '{at}', '{at}')"
        ),
    ];
    for (id, content, status, superseded) in [
        ("a", "old word", "complete", "NULL"),
        ("b", "running word", "streaming", "NULL"),
        ("c", "superseded word", "complete", "'2025-12-02T10:00:00.000Z'"),
        ("d", "", "failed", "NULL"),
        ("e", "stopped word", "stopped", "NULL"),
    ] {
        statements.push(format!(
            "INSERT INTO messages (id, thread_id, user_id, role, content, status, superseded_at, created_at, updated_at)
             VALUES ('{id}', '0190a2b4-0000-7000-8000-000000000000', 'u', 'user', '{content}', '{status}', {superseded},
                '{at}', '{at}')"
        ));
    }
    for statement in statements {
        db.execute_unprepared(&statement).await.unwrap();
    }
    // There, back again, and there.
    Migrator::up(&db, None).await.unwrap();
    let later = u32::try_from(Migrator::migrations().len()).unwrap() - 2;
    Migrator::down(&db, Some(later)).await.unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) FROM messages").await, 5);
    db.close().await.unwrap();

    let app = TestApp::on(database, |_| {}).await;
    let mara = app.user("mara").await;
    let own = format!("UPDATE threads SET user_id = '{}'", mara.id);
    app.core.db.write().execute_unprepared(&own).await.unwrap();
    // Nobody has to ask for it.
    until("everything is indexed", || async {
        number(app.core.db.read(), "SELECT COUNT(*) FROM search_pending").await == 0
    })
    .await;
    assert_eq!(
        find(&app, &mara.token, &[("q", "word")]).await,
        ["stopped word", "old word"]
    );
});
