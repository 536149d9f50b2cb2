//! Documents go out with everything else and come in again.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{MANIFEST, archive_of, delete_all, export, imported, packed, some_id, some_thread, unpacked};
use crate::both;
use crate::deletion::orphans;
use crate::documents::added;
use crate::support::rows::{number, texts};
use crate::support::{Kind, TestApp, User};

const TERMS: &str = "# Terms\n\nThe refund period is thirty days.\n\n# Contact\n\nWrite to the office in Lisbon.";

async fn project(app: &TestApp, bearer: &str, body: Value) -> String {
    let made = app.post("/api/projects", bearer, body).await.expect(201).json();
    made["project"]["id"].as_str().unwrap().to_owned()
}

async fn ask(app: &TestApp, bearer: &str, project: &str, question: &str) -> Value {
    let thread = json!({ "title": question, "projectId": project });
    let thread = app.post("/api/threads", bearer, thread).await.expect(201).json();
    let body = json!({ "threadId": thread["thread"]["id"], "content": question, "stream": false });
    app.post("/api/chat", bearer, body).await.expect(200).json()["message"].clone()
}

async fn list(app: &TestApp, bearer: &str, path: &str, name: &str) -> Vec<Value> {
    app.get(path, bearer).await.expect(200).json()[name]
        .as_array()
        .unwrap()
        .clone()
}

/// The documents of somebody's only project called so, with what they say.
async fn documents(app: &TestApp, bearer: &str, name: &str) -> (String, Vec<Value>) {
    let projects = list(app, bearer, "/api/projects", "projects").await;
    let mut ids = projects
        .iter()
        .filter(|project| project["name"] == name)
        .map(|project| project["id"].as_str().unwrap());
    let id = ids.next().unwrap().to_owned();
    assert_eq!(ids.next(), None);
    let mut all = Vec::new();
    for document in list(app, bearer, &format!("/api/documents?projectId={id}"), "documents").await {
        let path = format!("/api/documents/{}/passages?limit=100", document["id"].as_str().unwrap());
        let mut whole = app.get(&path, bearer).await.expect(200).json();
        for field in ["id", "projectId", "userId"] {
            whole["document"][field].take();
        }
        // Two places are never the same place.
        let goes_on = whole["nextCursor"].take().is_string();
        whole["nextCursor"] = json!(goes_on);
        all.push(whole);
    }
    all.sort_by_key(|whole| whole["document"]["title"].to_string());
    (id, all)
}

/// The only answer somebody's threads of this project have.
async fn answer(app: &TestApp, bearer: &str, project: &str) -> Value {
    let threads = list(app, bearer, &format!("/api/threads?projectId={project}"), "threads").await;
    let path = format!("/api/threads/{}/messages", threads[0]["id"].as_str().unwrap());
    list(app, bearer, &path, "messages").await.pop().unwrap()
}

both!(
    documents_come_back_with_the_answers_that_rest_on_them,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, nora) = (app.user("mara").await, app.user("nora").await);
        let shop = project(&app, &mara.token, json!({ "name": "Shop" })).await;
        added(&app, &mara.token, &shop, "terms.md", TERMS).await;
        let long = "A long line about nothing at all. ".repeat(4_000);
        added(&app, &mara.token, &shop, "long.txt", &long).await;
        let before = ask(&app, &mara.token, &shop, "How long is the refund period?").await;
        assert_eq!(before["sources"][0]["title"], "Terms");
        let (_, there) = documents(&app, &mara.token, "Shop").await;
        assert!(
            there
                .iter()
                .any(|document| document["passages"].as_array().unwrap().len() == 100),
            "more than a page"
        );
        let archive = export(&app, &mara.token).await;
        assert_eq!(
            unpacked(&archive)
                .keys()
                .filter(|name| name.starts_with("documents/"))
                .count(),
            2
        );

        for user in [&mara, &nora] {
            if user.id == mara.id {
                app.call("DELETE", &format!("/api/projects/{shop}"), &mara.token, None)
                    .await
                    .expect(204);
                delete_all(&app, &mara).await;
            }
            let report = imported(&app, &user.token, archive.clone()).await;
            assert_eq!(
                (&report["imported"]["documents"], &report["skipped"]),
                (&json!(2), &json!([]))
            );
            let (again, back) = documents(&app, &user.token, "Shop").await;
            assert_eq!(back, there, "what it is and says");
            let terms = list(
                &app,
                &user.token,
                &format!("/api/documents?projectId={again}"),
                "documents",
            )
            .await;
            let terms = terms.iter().find(|document| document["title"] == "Terms").unwrap();
            assert_eq!(terms["userId"], json!(user.id));

            let kept = answer(&app, &user.token, &again).await;
            let mut expected = before["sources"].clone();
            expected[0]["documentId"].clone_from(&terms["id"]);
            assert_eq!(
                kept["sources"], expected,
                "the old answer leads to the document that is here"
            );
            // It is found, and goes with everything that was taken from it.
            let new = ask(&app, &user.token, &again, "How long is the refund period?").await;
            assert_eq!(new["sources"][0]["documentId"], terms["id"]);
            let report = imported(&app, &user.token, archive.clone()).await;
            assert_eq!(
                (&report["imported"]["documents"], &report["existing"]["documents"]),
                (&json!(0), &json!(2))
            );
            let path = format!("/api/documents/{}", terms["id"].as_str().unwrap());
            app.call("DELETE", &path, &user.token, None).await.expect(204);
            let sql = format!(
                "SELECT COUNT(*) FROM messages WHERE user_id = '{}' AND sources LIKE '%thirty%'",
                user.id
            );
            assert_eq!(number(app.core.db.read(), &sql).await, 0);
        }
        orphans::none(&app).await;
    }
);

both!(an_archive_has_the_documents_its_asker_sent, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, wren) = (app.user("mara").await, app.user("wren").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &wren, TeamRole::Member).await;
    let own = project(&app, &mara.token, json!({ "name": "Own" })).await;
    let shared = json!({ "name": "Shared", "teamId": team, "sharing": "team" });
    let shared = project(&app, &mara.token, shared).await;
    added(&app, &mara.token, &own, "own.txt", "Mine alone.").await;
    added(&app, &mara.token, &shared, "ours.txt", "From Mara.").await;
    added(&app, &wren.token, &shared, "theirs.txt", "From Wren.").await;
    let team_key = app.key(&mara, json!({ "name": "A", "teamId": team })).await.secret;
    let own_key = app.key(&mara, json!({ "name": "own" })).await.secret;
    let titles = async |bearer: &str| {
        let mut titles: Vec<String> = unpacked(&export(&app, bearer).await)
            .iter()
            .filter(|(name, _)| name.starts_with("documents/"))
            .map(|(_, file)| serde_json::from_str::<Value>(file).unwrap()["document"]["title"].to_string())
            .collect();
        titles.sort();
        titles.concat()
    };
    assert_eq!(titles(&mara.token).await, r#""ours""own""#);
    assert_eq!(titles(&team_key).await, r#""ours""#);
    assert_eq!(titles(&own_key).await, r#""own""#);
    assert_eq!(titles(&wren.token).await, r#""theirs""#);

    // What lies in somebody else's project comes back to it, as long as one may write there.
    let archive = export(&app, &wren.token).await;
    let sql = format!("DELETE FROM documents WHERE user_id = '{}'", wren.id);
    sea_orm::ConnectionTrait::execute_unprepared(app.core.db.write(), &sql)
        .await
        .unwrap();
    let report = imported(&app, &wren.token, archive.clone()).await;
    assert_eq!(report["imported"]["documents"], 1, "{report}");
    app.remove(&mara, &team, &wren).await;
    let report = imported(&app, &wren.token, archive).await;
    assert_eq!(
        (&report["imported"]["documents"], &report["skippedCount"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        report["skipped"][0],
        json!({ "kind": "document", "name": "theirs", "reason": "The project it lies in is not here" })
    );
});

/// An archive of one project, and of documents in it.
fn archive_of_project(project: &str, documents: &[(&str, Value)]) -> Vec<u8> {
    let projects = json!({ "projects": [{ "id": project, "name": "Kept" }] }).to_string();
    let files: Vec<(String, String)> = documents
        .iter()
        .map(|(name, document)| {
            let file = json!({ "document": document, "formatVersion": 1 });
            (format!("documents/{name}.json"), file.to_string())
        })
        .collect();
    let files = files.iter().map(|(name, file)| (name.as_str(), file.as_str()));
    packed(
        [("projects.json", projects.as_str())]
            .into_iter()
            .chain(files)
            .chain([("manifest.json", MANIFEST)]),
    )
}

both!(what_is_wrong_with_a_document_harms_no_other, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (kept, good, bad) = (some_id(), some_id(), some_id());
    let paper = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut paper = json!({ "id": id, "projectId": kept, "title": "Bad", "passages": ["Something else."] });
        change(&mut paper);
        paper
    };
    let long = vec!["x ".repeat(1 << 19); 17];
    for (name, paper_of, reason) in [
        ("x", paper(&bad, &|_| {}), "Its name is not that of a document"),
        (
            &*bad,
            paper(&good, &|_| {}),
            "Another document is in it than its name says",
        ),
        (
            &*bad,
            paper(&bad, &|paper| paper["projectId"] = json!(some_id())),
            "The project it lies in is not here",
        ),
        (
            &*bad,
            paper(&bad, &|paper| paper["title"] = json!("x".repeat(201))),
            "title: ",
        ),
        (&*bad, paper(&bad, &|paper| paper["title"] = json!(" ")), "title: "),
        (
            &*bad,
            paper(&bad, &|paper| paper["passages"] = json!(["One", 2])),
            "A passage in it can't be read",
        ),
        (
            &*bad,
            paper(&bad, &|paper| paper["passages"] = json!(["?", ""])),
            "passages: There is no text in it",
        ),
        (
            &*bad,
            paper(&bad, &|paper| paper["passages"] = json!(long)),
            "It has more text than a document can have",
        ),
        (
            &*bad,
            paper(&bad, &|paper| paper["passages"] = json!(vec![""; 50_001])),
            "It has more text than a document can have",
        ),
        (&*bad, json!({ "id": bad }), "missing field"),
        (&*bad, json!(7), "It does not fit"),
    ] {
        let other = json!({ "id": good, "projectId": kept, "title": "Good", "passages": [format!("All is well with {reason}.")] });
        let report = imported(
            &app,
            &mara.token,
            archive_of_project(&kept, &[(name, paper_of), (&good, other)]),
        )
        .await;
        assert_eq!(
            (&report["imported"]["documents"], &report["skippedCount"]),
            (&json!(1), &json!(1)),
            "{reason}: {report}"
        );
        let said = report["skipped"][0]["reason"].as_str().unwrap();
        assert!(said.starts_with(reason), "{reason}: {said}");
        let sql = "DELETE FROM documents";
        sea_orm::ConnectionTrait::execute_unprepared(app.core.db.write(), sql)
            .await
            .unwrap();
    }
});

both!(
    a_document_that_came_by_itself_has_the_answers_of_an_archive,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let shop = project(&app, &mara.token, json!({ "name": "Shop" })).await;
        let first = added(&app, &mara.token, &shop, "terms.md", TERMS).await;
        ask(&app, &mara.token, &shop, "How long is the refund period?").await;
        let archive = export(&app, &mara.token).await;
        let path = format!("/api/documents/{}", first["id"].as_str().unwrap());
        app.call("DELETE", &path, &mara.token, None).await.expect(204);
        let second = added(&app, &mara.token, &shop, "terms.md", TERMS).await;
        delete_all(&app, &mara).await;
        let report = imported(&app, &mara.token, archive).await;
        assert_eq!(report["existing"]["documents"], 1, "{report}");
        let kept = answer(&app, &mara.token, &shop).await;
        assert_eq!(kept["sources"][0]["documentId"], second["id"]);
    }
);

both!(what_is_imported_lands_in_ones_own_project, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, wren) = (app.user("mara").await, app.user("wren").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &wren, TeamRole::Member).await;
    let shared = json!({ "name": "Shared", "teamId": team, "sharing": "team" });
    let shared = project(&app, &mara.token, shared).await;
    added(&app, &mara.token, &shared, "ours.txt", "From Mara.").await;
    let archive = export(&app, &mara.token).await;
    for (imported_ones, there) in [(1, 0), (0, 1)] {
        let report = imported(&app, &wren.token, archive.clone()).await;
        assert_eq!(
            (&report["imported"]["documents"], &report["existing"]["documents"]),
            (&json!(imported_ones), &json!(there)),
            "{report}"
        );
    }
    let path = format!("/api/documents?projectId={shared}");
    assert_eq!(list(&app, &wren.token, &path, "documents").await.len(), 1);
    let sql = format!(
        "SELECT COUNT(*) FROM documents WHERE user_id = '{}' AND project_id <> '{shared}'",
        wren.id
    );
    assert_eq!(number(app.core.db.read(), &sql).await, 1);
});

both!(an_answer_has_no_more_sources_than_one_can_have, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let source = |_| json!({ "title": "T", "text": "x", "score": 0.5, "documentId": some_id() });
    let mut thread = some_thread("Many sources");
    thread["messages"][1]["sources"] = (0..40_000).map(source).collect();
    let report = imported(&app, &mara.token, archive_of([&thread])).await;
    assert_eq!(report["imported"]["messages"], 2, "{report}");
    let sources = "SELECT sources FROM messages WHERE sources IS NOT NULL";
    let kept: Vec<Value> = serde_json::from_str(&texts(app.core.db.read(), sources).await[0]).unwrap();
    assert_eq!(kept.len(), 100);
    assert!(kept.iter().all(|source| source["documentId"].is_null()));
});

both!(what_is_strange_in_a_document_is_made_sane, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (kept, id) = (some_id(), some_id());
    let paper = json!({
        "id": id, "projectId": kept, "title": "Strange", "kind": "sculpture", "sizeBytes": -7, "characters": "many",
        "digest": "../../etc/passwd", "createdAt": "2999-01-01T00:00:00.000Z", "embeddingModel": "none",
        "passages": [format!("{}\u{0}", "word ".repeat(500)), "***", "The end of it."],
    });
    let report = imported(&app, &mara.token, archive_of_project(&kept, &[(&id, paper)])).await;
    assert_eq!(report["imported"]["documents"], 1, "{report}");
    let (_, all) = documents(&app, &mara.token, "Kept").await;
    let document = &all[0]["document"];
    let shown = json!({ "title": "Strange", "kind": "text", "sizeBytes": 0, "characters": 0, "passageCount": 4,
        "createdAt": "2026-01-15T10:00:00.000Z" });
    for (field, value) in shown.as_object().unwrap() {
        assert_eq!(&document[field], value, "{field}");
    }
    let passages = all[0]["passages"].as_array().unwrap();
    let longest = passages
        .iter()
        .map(|passage| passage["text"].as_str().unwrap().chars().count())
        .max();
    assert!(longest <= Some(1_000), "{longest:?}");
    assert_eq!(passages[3], json!({ "number": 4, "text": "The end of it." }));
});

both!(the_limits_of_a_project_hold_for_an_import_too, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara: User = app.user("mara").await;
    let full = project(&app, &mara.token, json!({ "name": "Kept" })).await;
    added(&app, &mara.token, &full, "first.txt", "The first of many.").await;
    let sql = "UPDATE documents SET passage_count = 50000";
    sea_orm::ConnectionTrait::execute_unprepared(app.core.db.write(), sql)
        .await
        .unwrap();
    let id = some_id();
    let paper = json!({ "id": id, "projectId": full, "title": "One more", "passages": ["Something else."] });
    let report = imported(&app, &mara.token, archive_of_project(&some_id(), &[(&id, paper)])).await;
    assert_eq!(
        (&report["imported"]["documents"], &report["skippedCount"]),
        (&json!(0), &json!(1))
    );
    let said = report["skipped"][0]["reason"].as_str().unwrap();
    assert!(
        said.starts_with("The documents of this project have as much text as one can have"),
        "{said}"
    );
});
