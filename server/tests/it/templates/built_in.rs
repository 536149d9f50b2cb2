//! Templates of the configuration: everybody's, and as they are.

use domain::config::{Config, TemplateConfig, TemplatesConfig};
use serde_json::{Value, json};

use super::{delete, id, ids, list, make, named, pages, patch};
use crate::both;
use crate::support::{Kind, TestApp};

const AS_THEY_ARE: &str = "Built-in templates come from the server's configuration and cannot be changed here";

fn configure(config: &mut Config, templates: &[(&str, &str)]) {
    let template = |(name, prompt): &(&str, &str)| TemplateConfig {
        name: (*name).to_owned(),
        prompt: (*prompt).to_owned(),
    };
    config.templates = TemplatesConfig(templates.iter().map(template).collect());
}

both!(they_are_as_they_were_configured, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        configure(
            config,
            &[
                (" Tidy up ", "Tidy {{ what }} and {{ who}}, {{what}} again: {{ {}}"),
                ("Überblick", "Plain"),
                ("Tidy-up", "x"),
                ("日本", "x"),
            ],
        );
    })
    .await;
    let mara = app.user("mara").await;
    let built_in = |id: &str, name: &str, prompt: &str, variables: Value| {
        json!({
            "id": id, "name": name, "prompt": prompt, "variables": variables, "isBuiltIn": true, "teamId": null,
        })
    };
    let prompt = "Tidy {{ what }} and {{ who}}, {{what}} again: {{ {}}";
    let expected = [
        built_in("builtin-tidy-up", "Tidy up", prompt, json!(["what", "who"])),
        built_in("builtin-uberblick", "Überblick", "Plain", json!([])),
        built_in("builtin-tidy-up-2", "Tidy-up", "x", json!([])),
        built_in("builtin-template", "日本", "x", json!([])),
    ];
    assert_eq!(pages(&app, &mara.token, "", 50).await, expected);
});

both!(there_are_four_when_nothing_is_configured, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let there = pages(&app, &mara.token, "", 50).await;
    assert_eq!(
        ids(&there),
        [
            "builtin-explain-something",
            "builtin-summarise-a-text",
            "builtin-draft-a-message",
            "builtin-review-code"
        ]
    );
    let none = TestApp::with(kind, |config| configure(config, &[])).await;
    let otto = none.user("otto").await;
    assert_eq!(pages(&none, &otto.token, "", 50).await, [] as [Value; 0]);
});

both!(nobody_changes_them, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    // The first account is an administrator's.
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let before = pages(&app, &mara.token, "", 50).await;
    let bearers = [
        mara.token.clone(),
        app.key(&mara, json!({ "name": "CLI" })).await.secret,
        app.key(&mara, json!({ "name": "CLI", "teamId": team })).await.secret,
    ];
    for bearer in &bearers {
        for template in &before {
            let changed = patch(&app, bearer, id(template), json!({ "name": "Mine" })).await;
            changed.refused(403, "forbidden", AS_THEY_ARE);
            let deleted = delete(&app, bearer, id(template)).await;
            deleted.refused(403, "forbidden", AS_THEY_ARE);
        }
        for unknown in ["builtin-other", "builtin-"] {
            patch(&app, bearer, unknown, json!({})).await.expect(404);
            delete(&app, bearer, unknown).await.expect(404);
        }
    }
    assert_eq!(pages(&app, &mara.token, "", 50).await, before);
});

both!(they_come_first_whatever_the_length_of_pages, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let mut own = Vec::new();
    let check = async |own: &[Value]| {
        let all = pages(&app, &mara.token, "", 100).await;
        assert!(all[..4].iter().all(|row| row["isBuiltIn"] == true));
        assert_eq!(all[4..], *own);
        for limit in 1..=own.len() + 5 {
            assert_eq!(pages(&app, &mara.token, "", limit).await, all, "limit {limit}");
        }
    };
    check(&own).await;
    for name in ["A", "B", "C", "D", "E"] {
        own.insert(0, make(&app, &mara.token, named(name)).await);
        check(&own).await;
    }
    // Another list's places are not this one's, among the built-in ones neither.
    let in_team = format!("&teamId={team}");
    for limit in [2, 5] {
        let path = format!("/api/templates?limit={limit}");
        let page = app.get(&path, &mara.token).await.expect(200).json();
        let cursor = page["nextCursor"].as_str().unwrap();
        let path = format!("/api/templates?cursor={cursor}{in_team}");
        app.get(&path, &mara.token).await.expect_error(400, "invalid_cursor");
    }
    for cursor in ["", "e30", "x"] {
        let path = format!("/api/templates?cursor={cursor}");
        app.get(&path, &mara.token).await.expect_error(400, "invalid_cursor");
    }
    for limit in ["0", "101", "x"] {
        let path = format!("/api/templates?limit={limit}");
        app.get(&path, &mara.token).await.invalid(&["limit"]);
    }
    assert_eq!(list(&app, &mara.token, &in_team).await, [] as [Value; 0]);
});

both!(fewer_than_there_were_lose_nobody_anything, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let own = make(&app, &mara.token, named("Own")).await;
    let page = app.get("/api/templates?limit=3", &mara.token).await.expect(200).json();
    let cursor = page["nextCursor"].as_str().unwrap();
    // The operator has taken them out in between.
    let after = TestApp::on(app.database.again(), |config| configure(config, &[("One", "x")])).await;
    let path = format!("/api/templates?limit=3&cursor={cursor}");
    let page = after.get(&path, &mara.token).await.expect(200).json();
    assert_eq!(page, json!({ "templates": [own], "nextCursor": null }));
});
