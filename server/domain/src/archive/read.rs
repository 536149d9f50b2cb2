//! Files that are imported, read from their beginning to their end. Nothing here knows the database; what is read is
//! handed on one by one, and whoever takes it says when they have enough.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use types::archive::{ImportSource, Skipped};
use zip::ZipArchive;
use zip::result::ZipError;

use super::bounded::{Bounds, Each, Exceeded};
use super::paper::{self, Paper};
use super::turn::{self, Head, Turn};
use super::{DOCUMENTS, FORMAT, FORMAT_VERSION, MANIFEST, PROJECTS, SETTINGS, TEMPLATES, THREADS, chatgpt};
use crate::clock::is_id;

/// Bytes of the list of files that a ZIP ends with: of 200,000 files and more.
const LONGEST_LIST: u64 = 32 << 20;
const MOST_FILES: usize = 250_000;
/// What may come out of a file: so much, and so many times its size. Chats are packed to a tenth; what is read is read
/// twice.
const ALWAYS_ALLOWED: u64 = 64 << 20;
const MOST_RATIO: u64 = 200;
/// Bytes of a message or anything else in an archive as JSON, and of a conversation of `ChatGPT`.
const LONGEST_MESSAGE: u64 = 16 << 20;
const LONGEST_CONVERSATION: u64 = 48 << 20;
const LONGEST_SMALL: u64 = 1 << 20;
/// Messages that are handed on together, and bytes of their texts.
const AT_ONCE: usize = 200;
const BYTES_AT_ONCE: usize = 1 << 20;
const BUFFER: usize = 64 << 10;

/// Something out of a file.
#[derive(Debug)]
pub(super) enum Item {
    Settings(Value),
    Project(Value),
    Template(Value),
    Document(Box<Paper>),
    /// A thread begins.
    Thread(Box<Beginning>),
    /// Messages of the thread that began.
    Turns(Vec<Turn>),
    /// It is whole.
    End,
    /// It can't be read to its end, because of this.
    Broken(String),
    Skipped(Skipped),
    /// Hundredths of the file.
    Progress(u32),
}

#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) source: ImportSource,
    pub(super) id: String,
    pub(super) head: Head,
}

/// Why a file is not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Nobody takes it any more.
    Gone,
    /// What is wrong with the file, in a sentence.
    Wrong(String),
}

/// Takes what is read; false when no more is wanted.
pub(super) type Send<'s> = &'s mut dyn FnMut(Item) -> bool;

fn wrong(sentence: impl Into<String>) -> Stopped {
    Stopped::Wrong(sentence.into())
}

fn sent(taken: bool) -> Result<(), Stopped> {
    if taken { Ok(()) } else { Err(Stopped::Gone) }
}

/// What kind of file it is. Only looked at, not read.
pub(super) fn kind(file: &mut File) -> Result<Kind, Stopped> {
    let mut start = Vec::new();
    let read = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.by_ref().take(1 << 10).read_to_end(&mut start))
        .and_then(|_| file.seek(SeekFrom::Start(0)));
    read.map_err(|error| wrong(damaged(&error)))?;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Ok(Kind::Zip);
    }
    let marked = start.starts_with(b"\xef\xbb\xbf");
    let text = if marked {
        start.get(3..).unwrap_or_default()
    } else {
        &start
    };
    match text.trim_ascii_start().first() {
        Some(b'[') => Ok(Kind::Conversations { marked }),
        Some(b'{') => Ok(Kind::Thread { marked }),
        None => Err(wrong("The file is empty")),
        Some(_) => Err(wrong(
            "This is neither a ZIP archive nor JSON. Choose an export of Latchkey, or what ChatGPT sent you.",
        )),
    }
}

/// What a file is at its first glance; `marked` with a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Conversations { marked: bool },
    Thread { marked: bool },
}

/// Reads a file of so many bytes.
pub(super) fn read(mut file: File, length: u64, send: Send<'_>) -> Result<ImportSource, Stopped> {
    let bounds = Bounds::new(ALWAYS_ALLOWED.saturating_add(length.saturating_mul(MOST_RATIO)));
    match kind(&mut file)? {
        Kind::Zip => archive(file, &bounds, send),
        Kind::Conversations { marked } => {
            after_mark(&mut file, marked)?;
            conversations(&file, length, &bounds, send)?;
            Ok(ImportSource::Chatgpt)
        }
        Kind::Thread { marked } => {
            let open = |read: Pass<'_>| {
                after_mark(&mut file, marked)?;
                read(&mut file)
            };
            match thread(None, &bounds, open, send) {
                Ok(()) => Ok(ImportSource::Latchkey),
                Err(Stopped::Gone) => Err(Stopped::Gone),
                Err(Stopped::Wrong(reason)) => Err(wrong(reason)),
            }
        }
    }
}

fn after_mark(file: &mut File, marked: bool) -> Result<(), Stopped> {
    let start = SeekFrom::Start(if marked { 3 } else { 0 });
    file.seek(start).map(drop).map_err(|error| wrong(damaged(&error)))
}

fn damaged(error: &io::Error) -> String {
    tracing::debug!(%error, "a file that is imported can't be read");
    "It is damaged and can't be read".to_owned()
}

/// A file that is not read for longer than it takes to list what is in it.
struct Metered {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => {
                self.left.set(0);
                return Err(io::Error::other(Exceeded::All.to_string()));
            }
        }
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

type Zip = ZipArchive<BufReader<Metered>>;

fn archive(file: File, bounds: &Bounds, send: Send<'_>) -> Result<ImportSource, Stopped> {
    let left = Rc::new(Cell::new(LONGEST_LIST));
    let metered = Metered {
        file,
        left: Rc::clone(&left),
    };
    let mut zip = ZipArchive::new(BufReader::new(metered)).map_err(|error| {
        tracing::debug!(%error, "an archive can't be opened");
        wrong(match left.get() {
            0 => "The archive is cut off, or has far too many files in it",
            _ => "The archive is cut off or damaged. Download it again and send it whole.",
        })
    })?;
    if zip.len() > MOST_FILES {
        return Err(wrong(format!("The archive has more than {MOST_FILES} files in it")));
    }
    left.set(u64::MAX);
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    if names.iter().any(|name| name == MANIFEST) {
        ours(&mut zip, names, bounds, send)?;
        return Ok(ImportSource::Latchkey);
    }
    let mut conversations_in: Vec<&String> = names.iter().filter(|name| is_conversations(name)).collect();
    conversations_in.sort();
    if conversations_in.is_empty() {
        let ours = names.iter().any(|name| name.starts_with(THREADS));
        return Err(wrong(if ours {
            "The archive is not whole: manifest.json is missing, which is written last"
        } else {
            "There is nothing of Latchkey in this archive, and no conversations.json of ChatGPT"
        }));
    }
    for name in conversations_in {
        let entry = zip.by_name(name).map_err(|error| wrong(unopened(&error)))?;
        let length = entry.size();
        conversations(entry, length, bounds, send)?;
    }
    Ok(ImportSource::Chatgpt)
}

/// `conversations.json`, or one of `conversations-000.json` and so on, in whatever folder.
fn is_conversations(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let number = name
        .strip_prefix("conversations")
        .and_then(|rest| rest.strip_suffix(".json"));
    number.is_some_and(|number| {
        let digits = number.strip_prefix('-').unwrap_or(number);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn unopened(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(_) => "It is encrypted, or packed in a way that is not understood here".to_owned(),
        _ => "It is damaged and can't be read".to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    format: String,
    format_version: u32,
}

fn ours(zip: &mut Zip, mut names: Vec<String>, bounds: &Bounds, send: Send<'_>) -> Result<(), Stopped> {
    let manifest = small(zip, MANIFEST, bounds)?;
    let manifest: Manifest = serde_json::from_str(&manifest)
        .map_err(|error| wrong(format!("manifest.json can't be read: {}", turn::explain(&error))))?;
    if manifest.format != FORMAT {
        return Err(wrong("This archive is of something else than Latchkey"));
    }
    if manifest.format_version != FORMAT_VERSION {
        let version = manifest.format_version;
        return Err(wrong(format!(
            "This archive has version {version} of the format; this server reads version {FORMAT_VERSION}"
        )));
    }
    if names.iter().any(|name| name == SETTINGS) {
        match small(zip, SETTINGS, bounds).map(|json| serde_json::from_str(&json)) {
            Ok(Ok(settings)) => sent(send(Item::Settings(settings)))?,
            Ok(Err(error)) => skip(send, "settings", SETTINGS, turn::explain(&error))?,
            Err(Stopped::Wrong(reason)) => skip(send, "settings", SETTINGS, reason)?,
            Err(gone) => return Err(gone),
        }
    }
    for (name, kind) in [(PROJECTS, "projects"), (TEMPLATES, "templates")] {
        if names.iter().any(|known| known == name) {
            list(zip, name, kind, bounds, send)?;
        }
    }
    // Documents come before the chats that rest on them.
    names.sort_by_key(|name| (!name.starts_with(DOCUMENTS), name.clone()));
    let total = names.len().max(1);
    for (at, name) in names.iter().enumerate() {
        if name.ends_with('/') || [SETTINGS, PROJECTS, TEMPLATES, MANIFEST].contains(&name.as_str()) {
            continue;
        }
        match (name.strip_prefix(DOCUMENTS), name.strip_prefix(THREADS)) {
            (Some(id), _) => one(zip, name, id, ("document", "a document"), send, |id, open, send| {
                document(id, bounds, open, send)
            })?,
            (_, Some(id)) => one(zip, name, id, ("thread", "a chat"), send, |id, open, send| {
                thread(Some(id), bounds, open, send)
            })?,
            _ => skip(send, "file", name, "It is not a part of an archive".to_owned())?,
        }
        sent(send(Item::Progress(percent(at as u64 + 1, total as u64))))?;
    }
    Ok(())
}

/// Opens a file as often as it is read.
type Open<'o> = &'o mut dyn FnMut(Pass<'_>) -> Result<(), Stopped>;

/// Reads one file of an archive, which is named by the id of what is in it. What is wrong with it harms nothing else.
fn one(
    zip: &mut Zip,
    name: &str,
    id: &str,
    (kind, called): (&str, &str),
    send: Send<'_>,
    read: impl FnOnce(&str, Open<'_>, Send<'_>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let Some(id) = id.strip_suffix(".json").filter(|id| is_id(id)) else {
        return skip(send, "file", name, format!("Its name is not that of {called}"));
    };
    let mut open = |read: Pass<'_>| {
        let mut entry = zip.by_name(name).map_err(|error| wrong(unopened(&error)))?;
        read(&mut entry)
    };
    match read(id, &mut open, send) {
        Ok(()) => Ok(()),
        Err(Stopped::Gone) => Err(Stopped::Gone),
        Err(Stopped::Wrong(reason)) if reason == Exceeded::All.to_string() => Err(wrong(reason)),
        Err(Stopped::Wrong(reason)) => skip(send, kind, name, reason),
    }
}

fn percent(part: u64, whole: u64) -> u32 {
    let hundredths = part.saturating_mul(100) / whole.max(1);
    u32::try_from(hundredths.min(100)).unwrap_or(100)
}

fn skip(send: Send<'_>, kind: &str, name: &str, reason: String) -> Result<(), Stopped> {
    sent(send(Item::Skipped(Skipped {
        kind: kind.to_owned(),
        name: turn::shown(name),
        reason,
    })))
}

/// A small file of an archive as a whole.
fn small(zip: &mut Zip, name: &str, bounds: &Bounds) -> Result<String, Stopped> {
    let entry = zip.by_name(name).map_err(|error| wrong(unopened(&error)))?;
    let mut text = String::new();
    let bounds = bounds.each(LONGEST_SMALL);
    match bounds.reader(entry).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(wrong(match bounds.met() {
            Some(bound) => bound.to_string(),
            None if error.kind() == io::ErrorKind::InvalidData => format!("{name} is not text in UTF-8"),
            None => damaged(&error),
        })),
    }
}

/// The elements of the one array in a file of an archive.
fn list(zip: &mut Zip, name: &str, kind: &'static str, bounds: &Bounds, send: Send<'_>) -> Result<(), Stopped> {
    let entry = match zip.by_name(name) {
        Ok(entry) => entry,
        Err(error) => return skip(send, kind, name, unopened(&error)),
    };
    let bounds = bounds.each(LONGEST_SMALL);
    let mut gone = false;
    let mut take = |element: &RawValue| {
        let item = match serde_json::from_str(element.get()) {
            Ok(value) if kind == "projects" => Item::Project(value),
            Ok(value) => Item::Template(value),
            // It is JSON that was read a moment ago: it can only be nested too deep.
            Err(_) => return true,
        };
        gone = !send(item);
        !gone
    };
    let mut fields = Fields {
        known: &[],
        array: kind,
        bounds: &bounds,
        take: &mut take,
    };
    let outcome = parsed(entry, &bounds, &mut fields);
    match outcome {
        _ if gone => Err(Stopped::Gone),
        Ok(_) => Ok(()),
        Err(reason) => skip(send, kind, name, reason),
    }
}

/// Reads a file once.
type Pass<'p> = &'p mut dyn FnMut(&mut dyn Read) -> Result<(), Stopped>;

/// A thread: read once to know that it can be, and once more to be handed on, so that nothing is begun that can't be ended.
fn thread(
    id: Option<&str>,
    bounds: &Bounds,
    mut open: impl FnMut(Pass<'_>) -> Result<(), Stopped>,
    send: Send<'_>,
) -> Result<(), Stopped> {
    let bounds = bounds.each(LONGEST_MESSAGE);
    let mut head = None;
    open(&mut |reader| {
        let mut reason = None;
        let mut take = |element: &RawValue| {
            reason = turn::of_archive(element.get()).err();
            reason.is_none()
        };
        let read = thread_file(reader, &bounds, &mut take);
        match (reason, read) {
            (Some(reason), _) | (None, Err(reason)) => Err(wrong(reason)),
            (None, Ok(read)) => {
                head = Some(read);
                Ok(())
            }
        }
    })?;
    let Some(mut head) = head else { return Ok(()) };
    let own = head.id.take().ok_or_else(|| wrong("It is not a chat of Latchkey"))?;
    let own = turn::id(&own).map_err(wrong)?;
    if id.is_some_and(|id| id != own) {
        return Err(wrong("Another chat is in it than its name says"));
    }
    sent(send(Item::Thread(Box::new(Beginning {
        source: ImportSource::Latchkey,
        id: own,
        head,
    }))))?;
    let mut batch = Batch::default();
    let outcome = open(&mut |reader| {
        let mut gone = false;
        let mut take = |element: &RawValue| {
            // It was read before; what changed in between is not there.
            if let Ok(turn) = turn::of_archive(element.get()) {
                gone = !batch.add(turn, send);
            }
            !gone
        };
        let read = thread_file(reader, &bounds, &mut take);
        if gone {
            return Err(Stopped::Gone);
        }
        read.map(drop).map_err(wrong)
    });
    match outcome {
        Ok(()) => {
            sent(batch.end(send))?;
            sent(send(Item::End))
        }
        Err(Stopped::Gone) => Err(Stopped::Gone),
        Err(Stopped::Wrong(reason)) => sent(send(Item::Broken(reason))),
    }
}

/// A document: handed on as a whole when all of it could be read.
fn document(id: &str, bounds: &Bounds, open: Open<'_>, send: Send<'_>) -> Result<(), Stopped> {
    let bounds = bounds.each(LONGEST_MESSAGE);
    let mut paper = None;
    open(&mut |reader| {
        let mut reading = paper::Reading::default();
        let mut take = |element: &RawValue| reading.passage(element.get());
        let read = file_of(reader, ("document", paper::HEAD, "passages"), &bounds, &mut take);
        paper = Some(reading.end(id, read).map_err(wrong)?);
        Ok(())
    })?;
    match paper {
        Some(paper) => sent(send(Item::Document(Box::new(paper)))),
        None => Ok(()),
    }
}

/// Messages that are handed on together.
#[derive(Default)]
struct Batch {
    turns: Vec<Turn>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, turn: Turn, send: Send<'_>) -> bool {
        self.bytes += turn.content.len();
        self.turns.push(turn);
        (self.turns.len() < AT_ONCE && self.bytes < BYTES_AT_ONCE) || self.end(send)
    }

    fn end(&mut self, send: Send<'_>) -> bool {
        self.bytes = 0;
        let turns = std::mem::take(&mut self.turns);
        turns.is_empty() || send(Item::Turns(turns))
    }
}

const HEAD: &[&str] = &[
    "id",
    "title",
    "projectId",
    "teamId",
    "visibility",
    "model",
    "pinned",
    "archived",
    "pinnedAt",
    "archivedAt",
    "sessionKey",
    "parentThreadId",
    "apiKeyId",
    "createdAt",
    "updatedAt",
];
/// Bytes of a field of a thread; a longer one is none.
const LONGEST_FIELD: usize = 64 << 10;

/// Reads `{"thread":{…,"messages":[…]},…}`; its messages one by one.
fn thread_file(reader: &mut dyn Read, bounds: &Bounds, take: Take<'_>) -> Result<Head, String> {
    let head = file_of(reader, ("thread", HEAD, "messages"), bounds, take)?;
    let head = head.ok_or("There is no chat of Latchkey in it")?;
    serde_json::from_value(Value::Object(head)).map_err(|error| turn::explain(&error))
}

/// Reads a file of one object, of which these fields are kept and this array is read element by element; nothing when
/// the object is not there.
fn file_of(
    reader: &mut dyn Read,
    (what, known, array): (&'static str, &'static [&'static str], &'static str),
    bounds: &Bounds,
    take: Take<'_>,
) -> Result<Option<Map<String, Value>>, String> {
    let mut file = Whole {
        what,
        fields: Fields {
            known,
            array,
            bounds,
            take,
        },
        head: None,
        version: None,
    };
    parsed(reader, bounds, &mut file)?;
    match file.version.filter(|version| *version != FORMAT_VERSION) {
        Some(version) => Err(format!(
            "It has version {version} of the format; this server reads version {FORMAT_VERSION}"
        )),
        None => Ok(file.head),
    }
}

type Take<'t> = &'t mut dyn FnMut(&RawValue) -> bool;

/// A file of an archive.
struct Whole<'f> {
    what: &'static str,
    fields: Fields<'f>,
    head: Option<Map<String, Value>>,
    version: Option<u32>,
}

impl<'de> DeserializeSeed<'de> for &mut Whole<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                key if key == self.what && self.head.is_none() => {
                    self.head = Some(map.next_value_seed(&mut self.fields)?);
                }
                "formatVersion" => self.version = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// An object of which some fields are kept, and one array is read element by element.
struct Fields<'f> {
    known: &'static [&'static str],
    array: &'static str,
    bounds: &'f Bounds,
    take: Take<'f>,
}

impl<'de> DeserializeSeed<'de> for &mut Fields<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Fields<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.array {
                if std::mem::replace(&mut listed, true) {
                    return Err(serde::de::Error::custom(format!("{key} is there twice")));
                }
                map.next_value_seed(Each {
                    bounds: self.bounds,
                    take: &mut *self.take,
                })?;
            } else if self.known.contains(&key.as_str()) {
                let value = map.next_value::<Box<RawValue>>()?;
                if value.get().len() <= LONGEST_FIELD {
                    let value = serde_json::from_str(value.get()).map_err(serde::de::Error::custom)?;
                    kept.insert(key, value);
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(kept)
    }
}

/// Reads one JSON value and makes sure that nothing comes after it; what is wrong as a sentence.
fn parsed<'s, S, T>(reader: impl Read, bounds: &Bounds, seed: S) -> Result<T, String>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + 's,
{
    bounds.renew();
    let reader = BufReader::with_capacity(BUFFER, bounds.reader(reader));
    let mut json = serde_json::Deserializer::from_reader(reader);
    let value = seed.deserialize(&mut json);
    value
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| unread(bounds.met(), &error))
}

fn unread(met: Option<Exceeded>, error: &serde_json::Error) -> String {
    if let Some(bound) = met {
        return bound.to_string();
    }
    match error.classify() {
        serde_json::error::Category::Eof => "It ends in the middle".to_owned(),
        serde_json::error::Category::Io => "It is damaged and can't be read".to_owned(),
        serde_json::error::Category::Syntax => format!("It is not JSON: {}", turn::explain(error)),
        serde_json::error::Category::Data => format!("It does not fit: {}", turn::explain(error)),
    }
}

/// The conversations of `ChatGPT`, element by element.
fn conversations(reader: impl Read, length: u64, bounds: &Bounds, send: Send<'_>) -> Result<(), Stopped> {
    let bounds = bounds.each(LONGEST_CONVERSATION);
    let mut gone = false;
    let mut number = 0_u64;
    let mut bytes = 0_u64;
    let mut said = 0;
    let mut take = |element: &RawValue| {
        number += 1;
        bytes += element.get().len() as u64 + 2;
        gone = conversation(element.get(), number, send).is_err();
        let now = percent(bytes, length);
        if !gone && now > said {
            said = now;
            gone = !send(Item::Progress(now));
        }
        !gone
    };
    let each = Each {
        bounds: &bounds,
        take: &mut take,
    };
    let outcome = parsed(reader, &bounds, each);
    match outcome {
        _ if gone => Err(Stopped::Gone),
        Ok(()) => Ok(()),
        Err(reason) => Err(wrong(if number == 0 {
            format!("The conversations can't be read. {reason}.")
        } else {
            format!("What comes after conversation {number} can't be read. {reason}.")
        })),
    }
}

fn conversation(json: &str, number: u64, send: Send<'_>) -> Result<(), Stopped> {
    let read = match chatgpt::conversation(json) {
        Ok(read) => read,
        Err(reason) => return skip(send, "thread", &title_of(json, number), reason),
    };
    sent(send(Item::Thread(Box::new(Beginning {
        source: ImportSource::Chatgpt,
        id: read.id,
        head: read.head,
    }))))?;
    let mut batch = Batch::default();
    for turn in read.turns {
        sent(batch.add(turn, send))?;
    }
    sent(batch.end(send))?;
    sent(send(Item::End))
}

/// What a conversation that can't be read is called, as far as that can be.
fn title_of(json: &str, number: u64) -> String {
    let fields: Option<HashMap<&str, &RawValue>> = serde_json::from_str(json).ok();
    let title = fields.and_then(|fields| serde_json::from_str::<String>(fields.get("title")?.get()).ok());
    let title = title.filter(|title| !title.trim().is_empty());
    title.unwrap_or_else(|| format!("Conversation {number}"))
}
