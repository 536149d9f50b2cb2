//! Both databases give the same answers on the same corpus.

use serde_json::json;

use super::{ask, put, thread};
use crate::support::{Kind, TestApp, User};

const WORDS: [&str; 24] = [
    "the",
    "then",
    "them",
    "rust",
    "rusty",
    "crème",
    "Creme",
    "naïve",
    "main.rs",
    "snake_case",
    "don't",
    "東京",
    "京",
    "한국어",
    "👍🏽",
    "👩‍🚀",
    "İstanbul",
    "straße",
    "STRASSE",
    "x",
    "42",
    "4.2",
    "हिन्दी",
    "שָׁלוֹם",
];

/// The corpus: words at random, some of them rare, some messages long.
fn corpus() -> Vec<String> {
    let mut state = 42_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let message = move |at: usize| {
        let length = if at.is_multiple_of(100) { 2_000 } else { 3 + next(12) };
        // The lower the rank, the more frequent.
        let words: Vec<&str> = (0..length).map(|_| WORDS[Ord::min(next(24), next(24))]).collect();
        format!("{at}: {}", words.join(" "))
    };
    (0..5_000).map(message).collect()
}

struct Place {
    app: TestApp,
    mara: User,
    thread_id: String,
}

impl Place {
    async fn make(kind: Kind, corpus: &[&str]) -> Self {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let otto = app.user("otto").await;
        // Somebody else's messages lie between them.
        let others = thread(&app, &otto.token, json!({})).await;
        let first = thread(&app, &mara.token, json!({})).await;
        let thread_id = thread(&app, &mara.token, json!({})).await;
        let (most, last) = corpus.split_at(corpus.len() - 500);
        for (at, texts) in most.chunks(1_000).enumerate() {
            let (writer, thread_id) = if at % 4 == 3 { (&otto, &others) } else { (&mara, &first) };
            put(&app, writer, thread_id, texts).await;
        }
        put(&app, &mara, &thread_id, last).await;
        Self { app, mara, thread_id }
    }

    /// All that is found, page by page, by the number each message begins with; and the total.
    async fn found(&self, q: &str, in_thread: bool) -> (Vec<String>, String) {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut parameters = vec![("q", q), ("limit", "100")];
            if in_thread {
                parameters.push(("threadId", &self.thread_id));
            }
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut json = ask(&self.app, &self.mara.token, &parameters).await.expect(200).json();
            for result in json["results"].as_array_mut().unwrap() {
                found.push(result["highlight"].take().as_str().unwrap().to_owned());
            }
            cursor = json["nextCursor"].as_str().map(str::to_owned);
            // As far as two blocks go.
            if cursor.is_none() || found.len() >= 1_200 {
                return (found, format!("{} {}", json["total"], json["totalIsExact"]));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_same_corpus() {
    let corpus = corpus();
    let corpus: Vec<&str> = corpus.iter().map(String::as_str).collect();
    let (sqlite, postgres) = tokio::join!(Place::make(Kind::Sqlite, &corpus), Place::make(Kind::Postgres, &corpus));
    let mut queries: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    for one in ["the", "東京"] {
        queries.extend(WORDS.iter().map(|word| format!("{one} {word}")));
        queries.extend(WORDS.iter().map(|word| format!("\"{word} {one}\"")));
    }
    for q in [
        "t*",
        "r* t*",
        "\"the then\" rust",
        "\"the then them\"",
        "th",
        "the the",
        "11999",
        "absent",
        "शब्द",
    ] {
        queries.push(q.to_owned());
    }
    let mut nothing = 0;
    for q in &queries {
        // A thread is another way to look, for which the single words are enough.
        let ways: &[bool] = if q.contains(' ') { &[false] } else { &[false, true] };
        for &in_thread in ways {
            let (one, other) = tokio::join!(sqlite.found(q, in_thread), postgres.found(q, in_thread));
            nothing += usize::from(one.0.is_empty());
            assert_eq!(one, other, "{q:?}");
        }
    }
    assert!(
        nothing < queries.len() / 2,
        "{nothing} of {} find nothing",
        queries.len()
    );
}
