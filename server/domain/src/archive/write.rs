//! Everything somebody has, written as an archive while it is read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use entity::{Scope, Timestamp, api_keys, messages, projects, templates, threads};
use futures::Stream;
use futures::stream::try_unfold;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::{Value, json};
use types::archive::Counted;
use types::threads as wire;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{FORMAT, FORMAT_VERSION, MANIFEST, PROJECTS, SETTINGS, TEMPLATES, THREADS};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::messages::{Row, to_wire};
use crate::threads::to_wire as thread_to_wire;
use crate::{Core, Error, settings};

/// Rows that are read at a time.
const PAGE: u64 = 100;
/// Threads whose rows are read at a time.
const THREADS_AT_ONCE: usize = 100;
/// Bytes that are sent on together, at least; what is less waits for more.
const WORTH_SENDING: usize = 32 << 10;

/// Everything a caller may have of their own: for a person all that is theirs, for a key what is theirs where it reaches.
pub struct Everything {
    /// What to call the file.
    pub file_name: String,
    core: Arc<Core>,
    who: Principal,
    at: Timestamp,
    zip: Option<Zip>,
    /// What is written and not yet sent.
    written_bytes: Buffer,
    /// Ids of threads that are still to be written, the next one last.
    ids: Vec<String>,
    /// Those of them whose rows are read, the next one last.
    threads: Vec<threads::Model>,
    written: Counted,
    place: Place,
}

type Zip = ZipWriter<StreamWriter<Buffer>>;

/// What is written, until it is taken.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// All of it when it is at least so much; nothing otherwise.
    fn take(&self, least: usize) -> Bytes {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() < least {
            return Bytes::new();
        }
        std::mem::take(&mut *bytes).into()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the writing is.
enum Place {
    Head,
    /// Between threads.
    Threads,
    /// In this one, after this message.
    Messages(String, i64),
    Over,
}

/// Begins. That it was done is on record.
pub async fn open(core: &Arc<Core>, who: &Principal, client: &Client) -> Result<Everything, Error> {
    let at = core.clock.now();
    // All ids at once, so that a thread whose place in lists changes meanwhile is neither missed nor there twice. The list
    // of files that ends a ZIP is larger than they are.
    let mut ids: Vec<String> = threads::Entity::visible_to(&who.scope)
        .select_only()
        .column(threads::Column::Id)
        .filter(threads::Column::UserId.eq(&who.user_id))
        .into_tuple()
        .all(core.db.read())
        .await?;
    ids.sort_by(|one, other| other.cmp(one));
    let detail = json!({ "reach": who.reach(), "threads": ids.len() });
    audit::record(
        core.db.write(),
        Action::DataExported,
        Some(&who.user_id),
        &who.user_id,
        Some(detail),
        client,
    )
    .await?;
    let written_bytes = Buffer::default();
    Ok(Everything {
        file_name: format!("latchkey-{}.zip", at.day()),
        core: Arc::clone(core),
        who: who.clone(),
        at,
        zip: Some(ZipWriter::new_stream(written_bytes.clone())),
        written_bytes,
        ids,
        threads: Vec::new(),
        written: Counted::default(),
        place: Place::Head,
    })
}

impl Everything {
    /// The archive, piece by piece.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        try_unfold(self, |mut archive| async move {
            loop {
                if matches!(archive.place, Place::Over) {
                    return Ok(None);
                }
                archive.go_on().await?;
                let piece = archive.piece()?;
                if !piece.is_empty() {
                    return Ok(Some((piece, archive)));
                }
            }
        })
    }

    /// What is worth sending; everything at the end.
    fn piece(&mut self) -> Result<Bytes, Error> {
        if !matches!(self.place, Place::Over) {
            return Ok(self.written_bytes.take(WORTH_SENDING));
        }
        if let Some(zip) = self.zip.take() {
            zip.finish().map_err(fault)?;
        }
        Ok(self.written_bytes.take(0))
    }

    /// Writes what comes next.
    async fn go_on(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.place, Place::Over) {
            Place::Over => {}
            Place::Head => {
                self.head().await?;
                self.place = Place::Threads;
            }
            Place::Threads => match self.next_thread().await? {
                Some(id) => self.place = Place::Messages(id, 0),
                None => self.manifest()?,
            },
            Place::Messages(id, after) => {
                self.place = match self.messages(&id, after).await? {
                    Some(after) => Place::Messages(id, after),
                    None => Place::Threads,
                };
            }
        }
        Ok(())
    }

    async fn head(&mut self) -> Result<(), Error> {
        if self.who.scope.team_id().is_none() {
            let settings = settings::read(&self.core, &self.who).await?;
            self.begin(SETTINGS)?;
            self.write(&settings)?;
        }
        self.begin(PROJECTS)?;
        self.text("{\"projects\":[")?;
        self.projects().await?;
        self.text("]}")?;
        self.begin(TEMPLATES)?;
        self.text("{\"templates\":[")?;
        self.templates().await?;
        self.text("]}")
    }

    async fn projects(&mut self) -> Result<(), Error> {
        use projects::Column;
        let mut after = String::new();
        loop {
            let rows = projects::Entity::visible_to(&self.who.scope)
                .filter(Column::UserId.eq(&self.who.user_id))
                .filter(Column::Id.gt(&after))
                .order_by_asc(Column::Id)
                .limit(PAGE)
                .all(self.core.db.read())
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for row in rows {
                self.comma(self.written.projects > 0)?;
                self.write(&project(row))?;
                self.written.projects += 1;
            }
        }
    }

    async fn templates(&mut self) -> Result<(), Error> {
        use templates::Column;
        let mut after = String::new();
        loop {
            let rows = templates::Entity::visible_to(&self.who.scope)
                .filter(Column::UserId.eq(&self.who.user_id))
                .filter(Column::Id.gt(&after))
                .order_by_asc(Column::Id)
                .limit(PAGE)
                .all(self.core.db.read())
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for row in rows {
                self.comma(self.written.templates > 0)?;
                self.write(&template(row))?;
                self.written.templates += 1;
            }
        }
    }

    /// Begins the next thread that is still there, and gives its id.
    async fn next_thread(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(thread) = self.threads.pop() {
                let id = thread.id.clone();
                self.begin(&format!("{THREADS}{id}.json"))?;
                let mut json = text_of(&KeptThread::of(thread))?;
                // The messages go into the thread's own object, whose closing brace comes with the end of the file.
                json.pop();
                self.text(&format!("{{\"thread\":{json},\"messages\":["))?;
                self.written.threads += 1;
                return Ok(Some(id));
            }
            if self.ids.is_empty() {
                return Ok(None);
            }
            // It takes its time, and who asked may not be allowed to any more.
            self.core.still_allowed(&self.who).await?;
            let ids = self.ids.split_off(self.ids.len().saturating_sub(THREADS_AT_ONCE));
            self.threads = threads::Entity::visible_to(&self.who.scope)
                .filter(threads::Column::UserId.eq(&self.who.user_id))
                .filter(threads::Column::Id.is_in(ids))
                .order_by_desc(threads::Column::Id)
                .all(self.core.db.read())
                .await?;
        }
    }

    /// Writes a page of messages; after which one it goes on, or nothing when that was all.
    async fn messages(&mut self, thread_id: &str, after: i64) -> Result<Option<i64>, Error> {
        if after > 0 {
            self.core.still_allowed(&self.who).await?;
        }
        let backend = self.core.db.backend();
        let rows: Vec<Row> = messages::Entity::oldest_of_thread(backend, thread_id, after.saturating_add(1))
            .find_also_related(api_keys::Entity)
            .limit(PAGE)
            .all(self.core.db.read())
            .await?;
        let last = rows.last().map(|(message, _)| message.seq);
        let whole = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for (at, row) in rows.into_iter().enumerate() {
            self.comma(after > 0 || at > 0)?;
            let message = KeptMessage::of(&self.core, row);
            self.write(&message)?;
            self.written.messages += 1;
        }
        if !whole {
            return Ok(last);
        }
        let at = text_of(&self.at.to_string())?;
        self.text(&format!("]}},\"exportedAt\":{at},\"formatVersion\":{FORMAT_VERSION}}}"))?;
        Ok(None)
    }

    fn manifest(&mut self) -> Result<(), Error> {
        self.begin(MANIFEST)?;
        self.write(&json!({
            "format": FORMAT,
            "formatVersion": FORMAT_VERSION,
            "exportedAt": self.at.to_string(),
            "reach": match &self.who.scope {
                Scope::Everywhere { .. } => "everything",
                Scope::Personal { .. } => "personal",
                Scope::Team { .. } => "team",
            },
            "counts": self.written,
        }))
    }

    /// Ends the file before and begins another.
    fn begin(&mut self, name: &str) -> Result<(), Error> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip_time(self.at))
            .unix_permissions(0o600);
        self.zip()?.start_file(name, options).map_err(fault)
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.zip()?.write_all(text.as_bytes()).map_err(fault)
    }

    fn comma(&mut self, needed: bool) -> Result<(), Error> {
        if needed { self.text(",") } else { Ok(()) }
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(self.zip()?, value).map_err(fault)
    }

    fn zip(&mut self) -> Result<&mut Zip, Error> {
        self.zip
            .as_mut()
            .ok_or_else(|| Error::Internal("an archive is written after its end".to_owned()))
    }
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an archive can't be written: {error}"))
}

fn text_of(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(fault)
}

/// A time as a ZIP has it, to two seconds.
fn zip_time(at: Timestamp) -> DateTime {
    let text = at.to_string();
    let part = |from: usize, to: usize| {
        text.get(from..to)
            .and_then(|part| part.parse::<u16>().ok())
            .unwrap_or(0)
    };
    let small = |from, to| u8::try_from(part(from, to)).unwrap_or(0);
    let time = DateTime::from_date_and_time(
        part(0, 4),
        small(5, 7),
        small(8, 10),
        small(11, 13),
        small(14, 16),
        small(17, 19),
    );
    time.unwrap_or_default()
}

/// A thread with what the API does not show of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeptThread {
    #[serde(flatten)]
    thread: wire::Thread,
    pinned_at: Option<String>,
    archived_at: Option<String>,
    session_key: Option<String>,
    parent_thread_id: Option<String>,
    api_key_id: Option<String>,
}

impl KeptThread {
    fn of(mut thread: threads::Model) -> Self {
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
struct KeptMessage {
    #[serde(flatten)]
    message: wire::Message,
    reply_to: Option<String>,
    in_context: bool,
    error_code: Option<String>,
    feedback_comment: Option<String>,
}

impl KeptMessage {
    fn of(core: &Core, (mut message, key): Row) -> Self {
        Self {
            reply_to: message.reply_to.take(),
            in_context: message.in_context,
            error_code: message.error_code.take(),
            feedback_comment: message.feedback_comment.take(),
            message: to_wire(core, message, key),
        }
    }
}

fn project(project: projects::Model) -> Value {
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

fn template(template: templates::Model) -> Value {
    json!({
        "id": template.id,
        "name": template.name,
        "prompt": template.prompt,
        "teamId": template.team_id,
        "createdAt": template.created_at.to_string(),
        "updatedAt": template.updated_at.to_string(),
    })
}
