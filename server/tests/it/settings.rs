//! What people set for themselves, and what it does.

mod change;
mod chat;
mod stored;
mod theme;
mod who;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const PATH: &str = "/api/user/settings";

async fn read(app: &TestApp, bearer: &str) -> Value {
    app.get(PATH, bearer).await.expect(200).json()
}

async fn patch(app: &TestApp, bearer: &str, body: Value) -> Answer {
    app.call("PATCH", PATH, bearer, Some(body)).await
}

/// The settings of somebody new, with changes.
fn settings(name: &str, changes: &Value, theme: &str) -> Value {
    let mut settings = json!({
        "name": name, "role": null, "context": null, "defaultModel": null, "textSize": "standard",
        "compactSidebar": false, "wrapCode": false, "enterSends": true, "dateLocale": null,
    });
    for (field, value) in changes.as_object().into_iter().flatten() {
        settings[field] = value.clone();
    }
    json!({ "settings": settings, "themePreference": theme })
}
