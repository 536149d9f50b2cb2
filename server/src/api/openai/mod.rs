//! The `OpenAI` dialect, under `/v1`, and under `/api/v1/openai` with workspaces for models: for programs and libraries written
//! for `OpenAI`'s API.

mod completions;
mod conversation;
mod frames;
mod models;

use crate::api::openapi::Api;

/// Its routes.
pub fn routes(api: Api) -> Api {
    let api = api.tag(
        "OpenAI's API",
        "The names and shapes of OpenAI's API, for programs and libraries that were written for it: set their base URL to this \
         server's `/v1`. For API keys only. What is asked and answered is written under the key's user. Under \
         `/api/v1/openai` the models are the workspaces: their slug is the model's name, and their model answers with their \
         instructions and documents.",
    );
    completions::routes(models::routes(api))
}

/// Whom a request for a model means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// A configured model.
    Models,
    /// A workspace.
    Workspaces,
}
