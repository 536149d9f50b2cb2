//! Nothing is written without its user, whichever door it came through and however it ended.

use entity::messages::{MessageRole, MessageStatus};
use entity::{threads, usage_daily};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{post_chat, rows};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, User, send};

/// The loop of twenty calls in one thread; half of the answers are streamed.
async fn twenty_calls(app: &TestApp, owner: &User, bearer: &str, key_id: Option<&str>) {
    let mut thread_id: Option<String> = None;
    for call in 0..20 {
        let body = json!({ "content": format!("Message {call}"), "threadId": thread_id, "stream": call % 2 == 0 });
        let request = post_chat(app, bearer, &body);
        let answered_in = if call % 2 == 0 {
            let mut following = Following::open(request, 0).await;
            assert_eq!(following.end().await["status"], "complete");
            following.thread_id
        } else {
            let answer = send(request).await.expect(200).json();
            assert_eq!(answer["message"]["status"], "complete");
            assert_eq!(answer["message"]["userId"], *owner.id);
            assert_eq!(answer["message"]["apiKeyId"], json!(key_id));
            answer["thread"]["id"].as_str().unwrap().to_owned()
        };
        assert_eq!(*thread_id.get_or_insert(answered_in.clone()), answered_in);
    }

    let thread_id = thread_id.unwrap();
    let rows = rows(app, &thread_id).await;
    assert_eq!(rows.len(), 40);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row.user_id, owner.id);
        assert_eq!(row.api_key_id.as_deref(), key_id);
        assert_eq!(row.status, MessageStatus::Complete);
        assert_eq!(
            row.role,
            if at % 2 == 0 {
                MessageRole::User
            } else {
                MessageRole::Assistant
            }
        );
        assert!(row.lease_owner.is_none() && row.lease_until.is_none());
        if at % 2 == 0 {
            assert_eq!(row.content, format!("Message {}", at / 2));
        } else {
            assert_eq!(row.reply_to.as_deref(), Some(rows[at - 1].id.as_str()));
        }
    }
    let thread = threads::Entity::find_by_id(&thread_id)
        .one(app.core.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((thread.message_count, thread.user_id.as_str()), (40, owner.id.as_str()));

    let used = usage_daily::Entity::find().all(app.core.db.read()).await.unwrap();
    assert_eq!(used.len(), 1, "{used:?}");
    assert_eq!((used[0].messages, used[0].user_id.as_str()), (20, owner.id.as_str()));
    assert_eq!(used[0].api_key_id, key_id.unwrap_or_default());
    assert_eq!(
        (used[0].day.as_str(), used[0].model.as_str()),
        ("2026-01-15", "builtin")
    );
    let counted: i64 = rows.iter().filter_map(|row| row.prompt_tokens).sum();
    assert!(counted > 0);
    assert_eq!(used[0].prompt_tokens, counted);
}

both!(twenty_calls_with_a_key_are_its_owners, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("otto").await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    twenty_calls(&app, &mara, &key.secret, Some(&key.id)).await;
});

both!(twenty_calls_with_a_token_are_its_users, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("otto").await;
    let mara = app.user("mara").await;
    twenty_calls(&app, &mara, &mara.token, None).await;
});

both!(a_body_cannot_write_as_somebody_else, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (otto, mara) = (app.user("otto").await, app.user("mara").await);
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let body = json!({
        "content": "Hello", "stream": false, "userId": otto.id, "id": "mine", "role": "system", "apiKeyId": "k",
        "messageId": "mine", "status": "failed",
    });
    let answer = send(post_chat(&app, &key.secret, &body)).await.expect(200).json();
    let rows = rows(&app, answer["thread"]["id"].as_str().unwrap()).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(
            (row.user_id.as_str(), row.api_key_id.as_deref()),
            (mara.id.as_str(), Some(key.id.as_str()))
        );
        assert_ne!(row.id, "mine");
        assert_eq!(row.status, MessageStatus::Complete);
    }
    let ottos = app.get("/api/threads", &otto.token).await.expect(200).json();
    assert_eq!(ottos["threads"], json!([]));
});
