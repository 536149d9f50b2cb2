//! The list of one's keys.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp};

fn names(list: &Value) -> Vec<&str> {
    list["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key["name"].as_str())
        .collect()
}

both!(
    newest_first_expired_ones_stay_revoked_ones_do_not,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let list = async || app.get("/api/api-keys", &mara.token).await.expect(200).json();
        assert_eq!(list().await, json!({ "keys": [], "nextCursor": null }));
        app.key(&mara, json!({ "name": "A", "expiresAt": "2026-01-15T10:00:30Z" }))
            .await;
        app.clock.advance(Duration::from_secs(1));
        let b = app.key(&mara, json!({ "name": "B" })).await;
        app.key(&mara, json!({ "name": "C" })).await;
        app.key(&otto, json!({ "name": "Otto's" })).await;
        app.clock.advance(Duration::from_mins(1));
        app.key(&mara, json!({ "name": "D" })).await;
        let all = list().await;
        assert_eq!(names(&all), ["D", "C", "B", "A"]);
        assert_eq!(all["keys"][3]["expiresAt"], "2026-01-15T10:00:30.000Z");
        let told: BTreeSet<&str> = all["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
        let names_of_fields = [
            "createdAt",
            "expiresAt",
            "id",
            "keyPrefix",
            "lastUsedAt",
            "name",
            "team",
            "teamId",
        ];
        assert_eq!(told, BTreeSet::from(names_of_fields));
        app.call("DELETE", &format!("/api/api-keys/{}", b.id), &mara.token, None)
            .await
            .expect(200);
        assert_eq!(names(&list().await), ["D", "C", "A"]);
    }
);

both!(pages_hold_every_key_once_while_others_are_made, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for at in 0..7 {
        app.key(&mara, json!({ "name": format!("{at}") })).await;
        // Some at the same instant, some not.
        app.clock.advance(Duration::from_millis(at % 3));
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/api-keys?limit=3{cursor}");
        let page = app.get(&path, &mara.token).await.expect(200).json();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextCursor"].as_str() else { break };
        assert_eq!(names(&page).len(), 3);
        cursor = format!("&cursor={next}");
        app.key(&mara, json!({ "name": "made in between" })).await;
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
});

both!(bad_pages_are_refused, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    for at in 0..2 {
        app.key(&mara, json!({ "name": format!("{at}") })).await;
    }
    for limit in ["0", "101", "-1", "x", "1.5", "99999999999999999999", "%00", ""] {
        app.get(&format!("/api/api-keys?limit={limit}"), &mara.token)
            .await
            .invalid(&["limit"]);
    }
    let page = app.get("/api/api-keys?limit=1", &mara.token).await.expect(200).json();
    let cursor = page["nextCursor"].as_str().unwrap();
    app.get(&format!("/api/api-keys?cursor={cursor}"), &mara.token)
        .await
        .expect(200);
    // Somebody else's, another list's, and none at all.
    for bad in [cursor, &cursor[1..], "x", "", "e30", "%00"] {
        app.get(&format!("/api/api-keys?cursor={bad}"), &otto.token)
            .await
            .expect_error(400, "invalid_cursor");
    }
    app.get(&format!("/api/threads?cursor={cursor}"), &mara.token)
        .await
        .expect_error(400, "invalid_cursor");
});
