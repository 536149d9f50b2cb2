//! The document beside the routes there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use server::api::dialect::Dialect;

use super::{document, operations, status_of};
use crate::both;
use crate::support::{Kind, TestApp};

both!(
    the_methods_of_every_path_are_those_that_are_there,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mut described: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for operation in operations(&document(&app).await) {
            let methods = described.entry(operation.address()).or_default();
            methods.insert(operation.method.clone());
            if operation.method == "GET" {
                methods.insert("HEAD".to_owned());
            }
        }
        for (path, methods) in described {
            let answer = app.call("TRACE", &path, "", None).await.expect(405);
            let json = answer.json();
            let code = match Dialect::of(&path) {
                Dialect::OpenAi => &json["error"]["code"],
                Dialect::Own | Dialect::Workspace => &json["code"],
            };
            assert_eq!(code, "method_not_allowed");
            let allow = answer.header("allow");
            let there: BTreeSet<String> = allow.split(',').map(|method| method.trim().to_owned()).collect();
            assert_eq!(there, methods, "{path}");
        }
    }
);

both!(who_must_say_who_they_are_is_as_it_is_described, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    for operation in operations(&document(&app).await) {
        let public = operation.is["security"].as_array().unwrap().is_empty();
        let (status, answer) = status_of(&app, &operation, "").await;
        let asked_who = match Dialect::of(&operation.path) {
            Dialect::Workspace => status == 403,
            Dialect::Own | Dialect::OpenAi => status == 401,
        };
        assert_eq!(!asked_who, public, "{}: {status} {answer}", operation.name());
        let described = &operation.is["responses"][status.as_str()];
        assert!(described.is_object(), "{}: {status} is not described", operation.name());
    }
});

both!(what_keys_may_call_is_as_it_is_described, async |kind: Kind| {
    let seed = [
        "/api/chat",
        "/api/threads",
        "/api/threads/**",
        "/api/search",
        "/api/export/*",
    ];
    for allowed in [&["/api/**"][..], &seed] {
        let app = TestApp::with(kind, |config| {
            config.api.allowed_endpoints = allowed.iter().map(|pattern| (*pattern).to_owned()).collect();
        })
        .await;
        let mara = app.user("mara").await;
        let key = app.key(&mara, json!({ "name": "CLI" })).await;
        let mut open = Vec::new();
        for operation in operations(&document(&app).await) {
            let (status, answer) = status_of(&app, &operation, &key.secret).await;
            let said = operation.is["x-open-to-api-keys"] == true;
            assert_eq!(status != 403, said, "{}: {status} {answer}", operation.name());
            assert!(
                operation.is["responses"][status.as_str()].is_object(),
                "{}: {status} is not described",
                operation.name()
            );
            if said {
                open.push(operation.name());
            }
        }
        assert!(open.contains(&"POST /api/chat".to_owned()), "{open:?}");
        assert!(
            open.iter()
                .all(|name| !name.contains("/api/teams") && !name.contains("/api/auth")),
            "{open:?}"
        );
        assert_eq!(open.contains(&"GET /api/projects".to_owned()), allowed.len() == 1);
    }
});

both!(with_keys_switched_off_nothing_is_open_to_them, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.api.enabled = false).await;
    for operation in operations(&document(&app).await) {
        assert_eq!(operation.is["x-open-to-api-keys"], false, "{}", operation.name());
    }
});
