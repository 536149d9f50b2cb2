//! Documents as archives have them, made fit to be written: what can't be kept is left out, what is out of bounds is
//! refused with a sentence.

use serde::Deserialize;
use serde_json::{Map, Value};
use types::documents::DocumentKind;

use super::turn::{self, Timed, explain, lenient};
use crate::documents::Kept;

/// Bytes of what one document says: more than any that was read here has, whatever it is written in.
const LONGEST: usize = 16 << 20;

/// Passages of one, at most: more than a project can have.
const MOST_PASSAGES: usize = 50_000;

/// Fields of a document.
pub(super) const HEAD: &[&str] = &[
    "id",
    "projectId",
    "teamId",
    "title",
    "kind",
    "sizeBytes",
    "characters",
    "digest",
    "createdAt",
];

/// A document of an archive.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) id: String,
    pub(super) project_id: String,
    pub(super) team_id: Option<String>,
    pub(super) kept: Kept,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    id: String,
    project_id: String,
    #[serde(default, deserialize_with = "lenient")]
    team_id: Option<String>,
    title: String,
    #[serde(default, deserialize_with = "lenient")]
    kind: Option<DocumentKind>,
    #[serde(default, deserialize_with = "lenient")]
    size_bytes: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    characters: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    digest: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Timed>,
}

/// Gathers what a document says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    passages: Vec<String>,
    bytes: usize,
    wrong: Option<String>,
}

impl Reading {
    /// Takes the next passage; false when that is the end of it.
    pub(super) fn passage(&mut self, json: &str) -> bool {
        match serde_json::from_str::<String>(json) {
            Ok(text) => {
                self.bytes += text.len();
                self.passages.push(turn::without_nul(text));
                if self.bytes > LONGEST || self.passages.len() > MOST_PASSAGES {
                    self.wrong = Some("It has more text than a document can have".to_owned());
                }
            }
            Err(error) => self.wrong = Some(format!("A passage in it can't be read: {}", explain(&error))),
        }
        self.wrong.is_none()
    }

    /// All of it, which was to be the document of this id.
    pub(super) fn end(self, id: &str, read: Result<Option<Map<String, Value>>, String>) -> Result<Paper, String> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let head = read?.ok_or("There is no document of Latchkey in it")?;
        let head: Head = serde_json::from_value(Value::Object(head)).map_err(|error| explain(&error))?;
        if head.id != id {
            return Err("Another document is in it than its name says".to_owned());
        }
        Ok(Paper {
            id: head.id,
            project_id: turn::id(&head.project_id)?,
            team_id: head.team_id,
            kept: Kept {
                title: head.title,
                kind: head.kind.unwrap_or(DocumentKind::Text),
                size_bytes: head.size_bytes.unwrap_or(0),
                characters: head.characters.unwrap_or(0),
                digest: head.digest.filter(|digest| is_sha256(digest)),
                created_at: head.created_at.map(|at| at.0),
                passages: self.passages,
            },
        })
    }
}

fn is_sha256(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
