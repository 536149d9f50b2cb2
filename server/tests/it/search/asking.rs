//! Any text is a query, and never an error.

use domain::page::PageRequest;
use domain::search::{Filter, search};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::{ask, put, thread};
use crate::both;
use crate::support::{Kind, TestApp};

both!(whatever_is_typed_is_answered, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let chat = thread(&app, &mara.token, json!({})).await;
    put(&app, &mara, &chat, &["a plain text, 100 % near and/or not"]).await;
    let long = "word ".repeat(1_000);
    for (q, total) in [
        ("", 0),
        (" ", 0),
        ("%", 0),
        ("_", 0),
        ("\"", 0),
        ("\"\"", 0),
        ("'", 0),
        ("*", 0),
        ("-", 0),
        ("\\", 0),
        ("\0", 0),
        ("' OR 1=1 --", 0),
        ("\"plain", 1),
        ("plain\"", 1),
        ("\"plain text\"", 1),
        ("\"text plain\"", 0),
        ("a", 1),
        ("%plain%", 1),
        ("pl_in", 0),
        ("plain AND text", 1),
        ("NEAR(plain text)", 0),
        ("plain NOT text", 1),
        ("plain OR absent", 0),
        ("terms:plain", 0),
        ("plain & text | !x", 0),
        ("pla:*", 1),
        ("(plain", 1),
        ("plain)", 1),
        ("^plain", 1),
        ("{plain}", 1),
        ("+plain -text", 1),
        ("plain <-> text", 1),
        ("\u{202e}plain\u{0}text", 1),
        ("👍", 0),
        ("𝒳", 0),
        ("日", 0),
        (long.as_str(), 0),
    ] {
        let answer = ask(&app, &mara.token, &[("q", q)]).await.expect(200).json();
        assert_eq!(answer["total"], total, "{q:?}");
        assert_eq!(answer["results"].as_array().unwrap().len(), total, "{q:?}");
    }

    ask(&app, "", &[("q", "plain")]).await.expect(401);
    let refused = ask(&app, &mara.token, &[]).await.expect(400).json();
    assert_eq!(refused["fields"][0]["field"], "q");
    for (name, value) in [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("cursor", "x"),
        ("cursor", ""),
    ] {
        ask(&app, &mara.token, &[("q", "plain"), (name, value)])
            .await
            .expect(400);
    }
});

both!(nothing_is_syntax_of_an_engine, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let who = app.principal(&mara).await;
    let chat = thread(&app, &mara.token, json!({})).await;
    put(&app, &mara, &chat, &["some text"]).await;
    let mut runner = TestRunner::deterministic();
    let texts = [
        "(?s).{0,60}",
        "[a-c*\"' :&|!()<>^+%_~\\\\-]{1,40}",
        "(\"?(AND|OR|NOT|NEAR|terms:)[ (\"*]?[a-zé東👍]{0,4}){1,6}",
    ];
    for text in texts {
        let strategy = proptest::string::string_regex(text).unwrap();
        for _ in 0..150 {
            let q = strategy.new_tree(&mut runner).unwrap().current();
            let filter = Filter {
                q: q.clone(),
                ..Filter::default()
            };
            let answer = search(&app.core, &who, &filter, &PageRequest::default()).await;
            assert!(answer.is_ok(), "{q:?}: {answer:?}");
        }
    }
    // Ten thousand characters of four bytes, as no address could hold them.
    for q in ["👍", "x", "\"x\" ", "東"] {
        let filter = Filter {
            q: q.repeat(10_000),
            ..Filter::default()
        };
        let answer = search(&app.core, &who, &filter, &PageRequest::default()).await;
        assert!(answer.is_ok(), "{answer:?}");
    }
});
