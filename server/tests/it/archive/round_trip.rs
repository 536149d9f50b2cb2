use std::collections::BTreeMap;

use entity::messages::{self, MessageRole, MessageStatus};
use entity::team_members::TeamRole;
use entity::{Timestamp, threads};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde_json::{Value, json};

use super::{delete_all, export, imported, said, some_id, threads as listed, titles, unpacked};
use crate::both;
use crate::documents::added;
use crate::support::rows::number;
use crate::support::{Kind, TestApp, User};

/// Everything somebody can have: a project with a document, a template, settings, threads that are pinned, archived, long, shared, made
/// by a key; messages that failed, were rated, have sources.
async fn everything(app: &TestApp, mara: &User) -> String {
    let post = async |path: &str, body: Value| app.post(path, &mara.token, body).await.expect(201).json();
    let team = app.team(mara, "Team").await;
    let project = json!({ "name": "Launch", "color": "teal", "context": "Be brief" });
    let project = post("/api/projects", project).await["project"]["id"].clone();
    let plan = "The launch is in November.\n\nNobody knows of it yet.";
    added(app, &mara.token, project.as_str().unwrap(), "plan.txt", plan).await;
    post("/api/templates", json!({ "name": "Greet", "prompt": "Hello {{name}}" })).await;
    post(
        "/api/templates",
        json!({ "name": "Ours", "prompt": "We", "teamId": team }),
    )
    .await;
    let settings = json!({ "settings": { "role": "Engineer", "compactSidebar": true }, "themePreference": "dark" });
    app.call("PATCH", "/api/user/settings", &mara.token, Some(settings))
        .await
        .expect(200);
    post(
        "/api/threads",
        json!({ "title": "In the project", "projectId": project }),
    )
    .await;
    let shared = json!({ "title": "Shared", "teamId": team, "visibility": "shared" });
    post("/api/threads", shared).await;
    let pinned = post("/api/threads", json!({ "title": "Pinned \"and\" archived" })).await["thread"]["id"].clone();
    let change = json!({ "pinned": true, "archived": true });
    let path = format!("/api/threads/{}", pinned.as_str().unwrap());
    app.call("PATCH", &path, &mara.token, Some(change)).await.expect(200);
    let key = app.key(mara, json!({ "name": "CLI" })).await;
    let said = json!({ "content": "Through a key", "stream": false });
    app.post("/api/chat", &key.secret, said).await.expect(200);
    let full = post("/api/threads", json!({ "title": "All kinds" })).await["thread"]["id"].clone();
    fill(app, mara, full.as_str().unwrap(), &key.id).await;
    team
}

async fn fill(app: &TestApp, mara: &User, thread: &str, key: &str) {
    let at: Timestamp = "2025-12-24T18:00:00.000Z".parse().unwrap();
    let question = some_id();
    let row = |id: String, role, content: &str| messages::ActiveModel {
        id: Set(id),
        thread_id: Set(thread.to_owned()),
        user_id: Set(mara.id.clone()),
        role: Set(role),
        content: Set(content.to_owned()),
        status: Set(MessageStatus::Complete),
        in_context: Set(true),
        created_at: Set(at),
        updated_at: Set(at),
        ..Default::default()
    };
    let rows = [
        messages::ActiveModel {
            api_key_id: Set(Some(key.to_owned())),
            ..row(question.clone(), MessageRole::User, "What \u{2028} is \"it\"? 東京 👩‍🚀")
        },
        messages::ActiveModel {
            reply_to: Set(Some(question)),
            model: Set(Some("long-gone".to_owned())),
            reasoning: Set(Some("First,\nwhat is *it*?".to_owned())),
            prompt_tokens: Set(Some(12)),
            completion_tokens: Set(Some(34)),
            finish_reason: Set(Some("length".to_owned())),
            sources: Set(Some(
                r#"[{"title":"Handbook","text":"A passage","score":0.5}]"#.to_owned(),
            )),
            prompt_report: Set(Some(r#"{"window":4096}"#.to_owned())),
            feedback: Set(Some("down".to_owned())),
            feedback_comment: Set(Some("Too long".to_owned())),
            request_id: Set(Some("r-1".to_owned())),
            in_context: Set(false),
            ..row(some_id(), MessageRole::Assistant, "It is *this*.")
        },
        messages::ActiveModel {
            status: Set(MessageStatus::Failed),
            error: Set(Some("The model is away.".to_owned())),
            error_code: Set(Some("model_failed".to_owned())),
            ..row(some_id(), MessageRole::Assistant, "")
        },
        messages::ActiveModel {
            superseded_at: Set(Some(at)),
            ..row(some_id(), MessageRole::Assistant, "Somebody thought better of it")
        },
    ];
    for row in rows {
        row.insert(app.core.db.write()).await.unwrap();
    }
    let thread = threads::Entity::find_by_id(thread)
        .one(app.core.db.read())
        .await
        .unwrap()
        .unwrap();
    let mut thread = thread.into_active_model();
    thread.message_count = Set(3);
    thread.last_message_preview = Set(Some("It is *this*.".to_owned()));
    thread.update(app.core.db.write()).await.unwrap();
}

/// An archive without what an import gives anew: ids, and what is counted.
fn comparable(archive: &[u8]) -> BTreeMap<String, Value> {
    let files = unpacked(archive);
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut parsed: Vec<(String, Value)> = files
        .into_iter()
        .map(|(name, text)| (name, serde_json::from_str(&text).unwrap()))
        .collect();
    // Threads and documents under their titles, whatever their ids are; then each id under its place of first appearance.
    for (name, file) in &mut parsed {
        for (folder, what) in [("threads/", "thread"), ("documents/", "document")] {
            if name.starts_with(folder) {
                file[what]["title"].as_str().unwrap().clone_into(name);
            }
        }
    }
    parsed.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, file) in &mut parsed {
        for list in ["projects", "templates"] {
            if let Some(list) = file.get_mut(list).and_then(Value::as_array_mut) {
                list.sort_by_key(|one| one["name"].to_string());
            }
        }
        rename(file, name, &mut ids);
    }
    parsed.into_iter().collect()
}

fn rename(value: &mut Value, path: &str, ids: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                rename(value, &format!("{path}/{name}"), ids);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter_mut().enumerate() {
                rename(value, &format!("{path}/{at}"), ids);
            }
        }
        Value::String(text) if domain::clock::is_id(text) => {
            let name = ids.entry(text.clone()).or_insert_with(|| path.to_owned());
            name.clone_into(text);
        }
        _ => {}
    }
}

both!(what_is_exported_comes_back_the_same, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = everything(&app, &mara).await;
    let before = export(&app, &mara.token).await;
    let files = unpacked(&before);
    let manifest: Value = serde_json::from_str(&files["manifest.json"]).unwrap();
    assert_eq!(
        manifest["counts"],
        json!({ "threads": 5, "messages": 5, "projects": 1, "documents": 1, "templates": 2 })
    );
    // What is there already stays what it is.
    let report = imported(&app, &mara.token, before.clone()).await;
    assert_eq!(
        report["imported"],
        json!({ "threads": 0, "messages": 0, "projects": 0, "documents": 0, "templates": 0 })
    );
    assert_eq!(
        report["existing"],
        json!({ "threads": 5, "messages": 0, "projects": 1, "documents": 1, "templates": 2 })
    );
    assert_eq!(
        (&report["settings"], &report["skippedCount"]),
        (&json!("unchanged"), &json!(0))
    );

    for table in ["threads", "projects", "templates"] {
        let sql = format!("DELETE FROM {table} WHERE user_id = '{}'", mara.id);
        app.core.db.write().execute_unprepared(&sql).await.unwrap();
    }
    let other =
        json!({ "settings": { "role": null, "compactSidebar": null, "name": "Else" }, "themePreference": "light" });
    app.call("PATCH", "/api/user/settings", &mara.token, Some(other))
        .await
        .expect(200);
    let report = imported(&app, &mara.token, before.clone()).await;
    assert_eq!(report["source"], "latchkey");
    assert_eq!(
        report["imported"],
        json!({ "threads": 5, "messages": 5, "projects": 1, "documents": 1, "templates": 2 })
    );
    assert_eq!(
        (&report["settings"], &report["skipped"]),
        (&json!("restored"), &json!([]))
    );
    let after = export(&app, &mara.token).await;
    assert_eq!(comparable(&before), comparable(&after));

    // Once more, and what was exported in between: nothing is new.
    for file in [before, after] {
        let report = imported(&app, &mara.token, file).await;
        assert_eq!(
            report["imported"],
            json!({ "threads": 0, "messages": 0, "projects": 0, "documents": 0, "templates": 0 })
        );
        assert_eq!(report["existing"]["threads"], 5);
    }
    assert_eq!(listed(&app, &mara.token).await.len(), 4);
    let in_team = app
        .get(&format!("/api/threads?teamId={team}"), &mara.token)
        .await
        .json();
    assert_eq!(titles(in_team["threads"].as_array().unwrap()), ["Shared"]);

    let rows = messages::Entity::find()
        .filter(messages::Column::Content.ne("Through a key"))
        .order_by_asc(messages::Column::Seq)
        .all(app.core.db.read())
        .await
        .unwrap();
    assert!(rows.iter().all(|row| row.user_id == mara.id));
    let bound = number(app.core.db.read(), "SELECT COUNT(*) FROM plan_usage WHERE messages > 1").await;
    assert_eq!(bound, 0, "imported messages are nobody's use");
    let unread = app
        .function(&mara.cookie, "sidebar", json!({}))
        .await
        .expect(200)
        .json();
    for row in unread["threads"].as_array().unwrap() {
        assert_eq!(row["unread"], false, "{row}");
    }
});

both!(deleted_chats_come_back, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for content in ["One", "Two"] {
        let said = json!({ "content": content, "stream": false });
        app.post("/api/chat", &mara.token, said).await.expect(200);
    }
    let archive = export(&app, &mara.token).await;
    // Twice: what was imported can be deleted and imported as well.
    for _ in 0..2 {
        delete_all(&app, &mara).await;
        assert_eq!(listed(&app, &mara.token).await.len(), 0);
        let report = imported(&app, &mara.token, archive.clone()).await;
        assert_eq!(
            (&report["imported"]["threads"], &report["imported"]["messages"]),
            (&json!(2), &json!(4))
        );
        let back = listed(&app, &mara.token).await;
        assert_eq!(titles(&back), ["One", "Two"]);
        assert_eq!(said(&app, &mara.token, &back[0]).await.len(), 2);
    }
    // And they are found.
    app.core.forget().await;
    crate::support::until("the messages are found", async || {
        let found = app.get("/api/search?q=One", &mara.token).await.expect(200).json();
        found["results"].as_array().is_some_and(|found| !found.is_empty())
    })
    .await;
});

both!(in_another_account_it_is_another_copy, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, nora, vera) = (app.user("mara").await, app.user("nora").await, app.user("vera").await);
    let team = everything(&app, &mara).await;
    let archive = export(&app, &mara.token).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    for (user, in_team) in [(&nora, 0), (&vera, 1)] {
        let report = imported(&app, &user.token, archive.clone()).await;
        assert_eq!(
            report["imported"],
            json!({ "threads": 5, "messages": 5, "projects": 1, "documents": 1, "templates": 2 })
        );
        // What lay in a team they can't write in is their own now.
        let all = listed(&app, &user.token).await;
        assert_eq!(titles(&all).len(), 5);
        assert!(
            all.iter()
                .all(|thread| thread["teamId"].is_null() && thread["visibility"] == "private")
        );
        let shared = app.get(&format!("/api/threads?teamId={team}"), &user.token).await;
        if in_team > 0 {
            assert_eq!(shared.expect(200).json()["threads"].as_array().unwrap().len(), in_team);
        }
    }
    // Nobody's rows are anybody else's, and the keys of another are not theirs.
    for user in [&nora, &vera] {
        let sql = format!(
            "SELECT COUNT(*) FROM messages m JOIN threads t ON t.id = m.thread_id
             WHERE t.user_id = '{0}' AND (m.user_id <> '{0}' OR m.api_key_id IS NOT NULL)",
            user.id
        );
        assert_eq!(number(app.core.db.read(), &sql).await, 0);
    }
    let report = imported(&app, &mara.token, archive).await;
    assert_eq!(report["imported"]["threads"], 0);
});

both!(a_long_thread_comes_back_in_order, async |kind: Kind| {
    const MESSAGES: usize = 5_000;
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let made = app
        .post("/api/threads", &mara.token, json!({ "title": "Long" }))
        .await
        .expect(201)
        .json();
    let id = made["thread"]["id"].as_str().unwrap().to_owned();
    let now = app.clock.now();
    for part in (0..MESSAGES).collect::<Vec<_>>().chunks(500) {
        let rows = part.iter().map(|at| messages::ActiveModel {
            id: Set(some_id()),
            thread_id: Set(id.clone()),
            user_id: Set(mara.id.clone()),
            role: Set(if at % 2 == 0 {
                MessageRole::User
            } else {
                MessageRole::Assistant
            }),
            content: Set(format!("Number {at} {}", "and more ".repeat(20))),
            status: Set(MessageStatus::Complete),
            in_context: Set(true),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        });
        messages::Entity::insert_many(rows)
            .exec(app.core.db.write())
            .await
            .unwrap();
    }
    let archive = export(&app, &mara.token).await;
    delete_all(&app, &mara).await;
    let report = imported(&app, &mara.token, archive).await;
    assert_eq!(report["imported"]["messages"], MESSAGES);
    let back = listed(&app, &mara.token).await;
    assert_eq!(back[0]["messageCount"], MESSAGES);
    let rows = messages::Entity::of_thread(back[0]["id"].as_str().unwrap())
        .order_by_asc(messages::Column::Seq)
        .all(app.core.db.read())
        .await
        .unwrap();
    assert_eq!(rows.len(), MESSAGES);
    for (at, row) in rows.iter().enumerate() {
        assert!(
            row.content.starts_with(&format!("Number {at} ")),
            "{at}: {}",
            row.content
        );
    }
});
