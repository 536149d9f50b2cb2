use std::time::Duration;

use futures::StreamExt;
use reqwest::{Body, Method};
use serde_json::{Value, json};

use super::{archive_of, export, import, import_request, imported, some_thread, threads};
use crate::both;
use crate::support::{Kind, TestApp, send, until};

/// A body that is sent in these pieces; with `hangs` the rest never comes.
fn pieces(file: &[u8], size: usize, hangs: bool) -> Body {
    let parts: Vec<Result<Vec<u8>, std::io::Error>> = file.chunks(size).map(|part| Ok(part.to_vec())).collect();
    let parts = futures::stream::iter(parts);
    if hangs {
        Body::wrap_stream(parts.chain(futures::stream::pending()))
    } else {
        Body::wrap_stream(parts)
    }
}

both!(a_file_over_the_limit_is_refused, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.limits.max_import_bytes = 4_096;
        config.limits.max_body_bytes = 1_024;
    })
    .await;
    let mara = app.user("mara").await;
    // More than other bodies may have, and less than a file may.
    let mut thread = some_thread("Long");
    thread["messages"][0]["content"] = json!("x".repeat(2_000));
    imported(&app, &mara.token, archive_of([&thread])).await;
    let long = vec![b'['; 4_097];
    let sentence = "The file is too long: at most 4096 bytes";
    import(&app, &mara.token, long.clone())
        .await
        .refused(413, "body_too_large", sentence);
    // Nobody said how long it would be.
    let request = import_request(&app, &mara.token, Vec::new()).body(pieces(&long, 1_000, false));
    send(request).await.refused(413, "body_too_large", sentence);
    assert_eq!(threads(&app, &mara.token).await.len(), 1);
});

both!(only_files_of_our_own_pages_are_taken, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let archive = archive_of([&some_thread("One")]);
    for kind in [
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
    ] {
        let request = app
            .request(Method::POST, "/api/import")
            .bearer_auth(&mara.token)
            .header("content-type", kind)
            .body(archive.clone());
        send(request).await.expect_error(415, "unsupported_media_type");
    }
    let by_cookie = |origin: String| {
        app.request(Method::POST, "/api/import")
            .header("cookie", &mara.cookie)
            .header("origin", origin)
            .header("content-type", "application/zip")
            .body(archive.clone())
    };
    send(by_cookie("https://evil.example".to_owned()))
        .await
        .expect_error(403, "cross_origin");
    app.get("/api/import", &mara.token)
        .await
        .expect_error(405, "method_not_allowed");
    let request = import_request(&app, &mara.token, archive.clone()).query(&[("settings", "perhaps")]);
    send(request).await.invalid(&["settings"]);
    assert!(threads(&app, &mara.token).await.is_empty());
    send(by_cookie(app.url(""))).await.expect(200);
});

both!(a_file_that_is_not_sent_to_its_end_leaves_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let archive = archive_of([&some_thread("One")]);
    let who = app.principal(&mara).await;
    let sending = async {
        loop {
            let request = import_request(&app, &mara.token, Vec::new()).body(pieces(&archive, 100, true));
            // It never ends, unless its place was taken by whoever looks whether it is.
            let _ = request.send().await;
        }
    };
    let taken = until("the first is being received", async || {
        app.core.imports.enter(&app.core, &who).await.is_err()
    });
    // Meanwhile they can't send another.
    tokio::select! {
        () = sending => {}
        () = async {
            taken.await;
            let sentence = "A file of yours is being imported already. Wait until it is done, or cancel it.";
            import(&app, &mara.token, archive.clone()).await.refused(409, "conflict", sentence);
        } => {}
    }
    until("its place is free", async || {
        import(&app, &mara.token, archive.clone()).await.status == 200
    })
    .await;
    assert_eq!(threads(&app, &mara.token).await.len(), 1);
});

both!(progress_is_told_while_it_goes_on, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let all: Vec<Value> = (0..30).map(|number| some_thread(&format!("Chat {number}"))).collect();
    let request = import_request(&app, &mara.token, archive_of(&all)).header("accept", "text/event-stream");
    let answer = send(request).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/event-stream"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let events: Vec<Value> = answer
        .text
        .split("\n\n")
        .filter_map(|event| {
            let name = event.lines().find_map(|line| line.strip_prefix("event: "))?;
            let data = event.lines().find_map(|line| line.strip_prefix("data: "))?;
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(data["type"], name);
            Some(data)
        })
        .collect();
    let done = events.last().unwrap();
    assert_eq!(
        (&done["type"], &done["report"]["imported"]["threads"]),
        (&json!("done"), &json!(30))
    );
    let mut before = 0;
    for progress in &events[..events.len() - 1] {
        assert_eq!(progress["type"], "progress");
        let percent = progress["percent"].as_u64().unwrap();
        assert!((before..=100).contains(&percent));
        before = percent;
    }
    let request = import_request(&app, &mara.token, b"nothing".to_vec()).header("accept", "text/event-stream");
    let failed = send(request).await.expect(200);
    assert!(failed.text.contains("event: error"), "{}", failed.text);
    assert!(failed.text.contains("\"code\":\"invalid_request\""), "{}", failed.text);
});

both!(open_pages_hear_of_what_is_imported, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut news = app.core.feed.subscribe();
    imported(&app, &mara.token, archive_of([&some_thread("One")])).await;
    let heard = tokio::time::timeout(Duration::from_secs(5), news.next()).await.unwrap();
    let domain::feed::News::Changes(changes) = heard else {
        panic!("{heard:?}")
    };
    assert_eq!(
        (changes[0].user_id.as_str(), &changes[0].kind),
        (mara.id.as_str(), &domain::feed::Kind::Threads)
    );
});

both!(settings_are_kept_when_that_is_asked_for, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let archive = export(&app, &mara.token).await;
    let change = json!({ "settings": { "role": "Pilot" } });
    app.call("PATCH", "/api/user/settings", &mara.token, Some(change))
        .await
        .expect(200);
    let role = async || app.get("/api/user/settings", &mara.token).await.json()["settings"]["role"].clone();
    let request = import_request(&app, &mara.token, archive.clone()).query(&[("settings", "keep")]);
    assert_eq!(send(request).await.expect(200).json()["settings"], "skipped");
    assert_eq!(role().await, "Pilot");
    assert_eq!(imported(&app, &mara.token, archive).await["settings"], "restored");
    assert_eq!(role().await, Value::Null);
});

both!(the_archive_is_a_safe_attachment, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let request = app.request(Method::GET, "/api/export").header("cookie", &mara.cookie);
    let response = request.header("accept-encoding", "br, gzip").send().await.unwrap();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("content-type").as_deref(), Some("application/zip"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(
        header("content-disposition").as_deref(),
        Some("attachment; filename=\"latchkey-2026-01-15.zip\"; filename*=UTF-8''latchkey-2026-01-15.zip")
    );
    let record = crate::support::rows::texts(app.core.db.read(), "SELECT action FROM audit_log ORDER BY id DESC").await;
    assert_eq!(record[0], "data.exported");
});
