//! What the pages render: made by the server for one person, read by the browser.

use serde::{Deserialize, Serialize};

use crate::projects::{Project, ProjectColor, Sharing};
use crate::prompts::PromptReport;
use crate::templates::Template;
use crate::threads::{Feedback, MessageRole, MessageStatus, Source, ThreadRow, Usage};

/// A message as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageView {
    /// The message's id.
    pub id: String,
    /// The thread it is in.
    pub thread_id: String,
    /// Its place in the thread.
    pub seq: i64,
    /// Who speaks.
    pub role: MessageRole,
    /// Where it is in its life.
    pub status: MessageStatus,
    /// The text as it was typed; empty for an answer.
    pub text: String,
    /// An answer as sanitised HTML, one string for each top-level block of its Markdown; empty for what was typed.
    pub blocks: Vec<String>,
    /// Name of the model that answers.
    pub model: Option<String>,
    /// Label of the API key it came through.
    pub via: Option<String>,
    /// In a shared thread, who wrote it when that is somebody else.
    pub author: Option<String>,
    /// Whether it is the viewer's own.
    pub mine: bool,
    /// What was thought of it.
    pub feedback: Option<Feedback>,
    /// Why it failed.
    pub error: Option<String>,
    /// Of an answer: the request that asked for it.
    pub request_id: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// A thread as a page opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenThread {
    /// The thread.
    pub row: ThreadRow,
    /// The newest messages, oldest of them first.
    pub messages: Vec<MessageView>,
    /// Cursor for older messages; none when these are all.
    pub cursor: Option<String>,
    /// Where the feed of changes stood before this was read.
    pub at: String,
    /// Whether the viewer may write to it.
    pub writable: bool,
}

/// A page of older messages, oldest of them first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OlderMessages {
    /// The messages.
    pub messages: Vec<MessageView>,
    /// Cursor for older messages; none at the beginning of the thread.
    pub cursor: Option<String>,
}

/// A page of the list of threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sidebar {
    /// The pinned ones, newest activity first; on the first page only.
    pub pinned: Vec<ThreadRow>,
    /// The others, newest activity first.
    pub threads: Vec<ThreadRow>,
    /// Cursor of the next page; none at the end.
    pub next_cursor: Option<String>,
    /// The newest projects beside them; on the first page only.
    pub projects: Option<ProjectRows>,
    /// Where the feed of changes stood before this was read.
    pub at: String,
}

/// A project as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRow {
    /// The project's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: ProjectColor,
    /// Who sees it.
    pub sharing: Sharing,
    /// The team it belongs to; none for a personal one.
    pub team_id: Option<String>,
    /// The model of its threads that chose none.
    pub model: Option<String>,
    /// Threads in it that the person sees, without the archived ones.
    pub thread_count: i64,
}

/// A page of a list of projects, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRows {
    /// The projects.
    pub projects: Vec<ProjectRow>,
    /// Cursor of the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// A project as its page opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenProject {
    /// The project.
    pub project: Project,
    /// Who made it, when that is somebody else.
    pub author: Option<String>,
    /// Whether the person may change it.
    pub writable: bool,
    /// Whether they may delete it.
    pub deletable: bool,
    /// The threads in it that they see.
    pub threads: ProjectThreads,
}

/// A page of the threads in a project, newest activity first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectThreads {
    /// The threads.
    pub threads: Vec<ThreadRow>,
    /// Cursor of the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// What was said, and the answer that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// The thread it is in.
    pub row: ThreadRow,
    /// What was said; none when an answer was asked for anew.
    pub asked: Option<MessageView>,
    /// The answer.
    pub answer: MessageView,
    /// Messages that left the thread for it.
    pub superseded: Vec<String>,
}

/// What is to be known about an answer beyond its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDetails {
    /// Name of the model.
    pub model: Option<String>,
    /// Its id in the configuration.
    pub model_id: Option<String>,
    /// Tokens, once they are known.
    pub usage: Option<Usage>,
    /// When it was asked for.
    pub started_at: String,
    /// When it ended; none while it is being written.
    pub ended_at: Option<String>,
    /// Label of the API key it came through.
    pub via: Option<String>,
    /// The beginning of that key, for its owner.
    pub key_prefix: Option<String>,
    /// Passages it stands on.
    pub sources: Vec<Source>,
    /// What went into the prompt.
    pub prompt_report: Option<PromptReport>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// `stop`, `length` or `stopped`.
    pub finish_reason: Option<String>,
}

/// The templates as the settings show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplatesView {
    /// Those of the configuration, which nobody changes.
    pub built_in: Vec<Template>,
    /// The person's own, then those of each of their teams, by its name; empty ones too.
    pub groups: Vec<TemplateGroup>,
}

/// The templates that lie together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateGroup {
    /// Id of the team; none for the person's own.
    pub team_id: Option<String>,
    /// The team's name; empty for the person's own.
    pub name: String,
    /// Whether the person may make and change templates there.
    pub writable: bool,
    /// The templates, newest first.
    pub templates: Vec<Template>,
    /// Cursor of the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// What the composer offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateChoices {
    /// The person's own, those of the team the chat lies in, and the built-in ones.
    pub templates: Vec<Template>,
    /// Name of that team.
    pub team: Option<String>,
    /// Whether there are more than these: then the server has to be asked for what is looked for.
    pub more: bool,
}

/// A template on the empty screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The template's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it begins with, on one line.
    pub about: String,
    /// Its text, unless that is long.
    pub prompt: Option<String>,
}
