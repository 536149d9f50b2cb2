//! The settings of a workspace as a request brings them.

use entity::projects;
use sea_orm::ActiveValue::Set;
use types::workspaces::{ChatMode, WorkspaceRequest};
use types::{FieldError, Patch};

use crate::error::Problems;
use crate::projects::{self as rules, New};
use crate::{Core, Error, text, threads};

/// What is said when a query finds nothing and the workspace has no words of its own for it.
pub const DEFAULT_REFUSAL: &str = "There is no relevant information in this workspace to answer your query.";
const LONGEST_REFUSAL: usize = 1_000;
const MOST_HISTORY: i32 = 1_000;
const MOST_PASSAGES: i32 = 50;

/// Settings that hold; what is none stays as it is.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) name: Option<String>,
    context: Option<String>,
    model: Patch<String>,
    temperature: Patch<f64>,
    history: Option<i32>,
    similarity: Option<f64>,
    top_n: Option<i32>,
    mode: Option<ChatMode>,
    refusal: Patch<String>,
}

/// Reads a request. `name` is the name it must be called by, if it must have one.
pub(super) fn read(core: &Core, input: WorkspaceRequest, name: Option<String>) -> Result<Changes, Error> {
    let mut problems = Problems::default();
    let name = name.and_then(|name| problems.note(rules::name(&name)));
    if let Patch::Value(text) = &input.open_ai_prompt {
        problems.note(rules::context("openAiPrompt", text));
    }
    if let Patch::Value(id) = &input.chat_model {
        problems.note(threads::model(core, id).map_err(|problem| FieldError {
            field: "chatModel".to_owned(),
            ..problem
        }));
    }
    if let Patch::Value(temperature) = input.open_ai_temp {
        problems.note(within("openAiTemp", temperature, 0.0, 2.0));
    }
    if let Some(history) = input.open_ai_history {
        problems.note(within("openAiHistory", history, 0, MOST_HISTORY));
    }
    if let Some(similarity) = input.similarity_threshold {
        problems.note(within("similarityThreshold", similarity, 0.0, 1.0));
    }
    if let Some(top_n) = input.top_n {
        problems.note(within("topN", top_n, 1, MOST_PASSAGES));
    }
    if let Patch::Value(text) = &input.query_refusal_response {
        problems.note(text::no_nul("queryRefusalResponse", text));
        problems.note(text::at_most("queryRefusalResponse", text, LONGEST_REFUSAL));
    }
    let mode = input.chat_mode.as_deref().and_then(|name| problems.note(mode(name)));
    problems.finish()?;
    let refusal = match input.query_refusal_response {
        Patch::Value(text) if text.trim().is_empty() => Patch::Null,
        refusal => refusal,
    };
    Ok(Changes {
        name,
        context: input.open_ai_prompt.into_change().map(Option::unwrap_or_default),
        model: input.chat_model,
        temperature: input.open_ai_temp,
        history: input.open_ai_history,
        similarity: input.similarity_threshold,
        top_n: input.top_n,
        mode,
        refusal,
    })
}

fn within<T: PartialOrd + std::fmt::Display>(field: &str, value: T, least: T, most: T) -> Result<(), FieldError> {
    if value >= least && value <= most {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("{field} is from {least} to {most}")))
    }
}

fn mode(name: &str) -> Result<ChatMode, FieldError> {
    ChatMode::named(name).ok_or_else(|| FieldError::new("chatMode", format!("{name} is not a valid mode.")))
}

impl Changes {
    /// Fills a workspace that is to be made.
    pub(super) fn fill(self, new: &mut New) {
        let settings = &mut new.settings;
        new.context = self.context.unwrap_or_default();
        new.model = self.model.into_change().flatten();
        settings.temperature = self.temperature.into_change().flatten();
        settings.history = self.history.unwrap_or(settings.history);
        settings.similarity = self.similarity.unwrap_or(settings.similarity);
        settings.top_n = self.top_n.unwrap_or(settings.top_n);
        settings.mode = self.mode.unwrap_or(settings.mode);
        settings.refusal = self.refusal.into_change().flatten();
    }

    /// Writes them over those of a workspace that is there.
    pub(super) fn write(self, row: &mut projects::ActiveModel) {
        macro_rules! set {
            ($($field:ident = $value:expr),* $(,)?) => {
                $(if let Some(value) = $value {
                    row.$field = Set(value);
                })*
            };
        }
        set!(
            name = self.name,
            context = self.context,
            model = self.model.into_change(),
            temperature = self.temperature.into_change(),
            history = self.history,
            similarity = self.similarity,
            top_n = self.top_n,
            chat_mode = self.mode.map(|mode| mode.as_str().to_owned()),
            refusal = self.refusal.into_change(),
        );
    }
}
