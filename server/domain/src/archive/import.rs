//! Taking a file in: what [`read`](super::read) hands on is written, one thing after the other, and what became of it is
//! told.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use types::archive::{Counted, ImportProgress, ImportReport, ImportSource, SettingsImport, Skipped};
use types::settings::ChangeSettingsRequest;

use super::paper::Paper;
use super::read::{self, Item, Stopped};
use super::rows::{Places, Writing};
use super::turn::{self, lenient};
use super::{Upload, What, new_id_of};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::clock::is_id;
use crate::feed::{Change, Kind};
use crate::{Core, Error, documents, projects, settings, templates};

/// Things that are read ahead of what is written.
const AHEAD: usize = 4;
/// Skipped things that are told of one by one.
const MOST_SKIPPED: usize = 100;
/// After so many threads open pages hear of them, and it is looked whether who imports may still.
const EVERY: u32 = 50;

/// What is asked for beside the file.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether the settings in it become the caller's.
    pub settings: bool,
}

/// Imports a file where the caller may write: a person everywhere that is theirs, a key where it reaches. It ends early when
/// this is dropped; what was imported by then stays, and importing the file again goes on.
pub async fn run(
    core: &Core,
    who: &Principal,
    upload: Upload,
    options: Options,
    progress: &watch::Sender<ImportProgress>,
    client: &Client,
) -> Result<ImportReport, Error> {
    let (sender, mut items) = mpsc::channel(AHEAD);
    let Upload { file, length } = upload;
    let reading =
        tokio::task::spawn_blocking(move || read::read(file, length, &mut |item| sender.blocking_send(item).is_ok()));
    let mut import = Import::new(core, who, options, progress).await?;
    let outcome = loop {
        match items.recv().await {
            Some(item) => {
                if let Err(error) = import.take(item).await {
                    break Err(error);
                }
            }
            None => break Ok(()),
        }
    };
    drop(items);
    // What was begun and not ended leaves nothing.
    import.writing.abandon().await?;
    let read = reading
        .await
        .map_err(|error| Error::Internal(format!("a file that was imported could not be read: {error}")));
    let imported = import.report.imported;
    if imported != Counted::default() {
        let detail = json!({ "reach": who.reach(), "imported": imported });
        audit::record(
            core.db.write(),
            Action::DataImported,
            Some(&who.user_id),
            &who.user_id,
            Some(detail),
            client,
        )
        .await?;
    }
    outcome?;
    match read? {
        Ok(source) => {
            import.report.source = source;
            Ok(import.report.clone())
        }
        Err(Stopped::Gone) => Err(Error::Internal("a file was read for nobody".to_owned())),
        Err(Stopped::Wrong(sentence)) => Err(Error::invalid("file", how_far(&sentence, imported))),
    }
}

/// What is wrong with a file, and what was imported of it nonetheless.
fn how_far(sentence: &str, imported: Counted) -> String {
    let sentence = sentence.trim_end_matches('.');
    match imported.threads {
        0 => format!("{sentence}."),
        1 => format!("{sentence}. 1 chat was imported before that, and stays."),
        threads => format!("{sentence}. {threads} chats were imported before that, and stay."),
    }
}

struct Import<'i> {
    core: &'i Core,
    who: &'i Principal,
    options: Options,
    places: Places<'i>,
    writing: Writing<'i>,
    report: ImportReport,
    progress: &'i watch::Sender<ImportProgress>,
    told: Told<'i>,
}

impl<'i> Import<'i> {
    async fn new(
        core: &'i Core,
        who: &'i Principal,
        options: Options,
        progress: &'i watch::Sender<ImportProgress>,
    ) -> Result<Self, Error> {
        Ok(Self {
            core,
            who,
            options,
            places: Places::new(core, who),
            writing: Writing::new(core, who).await?,
            report: ImportReport {
                source: ImportSource::Latchkey,
                imported: Counted::default(),
                existing: Counted::default(),
                settings: SettingsImport::Absent,
                skipped_count: 0,
                skipped: Vec::new(),
            },
            progress,
            told: Told {
                core,
                who,
                teams: HashSet::new(),
                threads: 0,
            },
        })
    }

    async fn take(&mut self, item: Item) -> Result<(), Error> {
        match item {
            Item::Settings(value) => self.settings(value).await,
            Item::Project(value) => self.project(value).await,
            Item::Template(value) => self.template(value).await,
            Item::Document(paper) => self.document(*paper).await,
            Item::Thread(beginning) => {
                let scope = self.places.of(beginning.head.team_id.as_deref()).await?;
                let name = turn::shown(beginning.head.title.as_deref().unwrap_or_default());
                match self.writing.begin(*beginning, scope).await? {
                    Ok(true) => {}
                    Ok(false) => self.report.existing.threads += 1,
                    Err(reason) => self.skipped("thread", name, reason),
                }
                Ok(())
            }
            Item::Turns(turns) => {
                let doubles = self.writing.add(turns).await?;
                for _ in 0..doubles {
                    let name = self.writing.title();
                    self.skipped(
                        "message",
                        name,
                        "A message with the same id is in this chat already".to_owned(),
                    );
                }
                Ok(())
            }
            Item::End => self.end().await,
            Item::Broken(reason) => {
                let name = self.writing.title();
                self.writing.abandon().await?;
                self.skipped("thread", name, reason);
                Ok(())
            }
            Item::Skipped(Skipped { kind, name, reason }) => {
                self.skipped(&kind, name, reason);
                Ok(())
            }
            Item::Progress(percent) => {
                self.progress.send_modify(|progress| progress.percent = percent);
                Ok(())
            }
        }
    }

    async fn end(&mut self) -> Result<(), Error> {
        let Some(done) = self.writing.end().await? else {
            return Ok(());
        };
        if !done.is_new {
            self.report.existing.threads += 1;
            return Ok(());
        }
        self.report.imported.threads += 1;
        self.report.imported.messages += done.messages;
        let Counted { threads, messages, .. } = self.report.imported;
        self.progress.send_modify(|progress| {
            progress.threads = threads;
            progress.messages = messages;
        });
        self.told.teams.extend(done.shared_with);
        self.told.threads += 1;
        if threads % EVERY == 0 {
            self.told.tell();
            self.core.still_allowed(self.who).await?;
        }
        Ok(())
    }

    fn skipped(&mut self, kind: &str, name: String, reason: String) {
        self.report.skipped_count = self.report.skipped_count.saturating_add(1);
        if self.report.skipped.len() < MOST_SKIPPED {
            let kind = kind.to_owned();
            self.report.skipped.push(Skipped { kind, name, reason });
        }
    }

    async fn settings(&mut self, value: Value) -> Result<(), Error> {
        if !self.options.settings || self.who.scope.team_id().is_some() {
            self.report.settings = SettingsImport::Skipped;
            return Ok(());
        }
        let mut wanted: ChangeSettingsRequest = match serde_json::from_value(value) {
            Ok(wanted) => wanted,
            Err(error) => {
                self.skipped("settings", "settings.json".to_owned(), turn::explain(&error));
                return Ok(());
            }
        };
        let before = settings::read(self.core, self.who).await?;
        // What can't be had here, a model say, is left out, and the rest is taken over.
        let after = loop {
            match settings::change(self.core, self.who, wanted.clone()).await {
                Ok(after) => break after,
                Err(Error::Invalid(problems)) => {
                    for problem in problems {
                        let settings = &mut wanted.settings;
                        match problem.field.as_str() {
                            "name" => settings.name = None,
                            "role" => settings.role = types::Patch::Absent,
                            "context" => settings.context = types::Patch::Absent,
                            "defaultModel" => settings.default_model = types::Patch::Absent,
                            "dateLocale" => settings.date_locale = types::Patch::Absent,
                            _ => wanted = ChangeSettingsRequest::default(),
                        }
                        self.skipped("settings", problem.field, problem.message);
                    }
                }
                Err(error) => return Err(error),
            }
        };
        self.report.settings = if after == before {
            SettingsImport::Unchanged
        } else {
            SettingsImport::Restored
        };
        Ok(())
    }

    async fn project(&mut self, value: Value) -> Result<(), Error> {
        let Some((known, value)) = self.known("project", value) else {
            return Ok(());
        };
        let project = match serde_json::from_value(value) {
            Ok(project) => project,
            Err(error) => {
                self.skipped("project", known.name(), turn::explain(&error));
                return Ok(());
            }
        };
        let scope = self.places.of(known.team_id.as_deref()).await?;
        let ids = Ids::of(What::Project, self.who, scope.team_id(), &known.id);
        let made = projects::import(self.core, self.who, &scope, &ids.both(), project).await;
        match self.fits("project", known.name(), made)? {
            Some(true) => self.report.imported.projects += 1,
            Some(false) => self.report.existing.projects += 1,
            None => {}
        }
        Ok(())
    }

    async fn template(&mut self, value: Value) -> Result<(), Error> {
        let Some((known, value)) = self.known("template", value) else {
            return Ok(());
        };
        let template = match serde_json::from_value(value) {
            Ok(template) => template,
            Err(error) => {
                self.skipped("template", known.name(), turn::explain(&error));
                return Ok(());
            }
        };
        let scope = self.places.of(known.team_id.as_deref()).await?;
        let ids = Ids::of(What::Template, self.who, scope.team_id(), &known.id);
        let made = templates::import(self.core, self.who, &scope, &ids.both(), template).await;
        match self.fits("template", known.name(), made)? {
            Some(true) => self.report.imported.templates += 1,
            Some(false) => self.report.existing.templates += 1,
            None => {}
        }
        Ok(())
    }

    async fn document(&mut self, paper: Paper) -> Result<(), Error> {
        let name = turn::shown(&paper.kept.title);
        let scope = self.places.of(paper.team_id.as_deref()).await?;
        let Some(project_id) = self.writing.project(&scope, Some(&paper.project_id)).await? else {
            self.skipped("document", name, "The project it lies in is not here".to_owned());
            return Ok(());
        };
        let ids = Ids::of(What::Document, self.who, scope.team_id(), &paper.id);
        let made = documents::import(self.core, self.who, &project_id, &ids.both(), paper.kept).await;
        let made = made.map(|made| {
            self.writing.knows(&scope, paper.id, made.id);
            made.is_new
        });
        match self.fits("document", name, made)? {
            Some(true) => self.report.imported.documents += 1,
            Some(false) => self.report.existing.documents += 1,
            None => {}
        }
        Ok(())
    }

    fn known(&mut self, kind: &str, value: Value) -> Option<(Known, Value)> {
        match Known::deserialize(&value) {
            Ok(known) if turn::id(&known.id).is_ok() => Some((known, value)),
            Ok(known) => {
                self.skipped(kind, known.name(), "Its id can't be one".to_owned());
                None
            }
            Err(error) => {
                self.skipped(kind, String::new(), turn::explain(&error));
                None
            }
        }
    }

    /// Whether something is new; nothing when it does not fit, which is noted.
    fn fits(&mut self, kind: &str, name: String, made: Result<bool, Error>) -> Result<Option<bool>, Error> {
        match made {
            Ok(new) => Ok(Some(new)),
            Err(Error::Invalid(problems)) => {
                let sentences: Vec<String> = problems
                    .into_iter()
                    .map(|problem| format!("{}: {}", problem.field, problem.message))
                    .collect();
                self.skipped(kind, name, sentences.join(". "));
                Ok(None)
            }
            Err(Error::Conflict(sentence) | Error::Forbidden(sentence)) => {
                self.skipped(kind, name, sentence.to_owned());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// What must be there of a project or a template to know which one it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    id: String,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    team_id: Option<String>,
}

impl Known {
    fn name(&self) -> String {
        turn::shown(self.name.as_deref().unwrap_or_default())
    }
}

/// The ids by which something in a file may be there already: that which an import gives it, and its own.
pub(super) struct Ids {
    pub(super) new: String,
    own: Option<String>,
}

impl Ids {
    pub(super) fn of(what: What, who: &Principal, team_id: Option<&str>, id: &str) -> Self {
        Self::from_source(what, who, team_id, ImportSource::Latchkey, id)
    }

    pub(super) fn from_source(
        what: What,
        who: &Principal,
        team_id: Option<&str>,
        source: ImportSource,
        id: &str,
    ) -> Self {
        let name = match source {
            ImportSource::Latchkey => "latchkey",
            ImportSource::Chatgpt => "chatgpt",
        };
        Self {
            new: new_id_of(what, &who.user_id, team_id.unwrap_or_default(), name, id),
            own: (source == ImportSource::Latchkey && is_id(id)).then(|| id.to_owned()),
        }
    }

    /// The one to be given first.
    pub(super) fn both(&self) -> Vec<&str> {
        std::iter::once(self.new.as_str()).chain(self.own.as_deref()).collect()
    }
}

/// Tells open pages of what was imported, at the latest when the import is over, however it ended.
struct Told<'t> {
    core: &'t Core,
    who: &'t Principal,
    teams: HashSet<String>,
    threads: u32,
}

impl Told<'_> {
    fn tell(&mut self) {
        if self.threads == 0 {
            return;
        }
        self.threads = 0;
        let change = |team_id| Change {
            user_id: self.who.user_id.clone(),
            team_id,
            thread_id: String::new(),
            kind: Kind::Threads,
        };
        self.core.feed.publish(change(None));
        for team_id in self.teams.drain() {
            self.core.feed.publish(Change {
                team_id: Some(team_id),
                ..change(None)
            });
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}
