//! PATCH: absent leaves, null clears, everything else is checked.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{patch, read, settings};
use crate::both;
use crate::support::{Kind, TestApp};

both!(absent_stays_and_null_clears, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    assert_eq!(read(&app, &mara.token).await, settings("mara", &json!({}), "system"));
    let context = "I write Rust.\n\nI like it brief. 👩‍🚀 \u{202e}";
    let full = json!({
        "role": "Engineer", "context": context, "defaultModel": "builtin", "textSize": "large", "compactSidebar": true,
        "wrapCode": true, "enterSends": false, "dateLocale": "en-GB",
    });
    let but = |changes: Value| {
        let mut all = full.clone();
        for (field, value) in changes.as_object().unwrap() {
            all[field] = value.clone();
        }
        all
    };
    let steps = [
        (json!({}), settings("mara", &json!({}), "system")),
        (json!({ "settings": {} }), settings("mara", &json!({}), "system")),
        (json!({ "settings": full }), settings("mara", &full, "system")),
        (json!({}), settings("mara", &full, "system")),
        (json!({ "themePreference": "dark" }), settings("mara", &full, "dark")),
        (
            json!({ "settings": { "name": " Mara K. " } }),
            settings("Mara K.", &full, "dark"),
        ),
        (
            json!({ "settings": { "textSize": "small", "unknown": 1 }, "unknown": {} }),
            settings("Mara K.", &but(json!({ "textSize": "small" })), "dark"),
        ),
        // Who may not be set is not, however it is spelt.
        (
            json!({ "settings": { "plan": "pro", "email": "x@example.com", "id": "x" }, "role": "admin", "userId": "x" }),
            settings("Mara K.", &but(json!({ "textSize": "small" })), "dark"),
        ),
        (
            json!({ "settings": { "role": null, "context": "  \n ", "dateLocale": null }, "themePreference": "light" }),
            settings(
                "Mara K.",
                &but(json!({ "textSize": "small", "role": null, "context": null, "dateLocale": null })),
                "light",
            ),
        ),
        (
            json!({
                "settings": {
                    "name": null, "defaultModel": null, "textSize": null, "compactSidebar": null, "wrapCode": null,
                    "enterSends": null,
                },
                "themePreference": null,
            }),
            settings("", &json!({}), "system"),
        ),
    ];
    for (body, after) in steps {
        let told = patch(&app, &mara.token, body.clone()).await.expect(200).json();
        assert_eq!(told, after, "{body}");
        assert_eq!(read(&app, &mara.token).await, after, "{body}");
        // What was told can be sent back, and changes nothing.
        assert_eq!(patch(&app, &mara.token, told).await.expect(200).json(), after);
    }
    let me = app.get("/api/auth/me", &mara.token).await.json();
    assert_eq!(
        (&me["user"]["plan"], &me["user"]["email"]),
        (&json!("free"), &json!(mara.email))
    );
});

both!(what_breaks_a_rule_is_named_and_changes_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let fits = json!({ "name": "ä".repeat(100), "role": "ä".repeat(200), "context": "ä".repeat(4_000) });
    patch(&app, &mara.token, json!({ "settings": fits })).await.expect(200);
    let before = read(&app, &mara.token).await;
    for (change, fields) in [
        (json!({ "name": "ä".repeat(101) }), &["name"][..]),
        (json!({ "name": "a\nb" }), &["name"]),
        (json!({ "name": "a\u{0}b" }), &["name"]),
        (json!({ "name": "a\u{202e}b" }), &["name"]),
        (json!({ "role": "ä".repeat(201) }), &["role"]),
        (json!({ "role": "a\u{0}b" }), &["role"]),
        (json!({ "context": "ä".repeat(4_001) }), &["context"]),
        (json!({ "context": "a\u{0}b" }), &["context"]),
        (json!({ "defaultModel": "gone" }), &["defaultModel"]),
        (json!({ "defaultModel": "" }), &["defaultModel"]),
        (json!({ "dateLocale": "en_GB" }), &["dateLocale"]),
        (json!({ "dateLocale": "" }), &["dateLocale"]),
        (
            json!({ "name": "a\nb", "role": "a\nb", "textSize": "large", "dateLocale": "?" }),
            &["name", "role", "dateLocale"],
        ),
    ] {
        patch(&app, &mara.token, json!({ "settings": change }))
            .await
            .invalid(fields);
    }
    for body in [
        json!([]),
        json!({ "settings": [] }),
        json!({ "settings": { "name": 1 } }),
        json!({ "settings": { "textSize": "huge" } }),
        json!({ "settings": { "wrapCode": "yes" } }),
        json!({ "themePreference": "blue" }),
        json!({ "settings": { "role": {} } }),
    ] {
        patch(&app, &mara.token, body)
            .await
            .expect_error(400, "malformed_request");
    }
    assert_eq!(read(&app, &mara.token).await, before);
});

both!(changes_at_the_same_time_are_all_there_afterwards, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    for round in 0..4 {
        let on = round % 2 == 0;
        let changes = json!({
            "name": format!("Mara {round}"), "role": format!("Role {round}"), "context": format!("Context {round}"),
            "textSize": if on { "large" } else { "small" }, "compactSidebar": on, "wrapCode": on, "enterSends": !on,
            "dateLocale": if on { "de-CH" } else { "en-GB" },
        });
        let theme = if on { "dark" } else { "light" };
        let each = changes.as_object().unwrap().iter();
        let bodies = each
            .map(|(field, value)| json!({ "settings": { field: value } }))
            .chain([json!({ "themePreference": theme })]);
        for answer in join_all(bodies.map(|body| patch(&app, &mara.token, body))).await {
            answer.expect(200);
        }
        assert_eq!(read(&app, &mara.token).await, settings("", &changes, theme));
    }
});
