//! Threads of a file become rows, under who imports and nobody else.
//!
//! A thread of one batch of messages is one transaction. A longer one is written by several, so that nobody waits long for
//! the database, and is a deleted thread until its last message is there: nobody sees half of it, and what a crash leaves
//! of it is forgotten like everything deleted.

use std::collections::{HashMap, HashSet};

use entity::threads::Visibility;
use entity::{Scope, Timestamp, api_keys, messages, projects, threads};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use types::threads as wire;

use super::import::Ids;
use super::read::Beginning;
use super::turn::{self, Head, Timed, Turn};
use super::{What, new_id_of};
use crate::access::Principal;
use crate::chat::PREVIEW_LENGTH;
use crate::threads::{DEFAULT_TITLE, note_read};
use crate::{Core, Error, documents, realm, text};

const LONGEST_TITLE: usize = 200;
const LONGEST_SESSION_KEY: usize = 200;
const VIEWERS: &str = "Viewers can read this team's threads but not import any";

/// Where things of a file land.
pub(super) struct Places<'p> {
    core: &'p Core,
    who: &'p Principal,
    known: HashMap<String, Scope>,
}

impl<'p> Places<'p> {
    pub(super) fn new(core: &'p Core, who: &'p Principal) -> Self {
        Self {
            core,
            who,
            known: HashMap::new(),
        }
    }

    /// A key's things lie where it reaches. A person's lie in the team they were in, as far as that person may write
    /// there, and are their own otherwise.
    pub(super) async fn of(&mut self, team_id: Option<&str>) -> Result<Scope, Error> {
        let personal = || realm::of_row(self.who, None);
        let Some(team_id) = team_id.filter(|_| !self.who.is_key()) else {
            return Ok(realm::of_row(self.who, self.who.scope.team_id()));
        };
        if let Some(scope) = self.known.get(team_id) {
            return Ok(scope.clone());
        }
        let scope = match realm::to_write(self.core.db.read(), self.who, Some(team_id), VIEWERS).await {
            Ok(scope) => scope,
            Err(Error::NotTeamMember | Error::Forbidden(_) | Error::NotFound(_)) => personal(),
            Err(error) => return Err(error),
        };
        self.known.insert(team_id.to_owned(), scope.clone());
        Ok(scope)
    }
}

/// Writes one thread after the other.
pub(super) struct Writing<'w> {
    core: &'w Core,
    who: &'w Principal,
    /// The caller's keys, and the team of each.
    keys: HashMap<String, Option<String>>,
    projects: HashMap<(String, String), Option<String>>,
    /// Documents by team and the id they have in the file.
    documents: HashMap<(String, String), String>,
    thread: Option<Thread>,
}

/// The thread that is being written.
struct Thread {
    scope: Scope,
    row: threads::Model,
    /// Messages that are not written yet.
    waiting: Vec<Turn>,
    /// Whether the row is there, as a deleted one.
    is_there: bool,
    /// Whether somebody else made it in this very moment.
    is_lost: bool,
    seen: HashSet<String>,
    last: Option<Timestamp>,
}

/// What became of a thread.
pub(super) struct Done {
    pub(super) is_new: bool,
    pub(super) messages: u32,
    pub(super) shared_with: Option<String>,
}

impl<'w> Writing<'w> {
    pub(super) async fn new(core: &'w Core, who: &'w Principal) -> Result<Self, Error> {
        let keys: Vec<(String, Option<String>)> = api_keys::Entity::find()
            .select_only()
            .columns([api_keys::Column::Id, api_keys::Column::TeamId])
            .filter(api_keys::Column::UserId.eq(&who.user_id))
            .into_tuple()
            .all(core.db.read())
            .await?;
        Ok(Self {
            core,
            who,
            keys: keys.into_iter().collect(),
            projects: HashMap::new(),
            documents: HashMap::new(),
            thread: None,
        })
    }

    /// What the thread that is being written is called.
    pub(super) fn title(&self) -> String {
        let thread = self.thread.as_ref();
        thread.map_or_else(String::new, |thread| turn::shown(&thread.row.title))
    }

    /// Begins a thread; false when it is there already, and a sentence when it can't be kept as it is.
    pub(super) async fn begin(
        &mut self,
        mut beginning: Beginning,
        scope: Scope,
    ) -> Result<Result<bool, String>, Error> {
        self.thread = None;
        let title = match beginning.head.title.take() {
            None => DEFAULT_TITLE.to_owned(),
            Some(title) => match text::name("title", &title, LONGEST_TITLE) {
                Ok(title) => title,
                Err(problem) => return Ok(Err(format!("Its title can't be kept. {}", problem.message))),
            },
        };
        let ids = Ids::from_source(What::Thread, self.who, scope.team_id(), beginning.source, &beginning.id);
        if self.is_there(&scope, &ids).await? {
            return Ok(Ok(false));
        }
        let row = self.row(ids.new, title, &beginning.head, &scope).await?;
        self.thread = Some(Thread {
            scope,
            row,
            waiting: Vec::new(),
            is_there: false,
            is_lost: false,
            seen: HashSet::new(),
            last: None,
        });
        Ok(Ok(true))
    }

    async fn is_there(&self, scope: &Scope, ids: &Ids) -> Result<bool, DbErr> {
        let there = threads::Entity::visible_to(scope)
            .filter(threads::Column::UserId.eq(&self.who.user_id))
            .filter(threads::Column::Id.is_in(ids.both()))
            .count(self.core.db.read())
            .await?;
        Ok(there > 0)
    }

    async fn row(&mut self, id: String, title: String, head: &Head, scope: &Scope) -> Result<threads::Model, Error> {
        let now = self.core.clock.now();
        let past = |at: Option<Timed>| at.map(|at| at.0.min(now));
        let created_at = past(head.created_at).or(past(head.updated_at)).unwrap_or(now);
        let last_message_at = past(head.updated_at).unwrap_or(created_at).max(created_at);
        let set_at = |set: Option<bool>, at: Option<Timed>| match set {
            Some(false) => None,
            Some(true) => past(at).or(Some(last_message_at)),
            None => past(at),
        };
        let shared = head.visibility == Some(wire::Visibility::Shared) && scope.team_id().is_some();
        let project_id = self.project(scope, head.project_id.as_deref()).await?;
        Ok(threads::Model {
            id,
            user_id: self.who.user_id.clone(),
            team_id: scope.team_id().map(str::to_owned),
            title,
            model: head.model.clone().and_then(turn::model),
            visibility: if shared {
                Visibility::Shared
            } else {
                Visibility::Private
            },
            session_key: self.session_key(project_id.as_deref(), head).await?,
            project_id,
            parent_thread_id: self.parent(scope, head.parent_thread_id.as_deref()).await?,
            pinned_at: set_at(head.pinned, head.pinned_at),
            archived_at: set_at(head.archived, head.archived_at),
            last_message_at,
            last_message_preview: None,
            message_count: 0,
            created_at,
            deleted_at: Some(now),
            api_key_id: self.key(scope, head.api_key_id.clone()),
        })
    }

    /// The session a thread was the conversation of, unless that has one already.
    async fn session_key(&self, project_id: Option<&str>, head: &Head) -> Result<Option<String>, DbErr> {
        use threads::Column;
        let key = head.session_key.clone();
        let key = key.filter(|key| key.is_empty() || turn::word(key.clone(), LONGEST_SESSION_KEY).is_some());
        let (Some(key), Some(project_id)) = (key, project_id) else {
            return Ok(None);
        };
        let taken = threads::Entity::find()
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::UserId.eq(&self.who.user_id))
            .filter(Column::SessionKey.eq(&key))
            .filter(Column::DeletedAt.is_null())
            .count(self.core.db.read())
            .await?;
        Ok((taken == 0).then_some(key))
    }

    /// One of the caller's own keys that reaches where the thread lies.
    fn key(&self, scope: &Scope, id: Option<String>) -> Option<String> {
        id.filter(|id| self.keys.get(id).is_some_and(|team| team.as_deref() == scope.team_id()))
    }

    /// The project a thread lies in, which was imported before it or is there by itself.
    pub(super) async fn project(&mut self, scope: &Scope, id: Option<&str>) -> Result<Option<String>, DbErr> {
        let Some(id) = id else { return Ok(None) };
        let key = (scope.team_id().unwrap_or_default().to_owned(), id.to_owned());
        if let Some(known) = self.projects.get(&key) {
            return Ok(known.clone());
        }
        let ids = Ids::of(What::Project, self.who, scope.team_id(), id);
        let found: Vec<String> = projects::Entity::visible_to(scope)
            .select_only()
            .column(projects::Column::Id)
            .filter(projects::Column::Id.is_in(ids.both()))
            .into_tuple()
            .all(self.core.db.read())
            .await?;
        // The imported one before the one of its own id, which may be somebody else's.
        let found = ids.both().into_iter().find(|id| found.iter().any(|found| found == id));
        let found = found.map(str::to_owned);
        self.projects.insert(key, found.clone());
        Ok(found)
    }

    /// Notes which document one of the file is here.
    pub(super) fn knows(&mut self, scope: &Scope, id: String, here: String) {
        let team_id = scope.team_id().unwrap_or_default().to_owned();
        self.documents.insert((team_id, id), here);
    }

    /// The thread it was branched from, if that is there. It can only be one that was there before.
    async fn parent(&self, scope: &Scope, id: Option<&str>) -> Result<Option<String>, DbErr> {
        let Some(id) = id else { return Ok(None) };
        let ids = Ids::of(What::Thread, self.who, scope.team_id(), id);
        threads::Entity::visible_to(scope)
            .select_only()
            .column(threads::Column::Id)
            .filter(threads::Column::UserId.eq(&self.who.user_id))
            .filter(threads::Column::Id.is_in(ids.both()))
            .into_tuple()
            .one(self.core.db.read())
            .await
    }

    /// Takes the next messages of the thread; how many of them were there already.
    pub(super) async fn add(&mut self, mut turns: Vec<Turn>) -> Result<usize, Error> {
        let Some(thread) = &mut self.thread else { return Ok(0) };
        let all = turns.len();
        let (thread_id, who) = (&thread.row.id, &self.who.user_id);
        for turn in &mut turns {
            turn.id = new_id_of(What::Message, who, thread_id, "", &turn.id);
            turn.reply_to = turn
                .reply_to
                .take()
                .map(|id| new_id_of(What::Message, who, thread_id, "", &id));
        }
        turns.retain(|turn| thread.seen.insert(turn.id.clone()));
        let doubles = all - turns.len();
        // The first batch waits: when it is the only one, the thread is one transaction.
        let before = std::mem::replace(&mut thread.waiting, turns);
        if !before.is_empty() {
            self.write(before, false).await?;
        }
        Ok(doubles)
    }

    /// Ends the thread; nothing when none was begun.
    pub(super) async fn end(&mut self) -> Result<Option<Done>, Error> {
        let Some(thread) = &mut self.thread else {
            return Ok(None);
        };
        let waiting = std::mem::take(&mut thread.waiting);
        let is_new = self.write(waiting, true).await?;
        Ok(self.thread.take().map(|thread| Done {
            is_new,
            messages: u32::try_from(thread.row.message_count).unwrap_or(0),
            shared_with: thread
                .row
                .team_id
                .filter(|_| thread.row.visibility == Visibility::Shared),
        }))
    }

    /// Leaves nothing of a thread that was begun and can't be ended.
    pub(super) async fn abandon(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take().filter(|thread| thread.is_there) else {
            return Ok(());
        };
        self.forget(self.core.db.write(), &thread.row.id).await?;
        Ok(())
    }

    /// Removes the caller's own deleted thread of this id.
    async fn forget(&self, db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
        threads::Entity::delete_many()
            .filter(threads::Column::Id.eq(id))
            .filter(threads::Column::UserId.eq(&self.who.user_id))
            .filter(threads::Column::DeletedAt.is_not_null())
            .exec(db)
            .await
            .map(drop)
    }

    /// Writes messages, and the thread before the first and after the last of them; false when somebody else was faster.
    async fn write(&mut self, turns: Vec<Turn>, last: bool) -> Result<bool, Error> {
        let Some(mut thread) = self.thread.take() else {
            return Ok(false);
        };
        let written = self.write_rows(&mut thread, turns, last).await;
        self.thread = Some(thread);
        written
    }

    async fn write_rows(&self, thread: &mut Thread, mut turns: Vec<Turn>, last: bool) -> Result<bool, Error> {
        if thread.is_lost {
            return Ok(false);
        }
        let tx = self.core.db.begin().await?;
        // It takes its time, and a membership may have ended.
        if let Some(team_id) = thread.scope.team_id() {
            realm::to_write(&tx, self.who, Some(team_id), VIEWERS).await?;
        }
        let rests = self.rests(&tx, &thread.scope, &mut turns).await?;
        let messages = self.messages(thread, turns, self.core.clock.now());
        if last {
            thread.row.deleted_at = None;
        }
        let row = thread.row.clone().into_active_model().reset_all();
        if thread.is_there {
            threads::Entity::update(row).exec(&tx).await?;
        } else {
            self.forget(&tx, &thread.row.id).await?;
            let written = threads::Entity::insert(row)
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(&tx)
                .await?;
            if written == 0 {
                thread.is_lost = true;
                return Ok(false);
            }
        }
        if !messages.is_empty() {
            messages::Entity::insert_many(messages)
                .exec_without_returning(&tx)
                .await?;
            documents::note_imported(&tx, rests).await?;
        }
        if last {
            note_read(&tx, &self.who.user_id, &thread.row.id, thread.row.last_message_at).await?;
        }
        tx.commit().await?;
        thread.is_there = !last;
        Ok(true)
    }

    /// Lets the sources of messages lead to the documents that are here, and to none otherwise: which message rests on
    /// which documents.
    async fn rests(
        &self,
        tx: &DatabaseTransaction,
        scope: &Scope,
        turns: &mut [Turn],
    ) -> Result<HashMap<String, Vec<String>>, DbErr> {
        let sources = turns.iter().flat_map(|turn| &turn.sources);
        let named: HashSet<&String> = sources.filter_map(|source| source.document_id.as_ref()).collect();
        let team_id = scope.team_id().unwrap_or_default();
        let ids = |id: &String| {
            let here = self.documents.get(&(team_id.to_owned(), id.clone()));
            match here {
                Some(here) => vec![here.clone()],
                None => {
                    let ids = Ids::of(What::Document, self.who, scope.team_id(), id);
                    ids.both().into_iter().map(str::to_owned).collect()
                }
            }
        };
        let known: HashMap<String, Vec<String>> = named.into_iter().map(|id| (id.clone(), ids(id))).collect();
        let asked = known.values().flatten().cloned().collect();
        let there = documents::hold(tx, scope, asked).await?;
        let mut rests = HashMap::new();
        for turn in turns {
            let mut on: Vec<String> = Vec::new();
            for source in &mut turn.sources {
                let ids = source.document_id.take().and_then(|id| known.get(&id));
                let found = ids.and_then(|ids| ids.iter().find(|id| there.contains(*id)));
                if let Some(found) = found {
                    source.document_id = Some(found.clone());
                    if !on.contains(found) {
                        on.push(found.clone());
                    }
                } else {
                    source.passage = None;
                }
            }
            if !on.is_empty() {
                rests.insert(turn.id.clone(), on);
            }
        }
        Ok(rests)
    }

    /// The rows of messages, and what the thread's own row says of them.
    fn messages(&self, thread: &mut Thread, turns: Vec<Turn>, now: Timestamp) -> Vec<messages::ActiveModel> {
        let row = &mut thread.row;
        row.message_count = i32::try_from(thread.seen.len()).unwrap_or(i32::MAX);
        let mut rows = Vec::with_capacity(turns.len());
        for turn in turns {
            let at = turn.created_at.or(thread.last).unwrap_or(row.created_at).min(now);
            thread.last = Some(at);
            row.last_message_at = row.last_message_at.max(at);
            if !turn.content.trim().is_empty() {
                row.last_message_preview = Some(text::beginning(&turn.content, PREVIEW_LENGTH));
            }
            rows.push(messages::ActiveModel {
                seq: NotSet,
                id: Set(turn.id),
                thread_id: Set(row.id.clone()),
                user_id: Set(self.who.user_id.clone()),
                api_key_id: Set(self.key(&thread.scope, turn.api_key_id)),
                reply_to: Set(turn.reply_to.filter(|id| thread.seen.contains(id))),
                role: Set(turn.role),
                content: Set(turn.content),
                status: Set(turn.status),
                model: Set(turn.model),
                prompt_tokens: Set(turn.prompt_tokens),
                completion_tokens: Set(turn.completion_tokens),
                finish_reason: Set(turn.finish_reason),
                reasoning: Set(turn.reasoning),
                sources: Set(documents::sources_json(&turn.sources)),
                prompt_report: Set(turn.prompt_report),
                error: Set(turn.error),
                error_code: Set(turn.error_code),
                in_context: Set(turn.in_context),
                feedback: Set(turn.feedback.map(|feedback| match feedback {
                    wire::Feedback::Up => "up".to_owned(),
                    wire::Feedback::Down => "down".to_owned(),
                })),
                feedback_comment: Set(turn.feedback_comment),
                lease_owner: Set(None),
                lease_until: Set(None),
                created_at: Set(at),
                updated_at: Set(at),
                superseded_at: Set(None),
                request_id: Set(turn.request_id),
                author_left: Set(false),
            });
        }
        rows
    }
}
