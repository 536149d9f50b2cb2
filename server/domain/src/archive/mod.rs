//! Everything somebody has as one file, and such files read back.
//!
//! An archive is a ZIP that is written and sent while it is read from the database:
//!
//! ```text
//! settings.json         as GET /api/user/settings; not for keys of teams
//! projects.json         {"projects":[…]}
//! templates.json        {"templates":[…]}, without the built-in ones
//! documents/<id>.json   {"document":{…,"passages":["…"]},"exportedAt","formatVersion"}: what was read in a file, which is not kept
//! threads/<id>.json     {"thread":{…,"messages":[…]},"exportedAt","formatVersion"}, as GET /api/export/{id}, and a little more
//! manifest.json         what it is, of when, and how much of each; last, so that an archive without it is not whole
//! ```
//!
//! A ZIP, because everybody can open one, and each conversation is then a file that says what it is; because it is written
//! from front to back without knowing how much will come; and because what is damaged in it harms one conversation and not
//! all after it. Nothing is in memory but a page of messages or passages and the
//! list of files that ends a ZIP.
//!
//! Importing gives what it writes ids of its own, made from who imports, where it lands and the id in the file. So the same
//! file imported twice changes nothing, the same file imported by two people makes two copies, and no id in a file can
//! reach a row of anybody else.

mod bounded;
mod chatgpt;
mod import;
mod kept;
mod paper;
mod places;
mod read;
mod rows;
mod turn;
mod write;

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use self::import::{Options, run};
pub use self::places::{Imports, Place, Upload, longest};
pub use self::write::{Everything, open};

/// Version of the shape of what is in an archive.
const FORMAT_VERSION: u32 = 1;
/// What a manifest says it is of.
const FORMAT: &str = "latchkey";

const SETTINGS: &str = "settings.json";
const PROJECTS: &str = "projects.json";
const TEMPLATES: &str = "templates.json";
const DOCUMENTS: &str = "documents/";
const MANIFEST: &str = "manifest.json";
const THREADS: &str = "threads/";

/// What an id in a file is the id of.
#[derive(Debug, Clone, Copy)]
enum What {
    Thread,
    /// A message of the thread with this new id.
    Message,
    Project,
    Document,
    Template,
}

/// The new id of something in a file: the same each time the same person imports it to the same place, and nobody else's.
fn new_id_of(what: What, user_id: &str, place: &str, source: &str, id: &str) -> String {
    let what = match what {
        What::Thread => "thread",
        What::Message => "message",
        What::Project => "project",
        What::Document => "document",
        What::Template => "template",
    };
    let mut hasher = Sha256::new();
    for part in ["latchkey import", what, user_id, place, source, id] {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(hasher.finalize().get(..16).unwrap_or(&[0; 16]));
    // Version 8 is for what is made by a rule of one's own.
    Uuid::new_v8(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::is_id;

    #[test]
    fn new_ids_differ_where_anything_does_and_are_the_same_where_nothing_does() {
        let of = |what, user, place, source, id| new_id_of(what, user, place, source, id);
        let ids = [
            of(What::Thread, "u", "", "latchkey", "a"),
            of(What::Project, "u", "", "latchkey", "a"),
            of(What::Document, "u", "", "latchkey", "a"),
            of(What::Thread, "v", "", "latchkey", "a"),
            of(What::Thread, "u", "t", "latchkey", "a"),
            of(What::Thread, "u", "", "chatgpt", "a"),
            of(What::Thread, "u", "", "latchkey", "b"),
            of(What::Thread, "u", "latchkey", "", "a"),
        ];
        for (at, id) in ids.iter().enumerate() {
            assert!(is_id(id), "{id}");
            assert!(!ids[..at].contains(id), "{at}");
        }
        assert_eq!(ids[0], of(What::Thread, "u", "", "latchkey", "a"));
    }
}
