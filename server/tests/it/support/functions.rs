//! Server functions, called as our own pages call them.

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Answer, TestApp, send};

impl TestApp {
    /// A call that is not sent yet.
    pub(crate) fn function_request(&self, cookie: &str, name: &str, arguments: &Value) -> RequestBuilder {
        self.request(Method::POST, &format!("/_fn/{name}"))
            .header("cookie", cookie)
            .header("origin", self.url(""))
            .json(arguments)
    }

    /// Calls a server function with a session's cookie and JSON.
    pub(crate) async fn function(&self, cookie: &str, name: &str, arguments: Value) -> Answer {
        send(self.function_request(cookie, name, &arguments)).await
    }
}
