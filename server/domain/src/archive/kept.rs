//! Things as an archive has them.

use entity::{documents, projects, templates, threads};
use serde::Serialize;
use serde_json::{Value, json};
use types::threads as wire;

use crate::Core;
use crate::messages::{Row, to_wire};
use crate::threads::to_wire as thread_to_wire;

/// A thread with what the API does not show of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptThread {
    #[serde(flatten)]
    thread: wire::Thread,
    pinned_at: Option<String>,
    archived_at: Option<String>,
    session_key: Option<String>,
    parent_thread_id: Option<String>,
    api_key_id: Option<String>,
}

impl KeptThread {
    pub(super) fn of(mut thread: threads::Model) -> Self {
        Self {
            pinned_at: thread.pinned_at.map(|at| at.to_string()),
            archived_at: thread.archived_at.map(|at| at.to_string()),
            session_key: thread.session_key.take(),
            parent_thread_id: thread.parent_thread_id.take(),
            api_key_id: thread.api_key_id.take(),
            thread: thread_to_wire(thread),
        }
    }
}

/// A message with what the API does not show of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptMessage {
    #[serde(flatten)]
    message: wire::Message,
    reply_to: Option<String>,
    in_context: bool,
    error_code: Option<String>,
    feedback_comment: Option<String>,
}

impl KeptMessage {
    pub(super) fn of(core: &Core, (mut message, key): Row) -> Self {
        Self {
            reply_to: message.reply_to.take(),
            in_context: message.in_context,
            error_code: message.error_code.take(),
            feedback_comment: message.feedback_comment.take(),
            message: to_wire(core, message, key),
        }
    }
}

/// A project, without what others see in it.
pub(super) fn project(project: projects::Model) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "slug": project.slug,
        "color": project.color,
        "context": project.context,
        "sharing": project.sharing,
        "teamId": project.team_id,
        "model": project.model,
        "temperature": project.temperature,
        "history": project.history,
        "topN": project.top_n,
        "similarity": project.similarity,
        "chatMode": project.chat_mode,
        "refusal": project.refusal,
        "archivedAt": project.archived_at.map(|at| at.to_string()),
        "createdAt": project.created_at.to_string(),
        "updatedAt": project.updated_at.to_string(),
    })
}

/// A template.
pub(super) fn template(template: templates::Model) -> Value {
    json!({
        "id": template.id,
        "name": template.name,
        "prompt": template.prompt,
        "teamId": template.team_id,
        "createdAt": template.created_at.to_string(),
        "updatedAt": template.updated_at.to_string(),
    })
}

/// A document without its passages, and the team of its project.
pub(super) fn document(document: documents::Model, team_id: Option<String>) -> Value {
    json!({
        "id": document.id,
        "projectId": document.project_id,
        "teamId": team_id,
        "title": document.title,
        "kind": document.kind,
        "sizeBytes": document.size_bytes,
        "characters": document.characters,
        "digest": document.digest,
        "createdAt": document.created_at.to_string(),
    })
}
