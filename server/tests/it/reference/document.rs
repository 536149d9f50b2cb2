//! The document itself.

use std::collections::BTreeSet;

use reqwest::header;
use serde_json::Value;
use server::api::dialect::Dialect;

use super::{document, operations};
use crate::both;
use crate::support::{Kind, TestApp, send};

both!(
    anybody_may_read_it_and_learn_that_it_is_still_the_same,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.server.public_url = Some("https://chat.example.com".to_owned());
        })
        .await;
        let answer = app.get("/api/openapi.json", "").await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        assert_eq!(json["openapi"], "3.1.0");
        assert_eq!(json["servers"][0]["url"], "https://chat.example.com");
        let schemes = &json["components"]["securitySchemes"];
        assert_eq!(schemes["bearer"]["scheme"], "bearer");
        assert_eq!(schemes["session"]["in"], "cookie");

        let tag = answer.header("etag");
        let again = app.request(reqwest::Method::GET, "/api/openapi.json");
        let again = send(again.header(header::IF_NONE_MATCH, &tag)).await.expect(304);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", tag));
        let other = app.request(reqwest::Method::GET, "/api/openapi.json");
        send(other.header(header::IF_NONE_MATCH, "\"another\""))
            .await
            .expect(200);
    }
);

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(path) if name == "$ref" => _ = found.insert(path.clone()),
                    value => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

both!(
    every_reference_leads_somewhere_and_every_type_is_used,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.contains("#/components/schemas/Thread"));
        for path in &found {
            assert!(document.pointer(path.trim_start_matches('#')).is_some(), "{path}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}")), "{name}");
        }
    }
);

both!(
    every_operation_has_a_name_of_its_own_and_a_chapter,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        let chapters: Vec<&Value> = document["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        let mut names = BTreeSet::new();
        for operation in operations(&document) {
            let name = operation.is["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name}");
            assert!(chapters.contains(&&operation.is["tags"][0]), "{}", operation.name());
            assert!(
                !operation.is["summary"].as_str().unwrap().is_empty(),
                "{}",
                operation.name()
            );
        }
    }
);

both!(
    every_code_is_explained_and_can_come_from_somewhere,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        let codes = document["components"]["schemas"]["ErrorCode"]["oneOf"]
            .as_array()
            .unwrap();
        assert!(codes.len() > 30, "{codes:?}");
        let mut answered = BTreeSet::new();
        for operation in operations(&document) {
            for (status, answer) in operation.is["responses"].as_object().unwrap() {
                for (code, example) in answer["content"]["application/json"]["examples"]
                    .as_object()
                    .into_iter()
                    .flatten()
                {
                    let known = serde_json::from_value(serde_json::json!(code)).unwrap();
                    let dialect = Dialect::of(&operation.path);
                    let expected = dialect.status(known, app::ssr::status(known));
                    assert_eq!(expected.as_str(), status, "{code}");
                    if dialect == Dialect::Own {
                        let error: types::ApiError = serde_json::from_value(example["value"].clone()).unwrap();
                        assert_eq!(error.code, known);
                    }
                    answered.insert(code.clone());
                }
            }
        }
        // Where a method is not, there is no operation.
        answered.insert("method_not_allowed".to_owned());
        for code in codes {
            let code = code["const"].as_str().unwrap();
            assert!(answered.contains(code), "{code}");
            let listed = document["x-errors"].as_array().unwrap();
            let listed = listed.iter().find(|listed| listed["code"] == code).unwrap();
            assert!(
                !listed["meaning"].as_str().unwrap().is_empty() && !listed["sentence"].as_str().unwrap().is_empty()
            );
        }
    }
);

both!(
    the_sentences_of_the_contract_are_in_it_word_for_word,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        let sentences: Vec<&str> = document["x-errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["sentence"].as_str().unwrap())
            .collect();
        for sentence in [
            "Invalid API key",
            "API key expired",
            "API key invalid - no longer a team member",
            "API key access is not enabled for any endpoints",
            "API key access is not allowed for this endpoint",
            "API access not available for your plan",
            "You are not a member of this team",
        ] {
            assert!(sentences.contains(&sentence), "{sentence}");
        }
    }
);

both!(
    what_may_be_left_out_of_a_request_is_always_there_in_an_answer,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        let schema = |name: &str| &document["components"]["schemas"][name];
        let required = |name: &str| {
            let required = schema(name)["required"].as_array().into_iter().flatten();
            required
                .map(|field| field.as_str().unwrap().to_owned())
                .collect::<BTreeSet<_>>()
        };
        let fields = |name: &str| {
            let fields = schema(name)["properties"].as_object().unwrap().keys();
            fields.cloned().collect::<BTreeSet<_>>()
        };
        for whole in [
            "Thread",
            "Message",
            "ApiKey",
            "Project",
            "Template",
            "UserSettings",
            "UsageAnswer",
        ] {
            assert_eq!(required(whole), fields(whole), "{whole}");
        }
        // Absent, null or a value.
        let change = schema("ChangeThreadRequest");
        assert_eq!(change["required"], Value::Null);
        assert_eq!(
            change["properties"]["projectId"]["type"],
            serde_json::json!(["string", "null"])
        );
        assert_eq!(required("FeedbackRequest"), BTreeSet::from(["type".to_owned()]));
        // Lengths and forms.
        let comment = &schema("FeedbackRequest")["properties"]["comment"];
        assert_eq!(comment["maxLength"], 2_000);
        let name = &schema("CreateApiKeyRequest")["properties"]["name"]["pattern"];
        assert!(name.as_str().unwrap().contains("{0,98}"), "{name}");
        assert_eq!(schema("Thread")["properties"]["createdAt"]["format"], "date-time");
        assert_eq!(schema("Thread")["properties"]["teamId"]["format"], "uuid");
        assert_eq!(schema("ChatRequest")["properties"]["threadId"]["format"], Value::Null);
    }
);

both!(
    the_stream_of_an_answer_is_described_event_by_event,
    async |kind: Kind| {
        let document = document(&TestApp::new(kind).await).await;
        for (method, path) in [
            ("post", "/api/chat"),
            ("get", "/api/chat/{messageId}/stream"),
            ("post", "/api/chat/{messageId}/regenerate"),
        ] {
            let stream = &document["paths"][path][method]["responses"]["200"]["content"]["text/event-stream"];
            assert_eq!(
                stream["schema"]["properties"]["data"]["contentSchema"]["$ref"], "#/components/schemas/ChatEvent",
                "{path}"
            );
        }
        let events = document["components"]["schemas"]["ChatEvent"]["oneOf"]
            .as_array()
            .unwrap();
        let names: Vec<&Value> = events
            .iter()
            .map(|event| &event["properties"]["type"]["const"])
            .collect();
        assert_eq!(names, ["thread", "start", "delta", "done", "error"]);
        assert_eq!(events[0]["required"], serde_json::json!(["type", "threadId", "title"]));
    }
);
