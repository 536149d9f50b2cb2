//! The colours, which the browser keeps in a cookie so that the server renders the right ones.
#![expect(clippy::unwrap_used, reason = "an answer that can't be read has failed")]

use reqwest::Method;
use serde_json::json;

use super::{PATH, patch, settings};
use crate::both;
use crate::support::{Answer, Kind, TestApp, send};

/// The cookie of the colours in an answer.
fn theme(answer: &Answer) -> Option<&str> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("theme="))
}

const DARK: &str = "theme=dark; SameSite=Lax; Path=/; Max-Age=31536000";

both!(saving_and_signing_in_set_the_cookie, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let dark = json!({ "themePreference": "dark" });
    let saved = app
        .function(&mara.cookie, "save_settings", json!({ "change": dark }))
        .await
        .expect(200);
    assert_eq!(saved.json(), settings("mara", &json!({}), "dark"));
    assert_eq!(theme(&saved), Some(DARK));
    // Whatever is saved, the browser has what the account has.
    let light = app
        .request(Method::PATCH, PATH)
        .header("cookie", &mara.cookie)
        .header("origin", app.url(""));
    let light = send(light.json(&json!({ "themePreference": "light" })))
        .await
        .expect(200);
    assert_eq!(theme(&light).unwrap().split(';').next(), Some("theme=light"));
    // A program has no colours.
    assert_eq!(theme(&patch(&app, &mara.token, dark).await.expect(200)), None);

    let login = json!({ "email": mara.email, "password": "correct horse" });
    let rest = app.post("/api/auth/login", "", login.clone()).await.expect(200);
    assert_eq!(theme(&rest), Some(DARK));
    let form = app
        .request(Method::POST, "/_fn/sign_in")
        .header("origin", app.url(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=mara%40example.com&password=correct+horse");
    let form = send(form).await.expect(200);
    assert_eq!(theme(&form), Some(DARK));
    assert_eq!(form.headers.get_all("set-cookie").iter().count(), 2);
    // Somebody else on the same machine doesn't inherit it.
    let otto = json!({ "email": "otto@example.com", "password": "correct horse" });
    let otto = app.post("/api/auth/register", "", otto).await.expect(201);
    assert_eq!(theme(&otto).unwrap().split(';').next(), Some("theme=system"));
});

both!(over_https_the_cookie_is_for_https_only, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.server.public_url = Some("https://chat.example.com".to_owned());
    })
    .await;
    let body = json!({ "email": "mara@example.com", "password": "correct horse" });
    let answer = app.post("/api/auth/register", "", body).await.expect(201);
    assert_eq!(
        theme(&answer),
        Some("theme=system; SameSite=Lax; Secure; Path=/; Max-Age=31536000")
    );
});

both!(every_page_knows_what_the_visitor_has_set, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let change = json!({ "settings": { "textSize": "large" }, "themePreference": "dark" });
    app.function(&mara.cookie, "save_settings", json!({ "change": change }))
        .await
        .expect(200);
    let visitor = app
        .function(&mara.cookie, "current_visitor", json!({}))
        .await
        .expect(200);
    let person = &visitor.json()["person"];
    assert_eq!(person["settings"]["textSize"], "large");
    assert_eq!(person["theme"], "dark");
    assert_eq!(person["default_model"], "builtin");
    let models: Vec<&str> = person["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(models, ["builtin"]);
    assert_eq!(person["can_have_keys"], true);
    let nobody = app.function("", "current_visitor", json!({})).await.expect(200);
    assert!(nobody.json()["person"].is_null());
});
