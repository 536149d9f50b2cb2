//! What administrators see of the instance.
#![expect(clippy::unwrap_used, reason = "an answer of another shape has failed")]

use serde_json::{Value, json};

use crate::both;
use crate::support::{Kind, TestApp};

fn emails(list: &Value) -> Vec<&str> {
    let users = list["users"].as_array().unwrap();
    users.iter().map(|user| user["email"].as_str().unwrap()).collect()
}

both!(administrators_find_accounts_and_nobody_else_does, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let ada = app.user("ada").await;
    let mut made = vec!["ada@example.com".to_owned()];
    for number in 0..6 {
        app.clock.advance(std::time::Duration::from_secs(1));
        made.push(app.user(&format!("user{number}")).await.email);
    }
    made.reverse();
    let list = app.get("/api/admin/users", &ada.token).await.expect(200).json();
    assert_eq!(emails(&list), made);
    assert_eq!(list["nextCursor"], Value::Null);
    let first = &list["users"][6];
    assert_eq!(
        (&first["role"], &first["plan"], &first["lastSeenAt"]),
        (&json!("admin"), &json!("free"), &json!("2026-01-15T10:00:00.000Z"))
    );

    // By pages, and a cursor is of its search.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .get(&format!("/api/admin/users?limit=3{cursor}"), &ada.token)
            .await
            .expect(200)
            .json();
        seen.extend(emails(&page).into_iter().map(str::to_owned));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
    app.get(&format!("/api/admin/users?q=user{}", "&cursor=x"), &ada.token)
        .await
        .expect(400);

    // Part of a name or an address, in any case; what is a pattern elsewhere is a letter here.
    for (q, found) in [
        ("USER3", 1),
        ("example", 7),
        ("ada", 1),
        ("%25", 0),
        ("_", 0),
        ("user3%5C", 0),
    ] {
        let list = app
            .get(&format!("/api/admin/users?q={q}"), &ada.token)
            .await
            .expect(200)
            .json();
        assert_eq!(emails(&list).len(), found, "{q}");
    }

    let mara = app.user("mara").await;
    let key = app.key(&ada, json!({ "name": "CLI" })).await;
    for path in ["/api/admin/users", "/api/admin/stats"] {
        app.get(path, &mara.token).await.expect(404);
        app.get(path, "").await.expect(401);
        app.get(path, &key.secret).await.expect(403);
    }
});

both!(administrators_see_how_much_there_is, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let ada = app.user("ada").await;
    let mara = app.user("mara").await;
    app.team(&mara, "Crew").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let gone = app.key(&mara, json!({ "name": "Old" })).await;
    app.call("DELETE", &format!("/api/api-keys/{}", gone.id), &mara.token, None)
        .await
        .expect(200);
    app.post("/api/chat", &key.secret, json!({ "content": "Hello", "stream": false }))
        .await
        .expect(200);
    let stats = app.get("/api/admin/stats", &ada.token).await.expect(200).json();
    assert_eq!(
        stats,
        json!({ "users": 2, "teams": 1, "threads": 1, "messages": 2, "keys": 1 })
    );
});
