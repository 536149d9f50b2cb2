//! The page.

use serde_json::json;

use super::{document, operations};
use crate::both;
use crate::support::{Answer, Kind, TestApp, User, send};

async fn page(app: &TestApp, reader: Option<&User>) -> Answer {
    let mut request = app.request(reqwest::Method::GET, "/api/docs");
    if let Some(reader) = reader {
        request = request.header("cookie", &reader.cookie);
    }
    send(request).await.expect(200)
}

both!(
    anybody_finds_every_operation_with_the_call_for_it,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.server.public_url = Some("https://chat.example.com".to_owned());
        })
        .await;
        let answer = page(&app, None).await;
        assert!(answer.header("content-type").starts_with("text/html"));
        assert_eq!(answer.header("cache-control"), "no-store");
        for operation in operations(&document(&app).await) {
            let id = operation.is["operationId"].as_str().unwrap();
            assert!(answer.text.contains(&format!("id=\"{id}\"")), "{id}");
        }
        for part in [
            "curl -N https://chat.example.com/api/chat",
            "curl -X DELETE https://chat.example.com/api/threads/THREAD_ID",
            "API key invalid - no longer a team member",
            "You are not signed in.",
            "/api/**",
        ] {
            assert!(answer.text.contains(part), "{part}");
        }
        // Who signs in has no bearer yet, and what is for people only takes a person's token.
        let call = |path: &str| {
            let from = answer.text.find(&format!("https://chat.example.com{path}")).unwrap();
            answer.text[from..].split("</code>").next().unwrap().to_owned()
        };
        assert!(!call("/api/auth/login").contains("Authorization"));
        assert!(call("/api/teams").contains("$LATCHKEY_TOKEN"));
        assert!(call("/api/threads").contains("$LATCHKEY_KEY"));
    }
);

both!(
    it_loads_nothing_from_elsewhere_and_runs_only_its_own_script,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let answer = page(&app, None).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && !policy.contains("unsafe-inline"),
            "{policy}"
        );
        let scripts: Vec<&str> = answer.text.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1);
        let nonce = scripts[0].split('"').nth(1).unwrap();
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{policy}");
        for attribute in ["src=\"", "href=\""] {
            for address in answer.text.split(attribute).skip(1) {
                let address = address.split('"').next().unwrap();
                // The style sheet has no address where no front end was built.
                assert!(address.is_empty() || address.starts_with(['/', '#']), "{address}");
            }
        }
        let again = page(&app, None).await;
        assert!(!again.text.contains(nonce), "each page has a nonce of its own");
    }
);

both!(readers_are_told_what_their_own_keys_may_do, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.api.allowed_plans = Some(vec!["pro".to_owned()]);
        config.api.allowed_endpoints = vec!["/api/threads".to_owned()];
    })
    .await;
    let (mara, noor) = (app.user("mara").await, app.user("noor").await);
    let path = format!("/api/admin/users/{}", noor.id);
    app.call("PATCH", &path, &mara.token, Some(json!({ "plan": "pro" })))
        .await
        .expect(200);

    let text = page(&app, Some(&mara)).await.text;
    assert!(text.contains("API access is not available for your plan."));
    assert!(text.contains("Open to keys, not in your plan"));
    let text = page(&app, Some(&noor)).await.text;
    assert!(text.contains("Your API keys may call everything that is marked."));
    assert!(!text.contains("not in your plan"));
    let text = page(&app, None).await.text;
    assert!(text.contains("You are not signed in."));
    // Listing and making threads; nothing else is on the list.
    assert_eq!(text.matches("Open to API keys").count(), 2);
});

both!(with_keys_switched_off_it_says_so, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.enabled = false).await;
    let mara = app.user("mara").await;
    for reader in [None, Some(&mara)] {
        let text = page(&app, reader).await.text;
        assert!(text.contains("API keys are switched off on this server"));
        assert!(!text.contains("Open to API keys"));
    }
});

both!(it_looks_as_its_reader_has_set_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let change = json!({ "themePreference": "dark" });
    app.call("PATCH", "/api/user/settings", &mara.token, Some(change))
        .await
        .expect(200);
    assert!(page(&app, Some(&mara)).await.text.contains("data-theme=\"dark\""));
    assert!(page(&app, None).await.text.contains("data-theme=\"system\""));
    let light = app
        .request(reqwest::Method::GET, "/api/docs")
        .header("cookie", "theme=light");
    assert!(send(light).await.text.contains("data-theme=\"light\""));
});
