//! Reading the messages of a thread, and deleting them.

use serde_json::{Value, json};

use super::{all, id, make, page, say};
use crate::both;
use crate::support::{Kind, TestApp};

fn seqs(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["content"].as_str().unwrap()).collect()
}

both!(
    a_thread_comes_with_its_newest_messages_and_a_way_to_the_others,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "My CLI" })).await;
        let thread = make(&app, &mara.token, json!({})).await;
        for at in 0..63 {
            let bearer = if at % 2 == 0 { &key.secret } else { &mara.token };
            say(&app, bearer, id(&thread), &format!("Question {at}")).await;
        }
        let path = format!("/api/threads/{}", id(&thread));
        let read = app.get(&path, &mara.token).await.expect(200).json()["thread"].take();
        assert_eq!(read["messageCount"], 126);
        let newest = read["messages"].as_array().unwrap();
        assert_eq!(newest.len(), 50);
        assert_eq!(newest[48]["content"], "Question 62");
        assert_eq!(
            (&newest[48]["role"], &newest[49]["role"]),
            (&json!("user"), &json!("assistant"))
        );
        assert_eq!(
            (&newest[48]["apiKeyId"], &newest[48]["via"]),
            (&json!(key.id), &json!({ "name": "My CLI" }))
        );
        assert_eq!(
            (&newest[46]["apiKeyId"], &newest[46]["via"]),
            (&json!(null), &json!(null))
        );
        for message in newest {
            assert_eq!(
                (&message["threadId"], &message["userId"]),
                (&json!(id(&thread)), &json!(mara.id))
            );
            assert_eq!(
                (&message["status"], &message["sources"]),
                (&json!("complete"), &json!([]))
            );
            assert_eq!(message["usage"].is_null(), message["role"] == "user");
        }

        // The cursor leads to the beginning, in pages of any size.
        let list = format!("{path}/messages");
        for limit in [7, 50, 100] {
            let mut whole: Vec<Value> = newest.clone();
            let mut next = read["messagesCursor"].as_str().map(str::to_owned);
            assert!(next.is_some());
            while let Some(cursor) = next {
                let (mut older, before) =
                    page(&app, &mara.token, &format!("{list}?limit={limit}"), Some(&cursor)).await;
                older.extend(whole);
                whole = older;
                next = before;
            }
            assert_eq!(whole.len(), 126);
            let questions: Vec<_> = whole
                .iter()
                .filter(|message| message["role"] == "user")
                .cloned()
                .collect();
            let expected: Vec<String> = (0..63).map(|at| format!("Question {at}")).collect();
            assert_eq!(seqs(&questions), expected);
            assert!(
                whole
                    .iter()
                    .enumerate()
                    .all(|(at, row)| (at % 2 == 0) == (row["role"] == "user"))
            );
        }
        let (first, _) = page(&app, &mara.token, &list, None).await;
        assert_eq!(first, *newest, "the list begins where the thread does");
    }
);

both!(
    messages_that_come_between_pages_do_not_disturb_the_way_back,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let thread = make(&app, &mara.token, json!({})).await;
        for at in 0..6 {
            say(&app, &mara.token, id(&thread), &format!("Question {at}")).await;
        }
        let list = format!("/api/threads/{}/messages?limit=4", id(&thread));
        let before = all(&app, &mara.token, &list).await;
        let (mut rows, mut next) = page(&app, &mara.token, &list, None).await;
        while let Some(cursor) = next {
            say(&app, &mara.token, id(&thread), "In between").await;
            let (more, after) = page(&app, &mara.token, &list, Some(&cursor)).await;
            rows.extend(more);
            next = after;
        }
        assert_eq!(rows, before);
    }
);

both!(a_deleted_message_is_gone, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let thread = make(&app, &mara.token, json!({})).await;
    let other = make(&app, &mara.token, json!({})).await;
    say(&app, &mara.token, id(&thread), "One").await;
    say(&app, &mara.token, id(&thread), "Two").await;
    let list = format!("/api/threads/{}/messages", id(&thread));
    let rows = all(&app, &mara.token, &list).await;
    let gone = format!("{list}/{}", id(&rows[0]));
    // Not by others, and not by way of another thread.
    app.call("DELETE", &gone, &otto.token, None).await.expect(404);
    let elsewhere = format!("/api/threads/{}/messages/{}", id(&other), id(&rows[0]));
    app.call("DELETE", &elsewhere, &mara.token, None).await.expect(404);
    assert_eq!(all(&app, &mara.token, &list).await.len(), 4);

    app.call("DELETE", &gone, &mara.token, None).await.expect(204);
    app.call("DELETE", &gone, &mara.token, None).await.expect(404);
    let left = all(&app, &mara.token, &list).await;
    assert_eq!(left, rows[1..]);
    let read = app
        .get(&format!("/api/threads/{}", id(&thread)), &mara.token)
        .await
        .expect(200)
        .json();
    assert_eq!(read["thread"]["messageCount"], 3);
    say(&app, &mara.token, id(&thread), "Three").await;
});
