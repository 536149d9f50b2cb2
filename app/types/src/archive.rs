//! What an import says of itself while it goes on, and when it is over.

use serde::{Deserialize, Serialize};

/// What kind of file was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ImportSource {
    /// An archive of Latchkey, or one of its threads as JSON.
    Latchkey,
    /// `ChatGPT`'s `conversations.json`, or the archive it comes in.
    Chatgpt,
}

/// So many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counted {
    /// Threads.
    pub threads: u32,
    /// Messages in them.
    pub messages: u32,
    /// Projects.
    pub projects: u32,
    /// Documents in projects.
    pub documents: u32,
    /// Templates.
    pub templates: u32,
}

/// What became of the settings in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SettingsImport {
    /// There are none in the file.
    #[default]
    Absent,
    /// They are now as in the file.
    Restored,
    /// They were so already.
    Unchanged,
    /// They were left as they are, because that was asked for or because the key that imports can't reach them.
    Skipped,
}

/// Something of the file that is not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// `thread`, `message`, `project`, `document`, `template`, `settings` or `file`.
    pub kind: String,
    /// Its title or name, as far as it could be read.
    pub name: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// The answer of `POST /api/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// What kind of file it was.
    pub source: ImportSource,
    /// What is new.
    pub imported: Counted,
    /// What was there already. The messages of threads that were are not counted.
    pub existing: Counted,
    /// What became of the settings.
    pub settings: SettingsImport,
    /// How many things are not imported.
    pub skipped_count: u32,
    /// The first hundred of them.
    pub skipped: Vec<Skipped>,
}

/// How far an import is: the event `progress`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportProgress {
    /// Hundredths of the file.
    pub percent: u32,
    /// Threads that are new.
    pub threads: u32,
    /// Messages in them.
    pub messages: u32,
}
