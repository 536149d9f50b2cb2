//! What is found, in which order, and how it is shown.

use serde_json::json;

use super::{ask, find, put, thread};
use crate::both;
use crate::support::{Kind, TestApp};

both!(words_beginnings_and_phrases, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    let texts = [
        "Rust compiles slowly",
        "the compiler is written in Rust",
        "Rusty nails",
        "Crème brûlée recipe",
        "open main.rs or lib.rs",
        "東京大学に行く",
        "ship it 👍🏽",
        "big red dog",
        "red and big dog",
    ];
    put(&app, &mara, &chat, &texts).await;
    for (q, found) in [
        ("rust", &[1, 0, 2][..]),
        ("RUST", &[1, 0, 2]),
        ("\"rust\"", &[1, 0]),
        ("rus*", &[2, 1, 0]),
        ("\"rus\"", &[]),
        ("rust comp", &[0, 1]),
        ("comp rust", &[]),
        ("\"rust comp", &[0]),
        ("\"in rust\"", &[1]),
        ("creme BRULEE", &[3]),
        ("créme", &[3]),
        ("main.rs", &[4]),
        ("rs main", &[4]),
        ("\"rs main\"", &[]),
        ("東京", &[5]),
        ("大学", &[5]),
        ("京東", &[]),
        ("👍", &[6]),
        ("big dog", &[8, 7]),
        ("red dog", &[7, 8]),
        ("dog \"big red\"", &[7]),
        ("dog cat", &[]),
        ("d", &[]),
    ] {
        let expected: Vec<&str> = found.iter().map(|at| texts[*at]).collect();
        assert_eq!(find(&app, &mara.token, &[("q", q)]).await, expected, "{q:?}");
    }
});

both!(what_is_found_is_shown_escaped_and_marked, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({ "title": "Tags & <b>" })).await;
    let text = format!(
        "{}<b onclick='x'>Über & over</b> {}",
        "before ".repeat(80),
        "after ".repeat(80)
    );
    put(&app, &mara, &chat, &[&text]).await;
    let answer = ask(&app, &mara.token, &[("q", "uber over")]).await.expect(200).json();
    assert_eq!((&answer["total"], &answer["totalIsExact"]), (&json!(1), &json!(true)));
    let result = &answer["results"][0];
    assert_eq!(
        (&result["threadId"], &result["threadTitle"], &result["role"]),
        (&json!(chat), &json!("Tags & <b>"), &json!("user"))
    );
    assert!(result["id"].is_string() && result["createdAt"] == "2026-01-15T10:00:00.000Z");
    let (content, highlight) = (
        result["content"].as_str().unwrap(),
        result["highlight"].as_str().unwrap(),
    );
    assert!(
        content.starts_with("…before") && content.ends_with("after…"),
        "{content}"
    );
    assert!(content.contains("<b onclick='x'>Über & over</b>") && content.chars().count() < 400);
    let marked = "&lt;b onclick=&#39;x&#39;&gt;<mark>Über</mark> &amp; <mark>over</mark>&lt;/b&gt;";
    assert!(highlight.contains(marked), "{highlight}");
    // The id is one that can be gone to.
    let path = format!("/api/threads/{chat}");
    let read = app.get(&path, &mara.token).await.expect(200).json();
    assert_eq!(read["thread"]["messages"][0]["id"], result["id"]);
});

both!(a_long_message_is_found_by_its_end, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    let words: Vec<String> = (0..40_000).map(|at| format!("w{}", at % 17_000)).collect();
    let long = words.join(" ");
    let same = "same ".repeat(30_000);
    let blob = "x".repeat(200_000);
    let long = format!("{long}{same}{blob} lastword");
    put(&app, &mara, &chat, &[&long]).await;
    for (q, found) in [
        ("w0", true),
        ("\"w1 w2\"", true),
        ("\"w15000 w15001\"", true),
        ("w16999", true),
        ("lastword", true),
        ("same", true),
        (&blob, true),
        ("\"w2 w1\"", false),
        ("\"same lastword\"", false),
        ("w17000", false),
    ] {
        let answer = ask(&app, &mara.token, &[("q", q.get(..900).unwrap_or(q))])
            .await
            .expect(200)
            .json();
        assert_eq!(answer["total"], u8::from(found), "{:?}", q.get(..20).unwrap_or(q));
    }
});

both!(a_message_is_looked_up_in_its_own_chat_only, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let (chat, other) = (
        thread(&app, &mara.token, json!({})).await,
        thread(&app, &mara.token, json!({})).await,
    );
    put(&app, &mara, &chat, &["Here"]).await;
    let path = format!("/api/threads/{chat}/messages");
    let messages = app.get(&path, &mara.token).await.expect(200).json();
    let id = &messages["messages"][0]["id"];
    for (who, chat, id, there) in [
        (&mara, &chat, id, true),
        (&mara, &other, id, false),
        (&otto, &chat, id, false),
        (&mara, &chat, &json!("01900000-0000-7000-8000-000000000000"), false),
        (&mara, &chat, &json!("x"), false),
    ] {
        let arguments = json!({ "thread_id": chat, "id": id });
        let answer = app.function(&who.cookie, "find_message", arguments).await.expect(200);
        assert_eq!(answer.json(), json!(there), "{chat} {id}");
    }
});
