//! Everything somebody has, written as an archive while it is read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use entity::{Scope, Timestamp, api_keys, documents, messages, passages, projects, templates, threads};
use futures::Stream;
use futures::stream::try_unfold;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;
use types::archive::Counted;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::kept::{self, KeptMessage, KeptThread};
use super::{DOCUMENTS, FORMAT, FORMAT_VERSION, MANIFEST, PROJECTS, SETTINGS, TEMPLATES, THREADS};
use crate::access::Principal;
use crate::accounts::Client;
use crate::audit::{self, Action};
use crate::messages::Row;
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
    /// Ids of documents that are still to be written, the next one last.
    document_ids: Vec<String>,
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
    /// Between documents.
    Documents,
    /// In this document, after this passage.
    Passages(String, i32),
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
    let mut document_ids: Vec<String> = documents::Entity::visible_to(&who.scope)
        .select_only()
        .column(documents::Column::Id)
        .filter(documents::Column::UserId.eq(&who.user_id))
        .into_tuple()
        .all(core.db.read())
        .await?;
    document_ids.sort_by(|one, other| other.cmp(one));
    let detail = json!({ "reach": who.reach(), "threads": ids.len(), "documents": document_ids.len() });
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
        document_ids,
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
                self.place = Place::Documents;
            }
            Place::Documents => {
                self.place = match self.next_document().await? {
                    Some(id) => Place::Passages(id, 0),
                    None => Place::Threads,
                };
            }
            Place::Passages(id, after) => {
                self.place = match self.passages(&id, after).await? {
                    Some(after) => Place::Passages(id, after),
                    None => Place::Documents,
                };
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
                self.write(&kept::project(row))?;
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
                self.write(&kept::template(row))?;
                self.written.templates += 1;
            }
        }
    }

    /// Begins the next document that is still there, and gives its id.
    async fn next_document(&mut self) -> Result<Option<String>, Error> {
        while let Some(id) = self.document_ids.pop() {
            self.core.still_allowed(&self.who).await?;
            let found = documents::Entity::visible_to(&self.who.scope)
                .filter(documents::Column::Id.eq(&id))
                .one(self.core.db.read())
                .await?;
            let Some(document) = found else { continue };
            let team_id: Option<Option<String>> = projects::Entity::find_by_id(&document.project_id)
                .select_only()
                .column(projects::Column::TeamId)
                .into_tuple()
                .one(self.core.db.read())
                .await?;
            self.begin(&format!("{DOCUMENTS}{id}.json"))?;
            let json = text_of(&kept::document(document, team_id.flatten()))?;
            self.open("document", json, "passages")?;
            self.written.documents += 1;
            return Ok(Some(id));
        }
        Ok(None)
    }

    /// Writes a page of passages; after which one it goes on, or nothing when that was all.
    async fn passages(&mut self, document_id: &str, after: i32) -> Result<Option<i32>, Error> {
        use passages::Column;
        let rows: Vec<(i32, String)> = passages::Entity::find()
            .select_only()
            .columns([Column::Number, Column::Content])
            .filter(Column::DocumentId.eq(document_id))
            .filter(Column::Number.gt(after))
            .order_by_asc(Column::Number)
            .limit(PAGE)
            .into_tuple()
            .all(self.core.db.read())
            .await?;
        let last = rows.last().map(|(number, _)| *number);
        let whole = is_last(rows.len());
        for (at, (_, text)) in rows.into_iter().enumerate() {
            self.comma(after > 0 || at > 0)?;
            self.write(&text)?;
        }
        if !whole {
            return Ok(last);
        }
        self.close()?;
        Ok(None)
    }

    /// Begins the next thread that is still there, and gives its id.
    async fn next_thread(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(thread) = self.threads.pop() {
                let id = thread.id.clone();
                self.begin(&format!("{THREADS}{id}.json"))?;
                let json = text_of(&KeptThread::of(thread))?;
                self.open("thread", json, "messages")?;
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
        let whole = is_last(rows.len());
        for (at, row) in rows.into_iter().enumerate() {
            self.comma(after > 0 || at > 0)?;
            let message = KeptMessage::of(&self.core, row);
            self.write(&message)?;
            self.written.messages += 1;
        }
        if !whole {
            return Ok(last);
        }
        self.close()?;
        Ok(None)
    }

    /// Begins the one object of a file, and the array in it that the rest of the file is.
    fn open(&mut self, what: &str, mut json: String, array: &str) -> Result<(), Error> {
        // Its closing brace comes with the end of the file.
        json.pop();
        self.text(&format!("{{\"{what}\":{json},\"{array}\":["))
    }

    /// Ends what [`open`](Self::open) began.
    fn close(&mut self) -> Result<(), Error> {
        let at = text_of(&self.at.to_string())?;
        self.text(&format!("]}},\"exportedAt\":{at},\"formatVersion\":{FORMAT_VERSION}}}"))
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

/// Whether a page of so many rows is the last.
fn is_last(rows: usize) -> bool {
    rows < usize::try_from(PAGE).unwrap_or(usize::MAX)
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
