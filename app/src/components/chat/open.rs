//! What is open, and what can be done with it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::web_sys::js_sys::Uint8Array;
use types::live::LiveEvent;
use types::threads::{ChangeThreadRequest, Feedback, MessageStatus, ThreadRow};
use types::views::{MessageView, OpenThread, Said, Suggestion};
use types::{ApiError, ErrorCode, Patch};

use super::draft::{Draft, fill, joined, put_back};
use super::store::{Log, News};
use crate::contexts::live::{Follow, Live, use_live};
use crate::contexts::opening::FirstPage;
use crate::contexts::realm::{Realm, use_realm};
use crate::contexts::session::{Session, use_session};
use crate::contexts::threads::{Threads, use_threads};
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::contexts::ui::{Ui, use_ui};
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::memo;
use crate::hooks::returned_form::use_form;
use crate::routes;
use crate::server_fns::Failure;
use crate::server_fns::accounts::Person;
use crate::server_fns::chat::{Say, rate, regenerate, say, stop_answer};
use crate::server_fns::threads::{change_thread, mark_read, older_messages, open_thread};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The empty screen.
    New,
    /// A thread that is being fetched.
    Loading,
    /// A thread.
    Open,
    /// A thread that can't be shown.
    Failed(Failure),
}

/// Why something could not be sent, and what would send it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The reason.
    pub reason: String,
    /// What would be sent again; none when there is nothing to send.
    pub again: Option<Again>,
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// What stands in the composer.
    Say,
    /// A message in place of an earlier one.
    Edit(Editing),
    /// An answer anew.
    Regenerate(String, Option<String>),
}

/// An earlier message that is being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editing {
    /// The message.
    pub id: String,
    /// What it is to say.
    pub text: String,
}

/// What of the templates is open at the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picking {
    /// The list; after a slash that was `typed` for it, what follows the slash is looked for.
    List {
        /// Whether there was one.
        typed: bool,
    },
    /// A template of the empty screen that was chosen.
    Chosen(Suggestion),
    /// The fields of one.
    Fields,
}

/// Where fetching older messages is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// There are none.
    None,
    /// There are some.
    More,
    /// They are on their way.
    Loading,
    /// They could not be fetched.
    Failed,
}

/// A send, so that the same one sent again acts once.
#[derive(Clone, PartialEq, Eq)]
struct Attempt {
    text: String,
    thread: Option<String>,
    /// Team and project of a new thread.
    place: (Option<String>, Option<String>),
    replaces: Option<String>,
    model: Option<String>,
}

/// The chat on the page.
#[derive(Clone, Copy)]
pub struct Chat {
    /// What the page shows.
    pub stage: RwSignal<Stage>,
    /// The thread; none on the empty screen, and until the first answer begins.
    pub row: RwSignal<Option<ThreadRow>>,
    /// Its messages.
    pub log: RwSignal<Log>,
    /// Whether the reader may write to it.
    pub writable: RwSignal<bool>,
    /// What is being written.
    pub draft: Draft,
    /// The message that is being changed.
    pub editing: RwSignal<Option<Editing>>,
    /// What could not be sent.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Where fetching older messages is.
    pub older: RwSignal<Older>,
    /// Id of the model that is to answer.
    pub model: RwSignal<String>,
    /// The answer whose details are shown.
    pub details: RwSignal<Option<String>>,
    /// The source of it that is to be seen.
    pub cited: RwSignal<Option<String>>,
    /// What of the templates is open.
    pub picking: RwSignal<Option<Picking>>,
    /// What a screen reader is told.
    pub said: RwSignal<&'static str>,
    /// Counts what the reader has sent: the column then goes to its end.
    pub sent: RwSignal<u32>,
    /// Whether something is on its way to the server.
    sending: RwSignal<bool>,
    stopping: RwSignal<bool>,
    /// The newest answer, while it is being written; its id is empty until the server has it.
    answering: Memo<Option<String>>,
    newest: Memo<Option<u32>>,
    id: StoredValue<Option<String>>,
    /// Counts what was opened: what comes back for something else is dropped.
    visit: StoredValue<u32>,
    attempt: StoredValue<Option<(Attempt, String)>>,
    /// What the reader is being told of as read.
    marking: StoredValue<bool>,
    session: Session,
    threads: Threads,
    live: Live,
    toasts: Toasts,
    ui: Ui,
    realm: Realm,
}

impl Chat {
    /// The chat at an address, with what the document brought for it.
    pub fn new(id: Option<String>, first: FirstPage) -> Self {
        let log = RwSignal::new(Log::default());
        let answering = memo(move || {
            log.with(|log| {
                log.last()?
                    .message
                    .with(|message| message.status.is_running().then(|| message.id.clone()))
            })
        });
        let newest = memo(move || log.with(|log| log.last().map(|row| row.key)));
        let form = use_form(Say::PATH);
        let returned = form.error().or_else(|| form.field_error("content").get_untracked());
        let chat = Self {
            stage: RwSignal::new(Stage::New),
            row: RwSignal::new(None),
            log,
            writable: RwSignal::new(true),
            draft: Draft::new(form.value("content")),
            editing: RwSignal::new(None),
            trouble: RwSignal::new(returned.map(|reason| Trouble { reason, again: None })),
            older: RwSignal::new(Older::None),
            model: RwSignal::new(String::new()),
            details: RwSignal::new(None),
            cited: RwSignal::new(None),
            picking: RwSignal::new(None),
            said: RwSignal::new(""),
            sent: RwSignal::new(0),
            sending: RwSignal::new(false),
            stopping: RwSignal::new(false),
            answering,
            newest,
            id: StoredValue::new(id.clone()),
            visit: StoredValue::new(0),
            attempt: StoredValue::new(None),
            marking: StoredValue::new(false),
            session: use_session(),
            threads: use_threads(),
            live: use_live(),
            toasts: use_toasts(),
            ui: use_ui(),
            realm: use_realm(),
        };
        match (id, first) {
            (None, _) => chat.choose_model(None),
            (Some(_), FirstPage::Thread(Ok(thread))) => chat.show(thread),
            (Some(_), FirstPage::Thread(Err(failure))) => chat.stage.set(Stage::Failed(failure)),
            // The effect that follows the address fetches it.
            (Some(_), _) => {
                chat.id.set_value(None);
                chat.stage.set(Stage::Loading);
            }
        }
        chat
    }

    /// Whether an answer is being written, or asked for.
    pub fn is_answering(self) -> bool {
        self.answering.with(Option::is_some) || self.sending.get()
    }

    /// Whether a message is the newest.
    pub fn is_newest(self, key: u32) -> bool {
        self.newest.get() == Some(key)
    }

    /// Whether several models can answer.
    pub fn has_models(self) -> bool {
        self.session.read(|person| person.models.len() > 1).unwrap_or_default()
    }

    /// The team that it lies in.
    pub fn team(self) -> Option<String> {
        let of_thread = self
            .row
            .with_untracked(|row| row.as_ref().map(|row| row.thread.team_id.clone()));
        of_thread.unwrap_or_else(|| untrack(|| self.place().0))
    }

    /// Whether the list of templates is open, or on its way.
    pub fn is_choosing(self) -> bool {
        self.picking
            .with_untracked(|picking| matches!(picking, Some(Picking::List { .. })))
    }

    /// Whether a stop was asked for.
    pub fn is_stopping(self) -> bool {
        self.stopping.get()
    }

    /// Follows the address: a thread, or a new chat. `first` is true once, when the page comes alive.
    pub fn go_to(self, id: Option<String>, first: bool) {
        let user = self.user();
        if first {
            self.draft.go(&user, id.as_deref());
            self.draft.adopt();
        }
        if self.id.get_value() == id {
            if first {
                self.follow();
                self.note_read();
            }
            return;
        }
        if !first {
            self.draft.go(&user, id.as_deref());
            self.draft.load();
            self.trouble.set(None);
        }
        self.visit.update_value(|visit| *visit += 1);
        self.id.set_value(id.clone());
        self.editing.set(None);
        self.details.set(None);
        self.cited.set(None);
        self.picking.set(None);
        self.said.set("");
        self.sending.set(false);
        self.stopping.set(false);
        self.older.set(Older::None);
        self.writable.set(true);
        self.log.set(Log::default());
        match id {
            Some(id) => {
                self.row.set(self.threads.get(&id));
                self.fetch(id);
            }
            None => {
                self.row.set(None);
                self.stage.set(Stage::New);
                self.choose_model(None);
                self.live.follow(None);
            }
        }
    }

    /// Fetches the open thread again, after that failed.
    pub fn retry(self) {
        if let Some(id) = self.id.get_value() {
            self.fetch(id);
        }
    }

    fn fetch(self, id: String) {
        self.stage.set(Stage::Loading);
        let visit = self.visit.get_value();
        spawn_local(async move {
            let opened = open_thread(id).await;
            if !self.is_still(visit) {
                return;
            }
            match opened {
                Ok(thread) => {
                    self.show(thread);
                    self.follow();
                    self.note_read();
                }
                Err(failure) => {
                    signed_out(&failure);
                    self.stage.set(Stage::Failed(failure));
                }
            }
        });
    }

    /// Reads the open thread anew, because something was missed.
    fn refetch(self) {
        let Some(id) = self.id.get_value() else { return };
        let visit = self.visit.get_value();
        self.log.update_untracked(Log::hold);
        spawn_local(async move {
            let opened = open_thread(id).await;
            if !self.is_still(visit) {
                return;
            }
            match opened {
                Ok(thread) => self.show(thread),
                Err(failure) => _ = signed_out(&failure),
            }
            self.change(Log::release);
        });
    }

    fn show(self, thread: OpenThread) {
        let OpenThread {
            row,
            messages,
            cursor,
            writable,
            ..
        } = thread;
        self.threads.enter(row.thread.team_id.clone());
        self.choose_model(row.thread.model.as_deref());
        self.writable.set(writable);
        self.older.set(if cursor.is_some() { Older::More } else { Older::None });
        self.row.set(Some(row));
        self.log.update(|log| log.open(messages, cursor));
        self.stage.set(Stage::Open);
    }

    /// Whether what was asked for then is still what is open.
    fn is_still(self, visit: u32) -> bool {
        self.visit.try_get_value() == Some(visit)
    }

    /// Changes the messages and tells of what came of it.
    fn change(self, act: impl FnOnce(&mut Log) -> News) {
        let Some(news) = self.log.try_update_untracked(act) else {
            return;
        };
        if news.list {
            self.log.notify();
        }
        if let Some(status) = news.ended {
            self.stopping.set(false);
            self.said.set(match status {
                MessageStatus::Stopped => "Answer stopped",
                MessageStatus::Failed | MessageStatus::Interrupted => "The answer failed",
                _ => "Answer ready",
            });
        }
        if news.refetch {
            self.refetch();
        }
    }

    fn follow(self) {
        let Some(thread) = self.id.get_value() else { return };
        self.live.follow(Some(Follow {
            thread,
            seen: Callback::new(move |()| self.log.with_untracked(Log::newest_seq)),
            take: Callback::new(move |event| self.hear(event)),
        }));
    }

    fn hear(self, event: LiveEvent) {
        let about = match &event {
            LiveEvent::Thread { row } => Some(row.thread.id.as_str()),
            LiveEvent::Message { message } => Some(message.thread_id.as_str()),
            LiveEvent::ThreadGone { id } => Some(id.as_str()),
            _ => None,
        };
        let open = self.id.get_value();
        if about.is_some_and(|about| open.as_deref() != Some(about)) {
            return;
        }
        match event {
            LiveEvent::Thread { row } => {
                // Deleted, and taken back.
                if matches!(self.stage.get_untracked(), Stage::Failed(_)) {
                    self.retry();
                }
                self.row.set(Some(row));
                self.note_read();
            }
            LiveEvent::ThreadGone { .. } => {
                let gone = ApiError::new(ErrorCode::NotFound, "This chat was deleted.");
                self.stage.set(Stage::Failed(Failure(gone)));
            }
            event if self.stage.get_untracked() == Stage::Open => self.change(|log| log.apply(event)),
            _ => {}
        }
    }

    /// The reader sees what is new.
    fn note_read(self) {
        let unread = self
            .row
            .with_untracked(|row| row.as_ref().is_some_and(|row| row.unread));
        let Some(id) = self.id.get_value() else { return };
        if !unread || document().hidden() || self.marking.get_value() {
            return;
        }
        self.marking.set_value(true);
        spawn_local(async move {
            let marked = mark_read(id.clone()).await;
            _ = self.marking.try_set_value(false);
            if marked.is_ok() && self.id.try_get_value() == Some(Some(id)) {
                self.row.update(|row| {
                    if let Some(row) = row {
                        row.unread = false;
                    }
                });
            }
        });
    }

    /// Fetches the messages before those that are shown.
    pub fn load_older(self) {
        let cursor = self.log.with_untracked(|log| log.cursor().map(ToOwned::to_owned));
        let (Some(id), Some(cursor)) = (self.id.get_value(), cursor) else {
            return;
        };
        if self.older.get_untracked() == Older::Loading {
            return;
        }
        self.older.set(Older::Loading);
        let visit = self.visit.get_value();
        spawn_local(async move {
            let page = older_messages(id, cursor.clone()).await;
            // What was read anew meanwhile goes on somewhere else.
            if !self.is_still(visit) || self.log.with_untracked(|log| log.cursor() != Some(&cursor)) {
                return;
            }
            match page {
                Ok(page) => {
                    self.older.set(if page.cursor.is_some() {
                        Older::More
                    } else {
                        Older::None
                    });
                    self.log.update(|log| log.prepend(page.messages, page.cursor));
                }
                Err(failure) => {
                    signed_out(&failure);
                    self.older.set(Older::Failed);
                }
            }
        });
    }

    /// Sends what stands in the composer.
    pub fn send(self) {
        let text = self.draft.text.get_untracked();
        if text.trim().is_empty() || self.is_busy() {
            return;
        }
        if fill(&text) > 100 {
            let reason = "This is too long to be sent at once. Shorten it, or send it in parts.".to_owned();
            self.trouble.set(Some(Trouble { reason, again: None }));
            return;
        }
        self.draft.write(String::new());
        self.say(text, None);
    }

    /// Sends a short turn that the reader did not have to type.
    pub fn say_continue(self) {
        if !self.is_busy() {
            self.say("Continue.".to_owned(), None);
        }
    }

    /// Sends the message that is being changed in place of what it was.
    pub fn send_edit(self) {
        let Some(Editing { id, text }) = self.editing.get_untracked() else {
            return;
        };
        if text.trim().is_empty() || self.is_busy() {
            return;
        }
        self.editing.set(None);
        self.say(text, Some(id));
        self.draft.focus();
    }

    /// Does again what failed.
    pub fn again(self, again: Again) {
        match again {
            Again::Say => self.send(),
            Again::Edit(editing) => {
                self.editing.set(Some(editing));
                self.send_edit();
            }
            Again::Regenerate(id, model) => self.regenerate(id, model),
        }
    }

    fn user(self) -> String {
        let user = untrack(|| self.session.read(|person| person.user.id.clone()));
        user.unwrap_or_default()
    }

    fn is_busy(self) -> bool {
        self.sending.get_untracked() || self.answering.with_untracked(Option::is_some)
    }

    fn begin(self, text: Option<&str>, from: Option<&str>) {
        self.trouble.set(None);
        self.said.set("");
        self.sending.set(true);
        self.stopping.set(false);
        self.log.update(|log| log.begin(text, from));
        self.stage.set(Stage::Open);
        self.sent.update(|sent| *sent = sent.wrapping_add(1));
    }

    fn say(self, text: String, replaces: Option<String>) {
        self.begin(Some(&text), replaces.as_deref());
        let thread = self.id.get_value();
        let attempt = Attempt {
            place: if thread.is_none() {
                untrack(|| self.place())
            } else {
                (None, None)
            },
            thread,
            model: self.asked_model(),
            text,
            replaces,
        };
        let known = self.attempt.get_value().filter(|(known, _)| *known == attempt);
        let number = known.map_or_else(random_id, |(_, number)| number);
        self.attempt.set_value(Some((attempt.clone(), number.clone())));

        let visit = self.visit.get_value();
        spawn_local(async move {
            let Attempt {
                text,
                thread,
                place: (team, project),
                replaces,
                model,
            } = attempt;
            let said = say(
                text.clone(),
                thread.clone(),
                model,
                replaces.clone(),
                team,
                project,
                Some(number),
            );
            match said.await {
                Ok(said) => {
                    _ = self.attempt.try_set_value(None);
                    self.arrived(visit, said);
                }
                Err(failure) => self.say_failed(visit, text, thread, replaces, failure),
            }
        });
    }

    fn say_failed(self, visit: u32, text: String, thread: Option<String>, replaces: Option<String>, failure: Failure) {
        signed_out(&failure);
        if !self.is_still(visit) {
            put_back(&self.user(), thread.as_deref(), &text);
            let reason = sentence(&failure);
            self.toasts.fail(["Your message was not sent. ", &reason].concat());
            return;
        }
        self.sending.set(false);
        let mut arrived = false;
        self.change(|log| {
            let (news, known) = log.fail(&text);
            arrived = known;
            news
        });
        if arrived {
            return;
        }
        if thread.is_none() {
            self.stage.set(Stage::New);
        }
        let again = if let Some(id) = replaces {
            let editing = Editing { id, text };
            self.editing.set(Some(editing.clone()));
            Again::Edit(editing)
        } else {
            // What the reader has begun to write meanwhile stays.
            self.draft.write(joined(&text, &self.draft.text.get_untracked()));
            self.draft.focus();
            Again::Say
        };
        self.trouble.set(Some(Trouble {
            reason: sentence(&failure),
            again: Some(again),
        }));
    }

    /// What was sent has arrived, and an answer has begun.
    fn arrived(self, visit: u32, said: Said) {
        let row = self.threads.answered(said.row.clone());
        if !self.is_still(visit) {
            return;
        }
        let id = row.thread.id.clone();
        let is_new = self.id.get_value().is_none();
        self.row.set(Some(row));
        self.change(|log| log.settle(said));
        self.sending.set(false);
        if self.stopping.get_untracked() {
            self.stopping.set(false);
            self.stop();
        }
        if is_new {
            self.id.set_value(Some(id.clone()));
            // What was begun meanwhile goes along.
            let now = self.draft.text.get_untracked();
            self.draft.write(String::new());
            self.draft.go(&self.user(), Some(&id));
            if !now.is_empty() {
                self.draft.write(now);
            }
            self.ui.go(routes::thread(&id));
            self.follow();
        }
    }

    /// Asks for an answer anew; with another model, if one is named.
    pub fn regenerate(self, id: String, model: Option<String>) {
        if self.is_busy() {
            return;
        }
        self.begin(None, Some(&id));
        let visit = self.visit.get_value();
        spawn_local(async move {
            match regenerate(id.clone(), model.clone()).await {
                Ok(said) => self.arrived(visit, said),
                Err(failure) => {
                    signed_out(&failure);
                    if !self.is_still(visit) {
                        return;
                    }
                    self.sending.set(false);
                    self.change(|log| log.fail("").0);
                    self.trouble.set(Some(Trouble {
                        reason: sentence(&failure),
                        again: Some(Again::Regenerate(id, model)),
                    }));
                }
            }
        });
    }

    /// Stops the newest answer.
    pub fn stop(self) {
        let Some(id) = self.answering.get_untracked() else {
            return;
        };
        if self.stopping.get_untracked() {
            return;
        }
        self.stopping.set(true);
        if id.is_empty() {
            // The server doesn't have it yet; it is stopped as soon as it has.
            return;
        }
        let toasts = self.toasts;
        spawn_local(async move {
            if let Err(failure) = stop_answer(id).await {
                signed_out(&failure);
                _ = self.stopping.try_set(false);
                toasts.fail(sentence(&failure));
            }
        });
    }

    /// Keeps what the reader thinks of an answer; the same again takes it back.
    pub fn rate(self, message: RwSignal<MessageView>, feedback: Feedback) {
        let Some((id, before)) = message.try_with_untracked(|message| (message.id.clone(), message.feedback)) else {
            return;
        };
        let now = (before != Some(feedback)).then_some(feedback);
        message.update(|message| message.feedback = now);
        let toasts = self.toasts;
        spawn_local(async move {
            if let Err(failure) = rate(id, now).await {
                signed_out(&failure);
                _ = message.try_update(|message| message.feedback = before);
                toasts.fail(sentence(&failure));
            }
        });
    }

    /// The reader chose a model for the next answers.
    pub fn take_model(self, model: String) {
        self.model.set(model.clone());
        let Some(id) = self.id.get_value() else { return };
        let change = ChangeThreadRequest {
            model: Patch::Value(model),
            ..ChangeThreadRequest::default()
        };
        let (threads, toasts) = (self.threads, self.toasts);
        spawn_local(async move {
            match change_thread(id, change).await {
                Ok(row) => threads.upsert(row),
                Err(failure) => {
                    signed_out(&failure);
                    toasts.fail(sentence(&failure));
                }
            }
        });
    }

    /// Why nothing can be written here; none when something can.
    pub fn closed(self) -> Option<String> {
        match self.stage.get() {
            Stage::New => {
                let team = self.realm.choice().filter(|team| !team.role.writes())?;
                let name = ["You are a viewer of “", &team.name, "”: "].concat();
                Some(name + "you can read what it shares, but not begin chats in it.")
            }
            Stage::Open if !self.writable.get() => {
                Some("You are a viewer of this team: you can read this chat, but not write to it.".to_owned())
            }
            _ => None,
        }
    }

    /// Where the new chat is to lie, and follows it: its team and its project.
    pub fn place(self) -> (Option<String>, Option<String>) {
        let place = self.threads.place;
        let team = place.with(|place| place.as_ref().map(|place| place.team_id.clone()));
        let team = team.unwrap_or_else(|| self.realm.team());
        (team, self.ui.asked_project())
    }

    /// The place of the new chat is another one.
    pub fn placed(self) {
        if self.stage.get_untracked() == Stage::New {
            self.choose_model(None);
        }
    }

    /// The thread's model, else that of the new chat's project, else the reader's, else the server's.
    fn choose_model(self, thread: Option<&str>) {
        let place = self
            .threads
            .place
            .get_untracked()
            .filter(|_| self.id.get_value().is_none());
        let of_project = place.and_then(|place| place.model);
        let choose = |person: &Person| {
            let known = |id: &&str| person.models.iter().any(|model| model.id == *id);
            thread
                .filter(known)
                .or(of_project.as_deref().filter(known))
                .or(person.settings.default_model.as_deref().filter(known))
                .unwrap_or(&person.default_model)
                .to_owned()
        };
        let model = untrack(|| self.session.read(choose));
        self.model.set(model.unwrap_or_default());
    }

    /// The model to name in a request; none when there is nothing to choose.
    fn asked_model(self) -> Option<String> {
        untrack(|| self.has_models()).then(|| self.model.get_untracked())
    }
}

/// What to tell of a failure.
pub(super) fn sentence(failure: &Failure) -> String {
    match failure.0.fields.first() {
        Some(field) => field.message.clone(),
        None => failure.0.error.clone(),
    }
}

/// Says that two sends are one. `crypto.randomUUID` is missing on plain http; this is not.
fn random_id() -> String {
    let bytes = Uint8Array::new_with_length(16);
    if let Ok(crypto) = window().crypto() {
        _ = crypto.get_random_values_with_array_buffer_view(&bytes);
    }
    hexadecimal(&bytes.to_vec())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::hexadecimal;

    #[test]
    fn a_number_is_written_whole() {
        assert_eq!(hexadecimal(&[0x00, 0xa9, 0xff]), "00a9ff");
    }
}
