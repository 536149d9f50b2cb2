//! Changing projects.

use std::time::Duration;

use serde_json::json;

use super::{list, make, patch, read};
use crate::both;
use crate::support::{Kind, TestApp};

both!(each_field_changes_alone, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let mut expected = make(&app, &mara.token, json!({ "name": "Launch", "teamId": team })).await;
    for (body, changed) in [
        (json!({ "name": " Landing " }), json!({ "name": "Landing" })),
        (json!({ "color": "teal" }), json!({ "color": "teal" })),
        (json!({ "context": "Be brief." }), json!({ "context": "Be brief." })),
        (json!({ "model": "builtin" }), json!({ "model": "builtin" })),
        (json!({ "sharing": "team" }), json!({ "sharing": "team" })),
        (json!({ "sharing": "private" }), json!({ "sharing": "private" })),
        (json!({ "color": null }), json!({ "color": "gray" })),
        (json!({ "context": null }), json!({ "context": "" })),
        (json!({ "model": null }), json!({ "model": null })),
    ] {
        app.clock.advance(Duration::from_secs(1));
        let answer = patch(&app, &mara.token, &expected, body.clone()).await.expect(200);
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        expected["updatedAt"] = json!(app.clock.now().to_string());
        assert_eq!(answer.json(), json!({ "project": expected }), "after {body}");
        assert_eq!(read(&app, &mara.token, &expected).await, expected, "after {body}");
    }
    // What changes nothing is not a change; what can't be set never takes effect.
    app.clock.advance(Duration::from_secs(1));
    for body in [
        json!({}),
        json!({ "name": null, "sharing": null }),
        json!({ "sharing": "private" }),
        json!({ "slug": "x", "teamId": null, "userId": "x", "id": "x" }),
    ] {
        let answer = patch(&app, &mara.token, &expected, body.clone()).await.expect(200);
        assert_eq!(answer.json(), json!({ "project": expected }), "after {body}");
    }
});

both!(a_refused_change_changes_nothing, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let project = make(&app, &mara.token, json!({ "name": "Launch" })).await;
    for (body, fields) in [
        (json!({ "color": "red", "name": " " }), &["name"][..]),
        (json!({ "color": "red", "name": "x".repeat(101) }), &["name"]),
        (json!({ "name": "Other", "color": "mauve" }), &["color"]),
        (json!({ "name": "Other", "context": "x".repeat(8_001) }), &["context"]),
        (json!({ "name": "Other", "context": "a\u{0}b" }), &["context"]),
        (json!({ "name": "Other", "model": "gpt-99" }), &["model"]),
        (json!({ "name": "Other", "sharing": "team" }), &["sharing"]),
        (json!({ "name": "", "color": "mauve" }), &["name", "color"]),
    ] {
        patch(&app, &mara.token, &project, body).await.invalid(fields);
    }
    assert_eq!(list(&app, &mara.token, "").await, [project]);
});
