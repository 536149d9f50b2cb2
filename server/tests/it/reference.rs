//! The API's reference: that it says of every route what is true of it.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod document;
mod page;
mod routes;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::TestApp;

/// The document.
async fn document(app: &TestApp) -> Value {
    app.get("/api/openapi.json", "").await.expect(200).json()
}

/// An operation of the document.
struct Operation {
    method: String,
    /// As the document has it, `/api/threads/{id}`.
    path: String,
    is: Value,
}

impl Operation {
    /// A path that could be called.
    fn address(&self) -> String {
        let parts: Vec<&str> = self
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect();
        parts.join("/")
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(|(method, operation)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            is: operation.clone(),
        })
    });
    let all: Vec<Operation> = all.collect();
    assert!(all.len() > 45, "{}", all.len());
    all
}

/// What comes back when somebody calls an operation with the body of its example, or nobody without one.
async fn status_of(app: &TestApp, operation: &Operation, bearer: &str) -> (StatusCode, Value) {
    let example = operation.is.pointer("/requestBody/content/application~1json/example");
    let body = example.filter(|_| !bearer.is_empty()).cloned();
    let answer = app.call(&operation.method, &operation.address(), bearer, body).await;
    let json = serde_json::from_str(&answer.text).unwrap_or_default();
    (answer.status, json)
}
