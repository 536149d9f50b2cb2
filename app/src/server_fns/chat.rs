//! Saying something, and what can be done with an answer.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::threads::Feedback;
use types::views;

use super::Failure;
use crate::wire::Wire;

/// Says something and starts the answer. A plain form may post it; empty fields count as absent. `replaces` is a message
/// of the person's own that this one takes the place of, `team_id` and `project_id` say where a new thread lies, `attempt` is made up by the page: a form that is sent twice acts
/// once.
#[server(prefix = "/_fn", endpoint = "say", output = Wire)]
pub async fn say(
    content: String,
    #[server(default)] thread_id: Option<String>,
    #[server(default)] model: Option<String>,
    #[server(default)] replaces: Option<String>,
    #[server(default)] team_id: Option<String>,
    #[server(default)] project_id: Option<String>,
    #[server(default)] attempt: Option<String>,
) -> Result<views::Said, Failure> {
    let (request, who) = asking()?;
    let given = |field: Option<String>| field.filter(|value| !value.is_empty());
    let ask = Ask {
        // A form that the browser posts by itself ends its lines as mail does.
        content: content.replace("\r\n", "\n"),
        thread_id: given(thread_id),
        model: given(model),
        replaces: given(replaces),
        team_id: given(team_id),
        project_id: given(project_id),
        request_id: Some(request.request_id.clone()),
        ..Ask::default()
    };
    show::say(&request.core, &who, ask, given(attempt).as_deref())
        .await
        .map_err(|error| refused(&error))
}

/// Stops an answer; what had arrived is kept. The field is `id`.
#[server(prefix = "/_fn", endpoint = "stop_answer", input = Wire, output = Wire)]
pub async fn stop_answer(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    chat::stop(&request.core, &who, &id)
        .await
        .map(drop)
        .map_err(|error| refused(&error))
}

/// Asks for an answer anew; it and everything after it leaves the thread. The fields are `id` and `model`.
#[server(prefix = "/_fn", endpoint = "regenerate", input = Wire, output = Wire)]
pub async fn regenerate(id: String, model: Option<String>) -> Result<views::Said, Failure> {
    let (request, who) = asking()?;
    show::regenerate(&request.core, &who, &id, model, &request.request_id)
        .await
        .map_err(|error| refused(&error))
}

/// Keeps what the person thinks of an answer; none takes it back. The fields are `id` and `feedback`.
#[server(prefix = "/_fn", endpoint = "rate", input = Wire, output = Wire)]
pub async fn rate(id: String, feedback: Option<Feedback>) -> Result<(), Failure> {
    let (request, who) = asking()?;
    let request_of = FeedbackRequest {
        feedback,
        comment: None,
    };
    messages::rate(&request.core, &who, &id, request_of)
        .await
        .map_err(|error| refused(&error))
}

/// The text of a message as it was written: an answer's Markdown. The field is `id`.
#[server(prefix = "/_fn", endpoint = "message_text", input = Wire, output = Wire)]
pub async fn message_text(id: String) -> Result<String, Failure> {
    let (request, who) = asking()?;
    messages::read(&request.core, &who, &id)
        .await
        .map(|message| message.content)
        .map_err(|error| refused(&error))
}

/// What is to be known about an answer beyond its text. The field is `id`.
#[server(prefix = "/_fn", endpoint = "message_details", input = Wire, output = Wire)]
pub async fn message_details(id: String) -> Result<views::MessageDetails, Failure> {
    let (request, who) = asking()?;
    show::message_details(&request.core, &who, &id)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::chat::{self, Ask},
    domain::{messages, views as show},
    types::threads::FeedbackRequest,
};
