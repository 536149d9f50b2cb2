//! Saving a change as soon as it is made.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::Patch;
use types::settings::{ChangeSettingsRequest, ChangeUserSettings, SettingsAnswer, UserSettings};

use super::why;
use crate::contexts::session::{Session, use_session};
use crate::contexts::theme::show_looks;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::server_fns::accounts::Person;
use crate::server_fns::settings::save_settings;

/// How the last change of a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Standing {
    /// There was none, or it is long ago.
    #[default]
    Quiet,
    /// It is on its way.
    Saving,
    /// It is saved.
    Saved,
    /// It is not, and why.
    Failed(String),
}

/// A change on its way.
struct Job {
    row: RwSignal<Standing>,
    /// Its row, in the words of that.
    title: &'static str,
    change: ChangeSettingsRequest,
}

/// Saves changes one after the other, so that the last one made is the last one written.
#[derive(Clone, Copy)]
pub(super) struct Saver {
    session: Session,
    toasts: Toasts,
    queue: StoredValue<Vec<Job>>,
    running: StoredValue<bool>,
    /// What the server has.
    saved: StoredValue<SettingsAnswer>,
    /// Texts that were not saved yet when their rows went, so that nobody has to type them again.
    kept: StoredValue<Vec<(&'static str, String)>>,
}

pub(super) fn provide_saver() {
    let session = use_session();
    let saved = untrack(|| session.read(answer)).unwrap_or_default();
    provide_context(Saver {
        session,
        toasts: use_toasts(),
        queue: StoredValue::new(Vec::new()),
        running: StoredValue::new(false),
        saved: StoredValue::new(saved),
        kept: StoredValue::new(Vec::new()),
    });
}

pub(super) fn use_saver() -> Saver {
    expect_context()
}

impl Saver {
    /// The settings as they are shown: with the changes that are on their way. Followed by whatever shows them.
    pub(super) fn read<T>(self, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.session.read(read)
    }

    /// Saves a change. The page has it at once, and loses it again if that fails.
    pub(super) fn save(self, row: RwSignal<Standing>, title: &'static str, change: ChangeSettingsRequest) {
        if !self.running.get_value() && self.queue.with_value(Vec::is_empty) {
            // Somebody else may have changed the name meanwhile: another form of the application.
            if let Some(now) = untrack(|| self.session.read(answer)) {
                self.saved.set_value(now);
            }
        }
        row.set(Standing::Saving);
        self.session.change(|person| apply(&change, person));
        self.show();
        self.queue.update_value(|queue| queue.push(Job { row, title, change }));
        if !self.running.get_value() {
            self.running.set_value(true);
            spawn_local(self.run());
        }
    }

    async fn run(self) {
        while let Some(Some(job)) = self
            .queue
            .try_update_value(|queue| (!queue.is_empty()).then(|| queue.remove(0)))
        {
            let Job { row, title, change } = job;
            match save_settings(change).await {
                Ok(answer) => {
                    _ = self.saved.try_update_value(|saved| *saved = answer);
                    self.settle();
                    if !self.is_queued(row) {
                        _ = row.try_set(Standing::Saved);
                    }
                }
                Err(failure) => {
                    let why = why(&failure);
                    self.settle();
                    if self.is_queued(row) {
                        continue;
                    }
                    // Whoever made the change is elsewhere by now, and has to hear of it all the same.
                    if let Some(Standing::Failed(why)) = row.try_set(Standing::Failed(why)) {
                        self.toasts.fail("“".to_owned() + title + "” was not saved. " + &why);
                    }
                }
            }
        }
        _ = self.running.try_update_value(|running| *running = false);
    }

    /// The page shows what the server has and what is still on its way to it.
    fn settle(self) {
        let Some(saved) = self.saved.try_get_value() else {
            return;
        };
        self.session.change(|person| {
            person.user.name.clone_from(&saved.settings.name);
            person.settings = saved.settings;
            person.theme = saved.theme_preference;
            self.queue
                .with_value(|queue| queue.iter().for_each(|job| apply(&job.change, person)));
        });
        self.show();
    }

    /// Whether a later change of the same row is still to come.
    fn is_queued(self, row: RwSignal<Standing>) -> bool {
        self.queue
            .try_with_value(|queue| queue.iter().any(|job| job.row == row))
            .unwrap_or_default()
    }

    /// What the style sheet follows.
    fn show(self) {
        untrack(|| self.session.read(show_looks));
    }

    /// Keeps a text whose row goes away.
    pub(super) fn keep(self, row: &'static str, text: String) {
        self.kept.update_value(|kept| kept.push((row, text)));
    }

    /// The text that was kept, once.
    pub(super) fn take_kept(self, row: &'static str) -> Option<String> {
        self.kept.try_update_value(|kept| {
            let at = kept.iter().rposition(|(of, _)| *of == row)?;
            let (_, text) = kept.swap_remove(at);
            kept.retain(|(of, _)| *of != row);
            Some(text)
        })?
    }
}

fn answer(person: &Person) -> SettingsAnswer {
    SettingsAnswer {
        settings: person.settings.clone(),
        theme_preference: person.theme,
    }
}

/// What the page can show before the server has answered. Texts are where they were typed until then.
fn apply(change: &ChangeSettingsRequest, person: &mut Person) {
    fn put<T: Copy>(change: Option<T>, setting: &mut T) {
        if let Some(change) = change {
            *setting = change;
        }
    }
    fn patch(change: &Patch<String>, setting: &mut Option<String>) {
        match change {
            Patch::Absent => {}
            Patch::Null => *setting = None,
            Patch::Value(value) => *setting = Some(value.clone()),
        }
    }
    let ChangeUserSettings {
        default_model,
        text_size,
        compact_sidebar,
        wrap_code,
        enter_sends,
        date_locale,
        ..
    } = &change.settings;
    let UserSettings {
        default_model: model,
        text_size: size,
        compact_sidebar: compact,
        wrap_code: wrap,
        enter_sends: enter,
        date_locale: locale,
        ..
    } = &mut person.settings;
    patch(default_model, model);
    put(*text_size, size);
    put(*compact_sidebar, compact);
    put(*wrap_code, wrap);
    put(*enter_sends, enter);
    patch(date_locale, locale);
    put(change.theme_preference, &mut person.theme);
}
