//! Threads as files.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use entity::messages::{self, MessageRole, MessageStatus};
use entity::team_members::TeamRole;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::sse::Following;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn export(app: &TestApp, bearer: &str, thread: &str, query: &str) -> Answer {
    app.get(&format!("/api/export/{thread}{query}"), bearer).await
}

async fn thread(app: &TestApp, user: &User, title: &str) -> String {
    let body = json!({ "title": title });
    let made = app.post("/api/threads", &user.token, body).await.expect(201).json();
    made["thread"]["id"].as_str().unwrap().to_owned()
}

both!(as_json_it_is_what_the_api_shows_and_all_of_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let id = thread(&app, &mara, "Plans").await;
    let empty = export(&app, &mara.token, &id, "").await.expect(200).json();
    assert_eq!(empty["thread"]["messages"], json!([]));

    let now = app.clock.now();
    let rows = (0..251).map(|at| messages::ActiveModel {
        id: Set(domain::clock::new_id()),
        thread_id: Set(id.clone()),
        user_id: Set(mara.id.clone()),
        role: Set(if at % 2 == 0 {
            MessageRole::User
        } else {
            MessageRole::Assistant
        }),
        content: Set(format!("Text {at} \"quoted\" \u{2028} 東京")),
        status: Set(MessageStatus::Complete),
        in_context: Set(true),
        superseded_at: Set((at == 100).then_some(now)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    });
    messages::Entity::insert_many(rows)
        .exec(app.core.db.write())
        .await
        .unwrap();
    let answer = export(&app, &mara.token, &id, "?format=json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Plans.json\"; filename*=UTF-8''Plans.json"
    );
    let mut file = answer.json();
    assert_eq!(
        (&file["formatVersion"], &file["exportedAt"]),
        (&json!(1), &json!("2026-01-15T10:00:00.000Z"))
    );
    let exported = file["thread"]["messages"].take();
    let mut shown = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/threads/{id}/messages?limit=100{cursor}");
        let mut page = app.get(&path, &mara.token).await.expect(200).json();
        let mut rows = std::mem::take(page["messages"].as_array_mut().unwrap());
        rows.append(&mut shown);
        shown = rows;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(shown.len(), 250);
    assert_eq!(exported, json!(shown));
    let mut listed = app
        .get(&format!("/api/threads/{id}"), &mara.token)
        .await
        .expect(200)
        .json()["thread"]
        .take();
    listed["messages"].take();
    listed.as_object_mut().unwrap().remove("messagesCursor");
    assert_eq!(file["thread"], listed);
});

both!(as_markdown_it_reads_as_a_conversation, async |kind: Kind| {
    let model = ModelServer::start().await;
    let app = TestApp::with(kind, |config| model.configure(config, None)).await;
    let mara = app.user("mara").await;
    let id = thread(&app, &mara, "Plans & *dreams*").await;
    let key = app.key(&mara, json!({ "name": "My [CLI]" })).await;
    let body = json!({ "content": "Say *this*", "threadId": id });
    let request = app
        .request(Method::POST, "/api/chat")
        .bearer_auth(&key.secret)
        .json(&body);
    let mut following = Following::open(request, 0).await;
    model.answers("## A heading\n\nand text\n\n").await;
    following.end().await;
    let request = app
        .request(Method::POST, "/api/chat")
        .bearer_auth(&mara.token)
        .json(&body);
    let mut following = Following::open(request, 0).await;
    let exchange = model.asked().await;
    exchange.say("Half");
    following.hear("Half").await;
    app.post(
        &format!("/api/chat/{}/stop", following.message_id),
        &mara.token,
        json!({}),
    )
    .await
    .expect(200);

    let answer = export(&app, &mara.token, &id, "?format=markdown").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    let expected = "# Plans \\& \\*dreams\\*\n\
        \n## You\n\n*2026-01-15 10:00 UTC · via My \\[CLI\\]*\n\nSay *this*\n\
        \n## stand\\-in\n\n*2026-01-15 10:00 UTC · via My \\[CLI\\]*\n\n## A heading\n\nand text\n\
        \n## You\n\n*2026-01-15 10:00 UTC*\n\nSay *this*\n\
        \n## stand\\-in\n\n*2026-01-15 10:00 UTC*\n\nHalf\n\n*Stopped.*\n";
    assert_eq!(answer.text, expected);
});

both!(a_hostile_title_makes_a_harmless_name, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for (title, plain, full) in [
        (
            "a\"; filename=\"b.exe",
            "a-; filename=-b.exe.md",
            "a-%3B%20filename%3D-b.exe.md",
        ),
        ("../../etc/passwd", "etc-passwd.md", "etc-passwd.md"),
        ("Größe 100%", "Gr__e 100_.md", "Gr%C3%B6%C3%9Fe%20100%25.md"),
        ("東京 👩‍🚀", "__ _", ""),
        ("...", "chat.md", "chat.md"),
        ("NUL", "chat NUL.md", "chat%20NUL.md"),
    ] {
        let id = thread(&app, &mara, title).await;
        let answer = export(&app, &mara.token, &id, "?format=markdown").await.expect(200);
        let header = answer.header("content-disposition");
        if full.is_empty() {
            assert!(
                header.starts_with(&format!("attachment; filename=\"{plain}")),
                "{header}"
            );
            assert!(
                header.contains("filename*=UTF-8''%E6%9D%B1%E4%BA%AC%20%F0%9F%91%A9"),
                "{header}"
            );
        } else {
            let expected = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
            assert_eq!(header, expected);
        }
    }
});

both!(who_may_read_a_thread_may_export_it, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_endpoints = vec!["/api/threads/**".to_owned()];
    })
    .await;
    let (mara, vera, nora) = (app.user("mara").await, app.user("vera").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let body = json!({ "title": "Ours", "teamId": team, "visibility": "shared" });
    let made = app.post("/api/threads", &mara.token, body).await.expect(201).json();
    let id = made["thread"]["id"].as_str().unwrap();
    for (user, status) in [(&mara, 200), (&vera, 200), (&nora, 404)] {
        let answer = export(&app, &user.token, id, "").await;
        assert_eq!(answer.status, status, "{}", answer.text);
        // A plain link in the page comes with the cookie.
        let link = app.request(Method::GET, &format!("/api/export/{id}?format=markdown"));
        let answer = send(link.header("cookie", &user.cookie)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    export(&app, "", id, "").await.expect_error(401, "unauthenticated");
    let key = app.key(&mara, json!({ "name": "CLI", "teamId": team })).await;
    export(&app, &key.secret, id, "")
        .await
        .expect_error(403, "endpoint_not_allowed");
    for format in ["pdf", "", "JSON"] {
        export(&app, &mara.token, id, &format!("?format={format}"))
            .await
            .invalid(&["format"]);
    }
    let _: Value = export(&app, &vera.token, id, "?format=json").await.json();
});
