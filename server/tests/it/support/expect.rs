//! What answers must look like, in the words of the contract.

use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::Answer;

impl Answer {
    /// An error in the one shape: status, code and sentence, with the request's id in it, and a `WWW-Authenticate` exactly
    /// when the caller has to say who they are.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str, sentence: &str) -> Self {
        let answer = self.expect_error(status, code);
        assert_eq!(answer.error(), sentence);
        answer
    }

    /// The same with any sentence.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        let json = answer.json();
        assert_eq!(json["code"], code, "{json}");
        assert!(
            json["error"].as_str().is_some_and(|sentence| !sentence.is_empty()),
            "{json}"
        );
        assert_eq!(json["requestId"], answer.header("x-request-id"), "{json}");
        assert_eq!(answer.header("content-type"), "application/json");
        let challenge = answer.headers.get("www-authenticate").map(HeaderValue::as_bytes);
        assert_eq!(challenge, (status == 401).then_some(b"Bearer".as_slice()));
        answer
    }

    /// The invalid fields of a 400.
    #[track_caller]
    pub(crate) fn invalid(self, fields: &[&str]) -> Self {
        let answer = self.expect_error(400, "invalid_request");
        let json = answer.json();
        let named: Vec<&Value> = json["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|field| &field["field"])
            .collect();
        assert_eq!(json!(named), json!(fields), "{json}");
        answer
    }

    /// A header as text; empty when absent.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map_or_else(String::new, |value| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        })
    }
}
