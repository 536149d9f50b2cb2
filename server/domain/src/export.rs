//! A thread as a file. It is read and written page by page, so that a long one is never in memory as a whole.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use entity::{api_keys, messages, threads};
use futures::Stream;
use futures::stream::try_unfold;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use types::threads::{Message, MessageRole, MessageStatus};

use crate::access::Principal;
use crate::messages::to_wire;
use crate::threads::{find, to_wire as thread_to_wire};
use crate::views::{FORMER_MEMBER, authors, model_name};
use crate::{Core, Error};

/// Version of the shape of the JSON.
const FORMAT_VERSION: u32 = 1;
const PAGE: u64 = 100;
/// Longest name of a file without its ending: in characters, and in bytes, of which file systems allow 255.
const LONGEST_NAME: usize = 80;
const LONGEST_NAME_BYTES: usize = 200;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Everything, for programs.
    Json,
    /// The conversation, for people.
    Markdown,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }
}

/// A thread that may be exported.
#[derive(Debug)]
pub struct Export {
    /// What to call the file; safe on every system.
    pub file_name: String,
    /// What kind of file it is.
    pub format: Format,
    core: Arc<Core>,
    who: Principal,
    thread: threads::Model,
    /// The newest message when it was asked for; what is said while the file is written is not in it.
    until: i64,
}

/// Finds a thread the caller may see.
pub async fn open(core: &Arc<Core>, who: &Principal, id: &str, format: Format) -> Result<Export, Error> {
    let thread = find(core.db.read(), who, id).await?;
    let newest: Option<i64> = messages::Entity::newest_of_thread(core.db.backend(), &thread.id, i64::MAX)
        .select_only()
        .column(messages::Column::Seq)
        .into_tuple()
        .one(core.db.read())
        .await?;
    Ok(Export {
        file_name: file_name(&thread.title, format),
        format,
        core: Arc::clone(core),
        who: who.clone(),
        thread,
        until: newest.unwrap_or(0),
    })
}

/// Where the writing of a file is.
enum Place {
    Head,
    After(i64),
    Over,
}

impl Export {
    /// The file, piece by piece.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        try_unfold((self, Place::Head), |(export, place)| async move {
            let (piece, next) = match place {
                Place::Over => return Ok(None),
                Place::Head => (export.head()?, Place::After(0)),
                Place::After(seq) => export.page(seq).await?,
            };
            Ok(Some((Bytes::from(piece), (export, next))))
        })
    }

    fn head(&self) -> Result<String, Error> {
        let thread = thread_to_wire(self.thread.clone());
        match self.format {
            Format::Json => {
                let mut json = json(&thread)?;
                // The messages go into the thread's own object, whose closing brace comes with the end of the file.
                json.pop();
                Ok(format!("{{\"thread\":{json},\"messages\":["))
            }
            Format::Markdown => Ok(format!("# {}\n", plain(&thread.title))),
        }
    }

    /// The messages that follow, with the end of the file when they are the last.
    async fn page(&self, after: i64) -> Result<(String, Place), Error> {
        use messages::Column;
        let backend = self.core.db.backend();
        let rows = messages::Entity::oldest_of_thread(backend, &self.thread.id, after.saturating_add(1))
            .filter(Column::Seq.lte(self.until))
            .find_also_related(api_keys::Entity)
            .limit(PAGE)
            .all(self.core.db.read())
            .await?;
        let last = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        let next = rows.last().map_or(after, |(message, _)| message.seq);
        let mut text = String::new();
        match self.format {
            Format::Json => {
                for (at, (message, key)) in rows.into_iter().enumerate() {
                    if after > 0 || at > 0 {
                        text.push(',');
                    }
                    text.push_str(&json(&to_wire(&self.core, message, key))?);
                }
                if last {
                    let at = json(&self.core.clock.now().to_string())?;
                    let _ = write!(text, "]}},\"exportedAt\":{at},\"formatVersion\":{FORMAT_VERSION}}}");
                }
            }
            Format::Markdown => {
                let authors = authors(&self.core, &self.who, &rows).await?;
                for (message, key) in rows {
                    let model = model_name(&self.core, &message);
                    let author = if message.author_left {
                        FORMER_MEMBER
                    } else if message.user_id == self.who.user_id {
                        "You"
                    } else {
                        authors.get(&message.user_id).map_or("Somebody else", String::as_str)
                    };
                    let message = to_wire(&self.core, message, key);
                    turn(&mut text, &message, model.as_deref(), author);
                }
            }
        }
        Ok((text, if last { Place::Over } else { Place::After(next) }))
    }
}

fn turn(text: &mut String, message: &Message, model: Option<&str>, author: &str) {
    let speaker = match message.role {
        MessageRole::System => "System",
        MessageRole::Assistant => model.unwrap_or("Assistant"),
        MessageRole::User => author,
    };
    let _ = write!(text, "\n## {}\n\n*{}", plain(speaker), time(&message.created_at));
    if let Some(via) = &message.via {
        let _ = write!(text, " · via {}", plain(&via.name));
    }
    text.push_str("*\n");
    let content = message.content.trim_end();
    if !content.is_empty() {
        let _ = write!(text, "\n{content}\n");
    }
    let note = match message.status {
        MessageStatus::Complete => return,
        MessageStatus::Queued | MessageStatus::Streaming => "Still being written.",
        MessageStatus::Stopped => "Stopped.",
        MessageStatus::Interrupted => "Interrupted.",
        MessageStatus::Failed => message.error.as_deref().unwrap_or("Failed."),
    };
    let _ = write!(text, "\n*{}*\n", plain(note));
}

fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

/// A time as people read it: `2026-01-15 10:00 UTC`.
fn time(stamp: &str) -> String {
    let minute = stamp.get(..16).unwrap_or(stamp);
    format!("{} UTC", minute.replace('T', " "))
}

/// A name as Markdown shows it, whatever is in it.
fn plain(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '\'' | '?' | ':' | ';' | '/') {
            text.push('\\');
        }
        text.push(if character.is_control() { ' ' } else { character });
    }
    text
}

/// A name for a file of a thread, that no system takes for anything else.
fn file_name(title: &str, format: Format) -> String {
    let mut name = String::new();
    for character in title.chars().take(LONGEST_NAME) {
        let safe = match character {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            other if other.is_control() => '-',
            other if other.is_whitespace() => ' ',
            // What is not seen, or turns the reading direction, could show another ending than there is.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' => {
                continue;
            }
            other => other,
        };
        if name.len() + safe.len_utf8() > LONGEST_NAME_BYTES {
            break;
        }
        name.push(safe);
    }
    let trimmed = name.trim_matches(|character: char| matches!(character, '.' | ' ' | '-' | '~'));
    let stem = trimmed
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_lowercase();
    let numbered = |prefix: &str| {
        let rest = stem.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.chars().count() == 1)
    };
    let reserved = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt");
    let ending = format.ending();
    match trimmed {
        "" => format!("chat.{ending}"),
        name if reserved => format!("chat {name}.{ending}"),
        name => format!("{name}.{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_everywhere() {
        for (title, name) in [
            ("Holiday plans", "Holiday plans.md"),
            ("Größe: 3/4", "Größe- 3-4.md"),
            ("../../etc/passwd", "etc-passwd.md"),
            ("C:\\Windows\\system32", "C--Windows-system32.md"),
            ("...", "chat.md"),
            ("", "chat.md"),
            ("\u{202e}dm.exe", "dm.exe.md"),
            ("a\"; filename=\"b.exe", "a-; filename=-b.exe.md"),
            ("CON", "chat CON.md"),
            ("nul.txt", "chat nul.txt.md"),
            ("com1", "chat com1.md"),
            ("common", "common.md"),
            ("a\r\nSet-Cookie: x=1", "a--Set-Cookie- x=1.md"),
            ("日本語", "日本語.md"),
        ] {
            assert_eq!(file_name(title, Format::Markdown), name, "{title:?}");
        }
        let long = file_name(&"𝒳".repeat(500), Format::Json);
        assert!(long.len() <= LONGEST_NAME_BYTES + 5, "{}", long.len());
    }

    #[test]
    fn names_mean_nothing_in_markdown() {
        assert_eq!(
            plain("# [a](b) *c* <d> `e`"),
            "\\# \\[a\\]\\(b\\) \\*c\\* \\<d\\> \\`e\\`"
        );
        assert_eq!(plain("Dr. O'Neil, 9:30?"), "Dr. O'Neil, 9:30?");
    }

    #[test]
    fn times_are_for_people() {
        assert_eq!(time("2026-01-15T10:00:00.000Z"), "2026-01-15 10:00 UTC");
    }
}
