//! Pages: complete and without repeats, whatever is written and deleted in between.

use std::collections::HashSet;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{ask, put, settle, thread};
use crate::both;
use crate::support::{Kind, TestApp};

/// A page: its passages, and the cursor of the next.
async fn page(app: &TestApp, bearer: &str, q: &str, limit: &str, cursor: Option<&str>) -> (Value, Option<String>) {
    let mut parameters = vec![("q", q), ("limit", limit)];
    parameters.extend(cursor.map(|cursor| ("cursor", cursor)));
    let json = ask(app, bearer, &parameters).await.expect(200).json();
    let next = json["nextCursor"].as_str().map(str::to_owned);
    (json, next)
}

both!(every_match_is_on_one_page, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    // Enough for several blocks, in which the kinds of matches lie mixed.
    let texts: Vec<String> = (0..1_300)
        .map(|at| match at % 6 {
            0 => format!("red fox number {at}"),
            1 => format!("fox is red number {at}"),
            2..=4 => format!("a foxy red thing number {at}"),
            _ => format!("nothing of it number {at}"),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    put(&app, &mara, &chat, &texts).await;
    let wanted: HashSet<&str> = texts.iter().copied().filter(|text| text.contains("fox")).collect();

    let mut seen: Vec<String> = Vec::new();
    let (mut cursor, mut pages) = (None, 0);
    let mut state = 7_u64;
    loop {
        let (json, next) = page(&app, &mara.token, "red fox", "77", cursor.as_deref()).await;
        assert_eq!((&json["total"], &json["totalIsExact"]), (&json!(500), &json!(false)));
        let found = json["results"].as_array().unwrap();
        seen.extend(
            found
                .iter()
                .map(|result| result["content"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(next) = next else { break };
        cursor = Some(next);
        // What comes is not asked for any more; what goes is one that was seen already, or is not wanted.
        put(&app, &mara, &chat, &["red fox that came later"]).await;
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = usize::try_from(state >> 33).unwrap() % seen.len();
        for gone in [seen[at].clone(), format!("nothing of it number {}", pages * 6 + 5)] {
            let delete = format!("DELETE FROM messages WHERE content = '{gone}'");
            app.core.db.write().execute_unprepared(&delete).await.unwrap();
        }
    }
    assert_eq!(seen.len(), wanted.len(), "{pages} pages");
    let distinct: HashSet<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(distinct, wanted);
    // Of the newest, the phrase comes first, then the words, then the beginnings of words.
    let kind_of = |text: &String| {
        [
            text.starts_with("red fox"),
            text.starts_with("fox is"),
            text.starts_with("a foxy"),
        ]
    };
    let mut kinds: Vec<[bool; 3]> = seen.iter().take(500).map(kind_of).collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [[true, false, false], [false, true, false], [false, false, true]]
    );
    settle(&app).await;
});

both!(a_total_is_exact_as_far_as_it_says_so, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    put(&app, &mara, &chat, &vec!["word"; 500]).await;
    let (json, _) = page(&app, &mara.token, "word", "1", None).await;
    assert_eq!((&json["total"], &json["totalIsExact"]), (&json!(500), &json!(true)));
    let (json, next) = page(&app, &mara.token, "word", "100", None).await;
    assert_eq!(json["results"].as_array().unwrap().len(), 100);
    put(&app, &mara, &chat, &["word"]).await;
    let (json, _) = page(&app, &mara.token, "word", "1", None).await;
    assert_eq!((&json["total"], &json["totalIsExact"]), (&json!(500), &json!(false)));
    // A later page says what the first one said.
    let (json, _) = page(&app, &mara.token, "word", "100", next.as_deref()).await;
    assert_eq!((&json["total"], &json["totalIsExact"]), (&json!(500), &json!(true)));
});

both!(a_word_found_often_is_not_the_beginning_of_others, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    let mut texts = vec!["word"; 501];
    texts.extend(["wordy"; 20]);
    put(&app, &mara, &chat, &texts).await;
    let (mut seen, mut cursor) = (0, None);
    loop {
        let (json, next) = page(&app, &mara.token, "word", "100", cursor.as_deref()).await;
        let results = json["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["content"] == "word"), "{json}");
        seen += results.len();
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, 501);
    let (json, _) = page(&app, &mara.token, "word*", "1", None).await;
    assert_eq!(json["results"][0]["content"], "wordy");
    let (json, _) = page(&app, &mara.token, "wor", "1", None).await;
    assert_eq!(json["results"][0]["content"], "wordy");
});
