//! Documents found by their meaning, when an embedding model is configured; and by their words when it fails.

use domain::config::Provider;
use sea_orm::ConnectionTrait as _;

use super::*;
use crate::support::embedding_server::{EmbeddingServer, Mood};
use crate::support::until;

const CATS: &str = "A kitten sleeps for sixteen hours.";

/// A scene with an embedding model, and one more document. All of it has vectors.
async fn scene(kind: Kind, provider: Provider) -> (Scene, EmbeddingServer) {
    let server = EmbeddingServer::start().await;
    let app = TestApp::with(kind, |config| server.configure(config, provider, "tiny")).await;
    let scene = Scene::on(app).await;
    added(&scene.app, &scene.key, &scene.project, "cats.txt", CATS).await;
    settled(&scene.app).await;
    (scene, server)
}

/// Waits until every document has vectors.
async fn settled(app: &TestApp) {
    let db = app.core.db.read();
    until("every document has vectors", async || {
        number(db, "SELECT COUNT(*) FROM documents WHERE embedding_model = ''").await == 0
    })
    .await;
}

fn titles(answer: &Value) -> Vec<String> {
    let sources = answer["sources"].as_array().unwrap();
    sources
        .iter()
        .map(|source| source["title"].as_str().unwrap().to_owned())
        .collect()
}

both!(what_is_meant_is_found_without_its_words, async |kind: Kind| {
    for provider in [Provider::Openai, Provider::Ollama] {
        let (scene, server) = scene(kind, provider).await;
        added(
            &scene.app,
            &scene.key,
            &scene.project,
            "plain.txt",
            "Nothing of note is told.",
        )
        .await;
        settled(&scene.app).await;
        let answer = scene.chat("Felines?", "query").await;
        assert_eq!(titles(&answer), ["cats"]);
        assert!(
            answer["textResponse"].as_str().unwrap().contains("sixteen hours"),
            "{answer}"
        );
        let score = answer["sources"][0]["score"].as_f64().unwrap();
        assert!(score > 0.9, "{score}");
        // By its words, by its meaning, and by both: that comes first.
        let both = scene.chat("Money back, kitten?", "chat").await;
        assert_eq!(titles(&both), ["cats", "Terms"]);
        // What is near nothing is refused as before, though to this model every text is somewhat near every other.
        for question in ["Beacons?", "Which weather comes tomorrow?"] {
            let answer = scene.chat(question, "query").await;
            assert_eq!(answer["sources"], json!([]), "{question}");
        }

        let asked = server.asked();
        let inputs = |prefix: &str| {
            asked
                .iter()
                .filter(|body| body["input"][0].as_str().unwrap().starts_with(prefix))
                .count()
        };
        // Four questions, and those by which the model is measured.
        assert_eq!((inputs("query: "), inputs("passage: ")), (5, asked.len() - 5));
        assert!(asked.iter().all(|body| body["model"] == "tiny"));
    }
});

both!(
    vectors_go_with_their_document_and_stay_in_their_project,
    async |kind: Kind| {
        let (scene, _server) = scene(kind, Provider::Openai).await;
        let Scene { app, mara, key, .. } = &scene;
        let (other, slug) = project(app, &mara.token, json!({ "name": "Other" })).await;
        added(app, key, &other, "beacon.txt", "The beacon of Lisbon is white.").await;
        settled(app).await;
        let path = format!("/api/v1/workspace/{slug}/chat");
        let ask = async |question: &str| {
            let body = json!({ "message": question, "mode": "query" });
            titles(&app.post(&path, key, body).await.expect(200).json())
        };
        assert_eq!(ask("Lighthouses?").await, ["beacon"]);
        assert!(ask("Felines?").await.is_empty());

        let cats = list(app, key, &scene.project)
            .await
            .into_iter()
            .find(|row| row["title"] == "cats")
            .unwrap();
        app.call("DELETE", &format!("/api/documents/{}", id(&cats)), key, None)
            .await
            .expect(204);
        assert_eq!(scene.chat("Felines?", "query").await["sources"], json!([]));
        let db = app.core.db.read();
        assert_eq!(number(db, "SELECT COUNT(*) FROM passage_vectors").await, 2);
        orphans::none(app).await;
        app.call("DELETE", &format!("/api/projects/{other}"), &mara.token, None)
            .await
            .expect(204);
        assert_eq!(number(db, "SELECT COUNT(*) FROM passage_vectors").await, 1);
    }
);

both!(long_documents_have_vectors_of_all_their_passages, async |kind: Kind| {
    let (scene, server) = scene(kind, Provider::Ollama).await;
    let Scene { app, key, project, .. } = &scene;
    let before = server.texts();
    let mut text: String = (0..120).fold(String::new(), |text, at| {
        text + &format!("Paragraph {at}. {}\n\n", "Ordinary things are told here. ".repeat(28))
    });
    text += "The beacon is lit at dusk.\n\n";
    let long = added(app, key, project, "long.txt", &text).await;
    let count = usize::try_from(long["passageCount"].as_i64().unwrap()).unwrap();
    assert!(count > 100, "{count}");
    settled(app).await;
    assert_eq!(server.texts() - before, count);
    let batches = server
        .asked()
        .iter()
        .map(|body| body["input"].as_array().unwrap().len())
        .max();
    assert_eq!(batches, Some(32));
    let answer = scene.chat("Lighthouse?", "query").await;
    let source = &answer["sources"][0];
    assert_eq!((&source["title"], &source["passage"]), (&json!("long"), &json!(count)));
});

both!(
    without_its_server_documents_are_found_by_their_words,
    async |kind: Kind| {
        let (scene, server) = scene(kind, Provider::Openai).await;
        let Scene { app, key, project, .. } = &scene;
        for mood in [
            Mood::Failing(500, "broken"),
            Mood::Failing(401, "{\"error\":{\"message\":\"wrong key\"}}"),
            Mood::Saying("not JSON"),
            Mood::Saying("{\"data\":[]}"),
            Mood::Saying("{\"data\":[{\"index\":0,\"embedding\":[]}]}"),
            Mood::Saying("{\"data\":[{\"index\":0,\"embedding\":[1e999]}]}"),
        ] {
            server.is(mood);
            let answer = scene.chat("How long does a kitten sleep?", "query").await;
            assert_eq!(titles(&answer), ["cats"], "{mood:?}");
            // The next one doesn't even ask, until the server has done well again.
            let before = server.asked().len();
            let answer = scene.chat("How long does a kitten sleep?", "query").await;
            assert_eq!(titles(&answer), ["cats"], "{mood:?}");
            let asked = server.asked().len() - before;
            assert_eq!(asked, 0, "{mood:?}");
            server.is(Mood::Well);
            added(app, key, project, "more.txt", &format!("{mood:?}")).await;
            settled(app).await;
            until("questions are asked again", async || {
                !scene.chat("Felines?", "query").await["sources"]
                    .as_array()
                    .unwrap()
                    .is_empty()
            })
            .await;
        }
    }
);

both!(
    a_silent_server_holds_a_question_up_for_a_moment_only,
    async |kind: Kind| {
        let (scene, server) = scene(kind, Provider::Openai).await;
        server.is(Mood::Silent);
        let begun = std::time::Instant::now();
        let answer = scene.chat("How long does a kitten sleep?", "query").await;
        assert_eq!(titles(&answer), ["cats"]);
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(9),
            "{:?}",
            begun.elapsed()
        );
    }
);

both!(
    what_is_too_long_for_the_model_goes_by_its_beginning,
    async |kind: Kind| {
        let (scene, server) = scene(kind, Provider::Openai).await;
        let Scene { app, key, project, .. } = &scene;
        server.is(Mood::Refusing(300));
        let text = format!(
            "# Beacons\n\n{}\n\n# Bills\n\nA bill is paid.",
            "It is lit at dusk. ".repeat(52)
        );
        added(app, key, project, "both.md", &text).await;
        settled(app).await;
        for question in [
            "A lighthouse?",
            "An invoice?",
            &format!("A lighthouse? {}", "Please tell. ".repeat(100)),
        ] {
            let answer = scene.chat(question, "query").await;
            assert_eq!(titles(&answer), ["Beacons"], "{question}");
        }
        // One that refuses everything is at fault itself: nothing is taken for done.
        server.is(Mood::Refusing(0));
        let document = id(&added(app, key, project, "kept.txt", "An invoice is kept for ten years.").await);
        let before = server.asked().len();
        until("it was asked", async || server.asked().len() > before).await;
        let answer = scene.chat("How long is an invoice kept?", "query").await;
        assert!(titles(&answer).contains(&"kept".to_owned()), "{answer}");
        let waiting = format!("SELECT COUNT(*) FROM documents WHERE id = '{document}' AND embedding_model = ''");
        assert_eq!(number(app.core.db.read(), &waiting).await, 1);
    }
);

both!(another_model_makes_them_anew, async |kind: Kind| {
    let (mut scene, server) = scene(kind, Provider::Openai).await;
    scene.app.shut_down().await;
    let before = server.texts();
    let database = scene.app.database.again();
    let app = TestApp::on(database, |config| server.configure(config, Provider::Openai, "other")).await;
    let db = app.core.db.read();
    until("the documents have vectors of the other", async || {
        number(db, "SELECT COUNT(*) FROM documents WHERE embedding_model LIKE 'other%'").await == 2
    })
    .await;
    // The documents, and the twelve texts by which it is measured.
    assert_eq!(server.texts() - before, 14);
    assert_eq!(
        number(db, "SELECT COUNT(*) FROM passage_vectors WHERE model LIKE 'tiny%'").await,
        0
    );
    let before = std::mem::replace(&mut scene.app, app);
    assert_eq!(titles(&scene.chat("Felines?", "query").await), ["cats"]);
    drop(before);
});

both!(what_the_model_breaks_on_stands_in_nobodys_way, async |kind: Kind| {
    let (scene, server) = scene(kind, Provider::Ollama).await;
    let Scene { app, key, project, .. } = &scene;
    server.is(Mood::BreakingOn("poison"));
    added(app, key, project, "poison.txt", "A bill of poison.").await;
    added(app, key, project, "bill.txt", "A bill is paid at once.").await;
    settled(app).await;
    assert_eq!(titles(&scene.chat("Invoices?", "query").await), ["bill"]);
    assert_eq!(titles(&scene.chat("Who sells poison?", "query").await), ["poison"]);
});

both!(a_gap_is_filled, async |kind: Kind| {
    let (scene, _server) = scene(kind, Provider::Openai).await;
    let Scene { app, key, project, .. } = &scene;
    let text = (0..100).fold(String::new(), |text, at| {
        text + &format!("Paragraph {at}. {}\n\n", "Ordinary things are told here. ".repeat(28))
    });
    let long = added(app, key, project, "long.txt", &text).await;
    settled(app).await;
    let db = app.core.db.write();
    for statement in [
        "DELETE FROM passage_vectors WHERE first = 33",
        "UPDATE documents SET embedding_model = 'of another process' WHERE title = 'long'",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    // Tells that there is something to do.
    added(app, key, project, "more.txt", "More.").await;
    until("it is whole", async || {
        let sum = "SELECT CAST(COALESCE(SUM(passage_count), 0) AS BIGINT) FROM passage_vectors WHERE document_id = ";
        let there = number(db, &format!("{sum}'{}'", id(&long))).await;
        let stale = number(
            db,
            "SELECT COUNT(*) FROM documents WHERE embedding_model = 'of another process'",
        )
        .await;
        stale == 0 && Some(there) == long["passageCount"].as_i64()
    })
    .await;
});

both!(two_servers_share_the_work, async |kind: Kind| {
    let (scene, server) = scene(kind, Provider::Openai).await;
    let other = TestApp::on(scene.app.database.again(), |config| {
        server.configure(config, Provider::Openai, "tiny");
    })
    .await;
    let before = server.texts();
    let mut count = 0;
    for at in 0..6 {
        let text = (0..70).fold(String::new(), |text, part| {
            text + &format!(
                "Part {part} of {at}. {}\n\n",
                "Ordinary things are told here. ".repeat(28)
            )
        });
        let app = if at % 2 == 0 { &scene.app } else { &other };
        let added = added(app, &scene.key, &scene.project, "long.txt", &text).await;
        count += usize::try_from(added["passageCount"].as_i64().unwrap()).unwrap();
    }
    settled(&other).await;
    // Those, and the texts by which the second server measures the model; it may have done so before.
    let made = server.texts() - before;
    assert!([count, count + 6, count + 12].contains(&made), "{made} for {count}");
    let sum = "SELECT CAST(SUM(passage_count) AS BIGINT) FROM passage_vectors";
    let all = number(other.core.db.read(), sum).await;
    assert_eq!(usize::try_from(all).unwrap(), count + 2);
});
