//! The list of threads: its order, its pages, its filters.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;

use super::{all, id, ids, make, page, project, say};
use crate::both;
use crate::support::{Kind, TestApp};

const TICK: Duration = Duration::from_millis(1);

both!(newest_activity_is_first, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        app.clock.advance(TICK);
        made.push(id(&make(&app, &mara.token, json!({})).await).to_owned());
    }
    assert_eq!(
        ids(&all(&app, &mara.token, "/api/threads").await),
        [&*made[2], &made[1], &made[0]]
    );
    app.clock.advance(TICK);
    say(&app, &mara.token, &made[0], "Back to this one").await;
    let rows = all(&app, &mara.token, "/api/threads").await;
    assert_eq!(ids(&rows), [&*made[0], &made[2], &made[1]]);
    assert_eq!(rows[0]["messageCount"], 2);
    assert!(rows[0]["updatedAt"].as_str().unwrap() > rows[0]["createdAt"].as_str().unwrap());
    // A new title is not activity.
    app.clock.advance(TICK);
    let path = format!("/api/threads/{}", made[1]);
    app.call("PATCH", &path, &mara.token, Some(json!({ "title": "Named" })))
        .await
        .expect(200);
    assert_eq!(ids(&all(&app, &mara.token, "/api/threads").await)[0], made[0]);
});

both!(pages_of_every_size_are_the_whole_list_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    // Several of one moment, so that a page can end between them.
    for at in 0..23 {
        if at % 4 == 0 {
            app.clock.advance(TICK);
        }
        make(&app, &mara.token, json!({ "title": format!("Thread {at}") })).await;
    }
    let (whole, next) = page(&app, &mara.token, "/api/threads?limit=100", None).await;
    assert_eq!((whole.len(), next), (23, None));
    let whole = ids(&whole);
    for limit in [1, 2, 3, 5, 22, 23, 24] {
        let rows = all(&app, &mara.token, &format!("/api/threads?limit={limit}")).await;
        assert_eq!(ids(&rows), whole, "in pages of {limit}");
    }
    for title in 23..60 {
        make(&app, &mara.token, json!({ "title": format!("Thread {title}") })).await;
    }
    let (first, next) = page(&app, &mara.token, "/api/threads", None).await;
    assert_eq!(first.len(), 50, "fifty when nobody says");
    assert!(next.is_some());
});

both!(
    a_list_that_changes_between_pages_loses_nothing_and_repeats_nothing,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        // A different history for each seed: what is inserted, deleted or touched between which pages.
        for seed in 0_u64..6 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut roll = move |sides: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % sides
            };
            let mut there = Vec::new();
            for _ in 0..16 {
                if roll(2) == 0 {
                    app.clock.advance(TICK);
                }
                there.push(id(&make(&app, &mara.token, json!({})).await).to_owned());
            }
            let limit = 1 + roll(5);
            let path = format!("/api/threads?limit={limit}");
            let (mut seen, mut deleted, mut moved) = (Vec::new(), HashSet::new(), HashSet::new());
            let mut cursor: Option<String> = None;
            loop {
                let (rows, next) = page(&app, &mara.token, &path, cursor.as_deref()).await;
                seen.extend(ids(&rows));
                let Some(next) = next else { break };
                cursor = Some(next);
                match roll(3) {
                    0 => {
                        make(&app, &mara.token, json!({ "title": "Inserted" })).await;
                    }
                    1 => {
                        let gone = &there[usize::try_from(roll(16)).unwrap()];
                        if deleted.insert(gone.clone()) {
                            app.call("DELETE", &format!("/api/threads/{gone}"), &mara.token, None)
                                .await
                                .expect(204);
                        }
                    }
                    _ => {
                        app.clock.advance(TICK);
                        let touched = &there[usize::try_from(roll(16)).unwrap()];
                        if !deleted.contains(touched) {
                            say(&app, &mara.token, touched, "Touched").await;
                            moved.insert(touched.clone());
                        }
                    }
                }
            }
            let unique: HashSet<_> = seen.iter().cloned().collect();
            assert_eq!(unique.len(), seen.len(), "seed {seed}: something came twice");
            for thread in &there {
                let may_be_missing = deleted.contains(thread) || moved.contains(thread);
                assert!(
                    may_be_missing || unique.contains(thread),
                    "seed {seed}: {thread} is missing"
                );
            }
            for thread in all(&app, &mara.token, "/api/threads?limit=100").await {
                app.call("DELETE", &format!("/api/threads/{}", id(&thread)), &mara.token, None)
                    .await
                    .expect(204);
            }
        }
    }
);

both!(archived_threads_have_a_list_of_their_own, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (kept, archived) = (
        make(&app, &mara.token, json!({})).await,
        make(&app, &mara.token, json!({})).await,
    );
    let path = format!("/api/threads/{}", id(&archived));
    app.call("PATCH", &path, &mara.token, Some(json!({ "archived": true })))
        .await
        .expect(200);
    for query in ["", "?archived=false", "?archived=0"] {
        assert_eq!(
            ids(&all(&app, &mara.token, &format!("/api/threads{query}")).await),
            [id(&kept)],
            "{query}"
        );
    }
    for query in ["?archived=true", "?archived=1", "?archived="] {
        assert_eq!(
            ids(&all(&app, &mara.token, &format!("/api/threads{query}")).await),
            [id(&archived)],
            "{query}"
        );
    }
    app.get("/api/threads?archived=maybe", &mara.token).await.expect(400);
    // It can still be read and written to.
    say(&app, &mara.token, id(&archived), "Still here?").await;
});

both!(a_project_filters_the_list, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (one, two) = (
        project(&app, &mara, None, "private").await,
        project(&app, &mara, None, "private").await,
    );
    let inside = make(&app, &mara.token, json!({ "projectId": one })).await;
    make(&app, &mara.token, json!({ "projectId": two })).await;
    make(&app, &mara.token, json!({})).await;
    assert_eq!(
        ids(&all(&app, &mara.token, &format!("/api/threads?projectId={one}")).await),
        [id(&inside)]
    );
    let unknown = domain::clock::new_id();
    assert!(
        all(&app, &mara.token, &format!("/api/threads?projectId={unknown}"))
            .await
            .is_empty()
    );
    for bad in ["", "x", "%00", "%27%20OR%201=1"] {
        app.get(&format!("/api/threads?projectId={bad}"), &mara.token)
            .await
            .expect(404);
    }
});

both!(
    a_cursor_is_good_for_its_own_list_and_its_own_reader,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let project = project(&app, &mara, None, "private").await;
        for user in [&mara, &otto] {
            for _ in 0..3 {
                let thread = make(&app, &user.token, json!({})).await;
                say(&app, &user.token, id(&thread), "Hello").await;
            }
        }
        let (rows, cursor) = page(&app, &mara.token, "/api/threads?limit=1", None).await;
        let cursor = cursor.unwrap();
        let path = format!("/api/threads/{}/messages?limit=1", id(&rows[0]));
        let (_, of_messages) = page(&app, &mara.token, &path, None).await;
        let of_messages = of_messages.unwrap();
        // Cursors are text that anybody can write: what they name is not trusted.
        let forged = |place: &str| {
            let bytes = base64_decode(&cursor);
            let text = String::from_utf8(bytes).unwrap();
            let (fingerprint, _) = text.split_once(',').unwrap();
            base64_encode(&format!("{fingerprint},{place}]"))
        };
        let cases = [
            (&otto, format!("/api/threads?cursor={cursor}")),
            (&mara, format!("/api/threads?archived=true&cursor={cursor}")),
            (&mara, format!("/api/threads?projectId={project}&cursor={cursor}")),
            (&mara, format!("/api/threads?cursor={of_messages}")),
            (&mara, format!("/api/threads/{}/messages?cursor={cursor}", id(&rows[0]))),
            (&mara, "/api/threads?cursor=".to_owned()),
            (&mara, "/api/threads?cursor=x".to_owned()),
            (&mara, "/api/threads?cursor=%00".to_owned()),
            (&mara, format!("/api/threads?cursor={}", "A".repeat(4_000))),
            (
                &mara,
                format!("/api/threads?cursor={}", forged("[\"not a time\",\"x\"]")),
            ),
            (
                &mara,
                format!(
                    "/api/threads?cursor={}",
                    forged("[\"2026-01-15T10:00:00.000Z\",\"a\\u0000b\"]")
                ),
            ),
            (&mara, format!("/api/threads?cursor={}", forged("7"))),
        ];
        for (who, path) in cases {
            let answer = app.get(&path, &who.token).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.text);
            assert_eq!(answer.json()["code"], "invalid_cursor", "{path}");
        }
        app.get(&format!("/api/threads?cursor={cursor}"), &mara.token)
            .await
            .expect(200);
    }
);

both!(limits_are_one_to_a_hundred, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let thread = make(&app, &mara.token, json!({})).await;
    for list in [
        "/api/threads".to_owned(),
        format!("/api/threads/{}/messages", id(&thread)),
    ] {
        for limit in ["0", "101", "-1", "1.5", "ten", "", "18446744073709551616", "%00"] {
            let answer = app.get(&format!("{list}?limit={limit}"), &mara.token).await;
            assert_eq!(answer.status, 400, "{limit}: {}", answer.text);
            assert_eq!(answer.json()["fields"][0]["field"], "limit");
        }
        for limit in ["1", "100"] {
            app.get(&format!("{list}?limit={limit}"), &mara.token).await.expect(200);
        }
    }
});

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64_decode(text: &str) -> Vec<u8> {
    let digits = text
        .bytes()
        .map(|byte| ALPHABET.iter().position(|letter| *letter == byte).unwrap());
    let bits: Vec<bool> = digits
        .flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1))
        .collect();
    bits.chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit)))
        .collect()
}

fn base64_encode(text: &str) -> String {
    let bits: Vec<bool> = text
        .bytes()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    let digit = |bits: &[bool]| (0..6).fold(0, |sum, at| sum << 1 | usize::from(*bits.get(at).unwrap_or(&false)));
    bits.chunks(6).map(|bits| char::from(ALPHABET[digit(bits)])).collect()
}
