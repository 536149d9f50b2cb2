//! Keeping the index: what a message says goes into `search_texts`; the rest of the index follows by triggers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use tokio_util::sync::CancellationToken;

use super::tokens::tokens;
use crate::Core;

/// Stands where a token does not count, so that what is on both sides of it are not neighbours. No token has it.
const FILLER: char = '\u{e000}';
/// Tokens of a message that have a position, and how often one of them may have. `PostgreSQL` can't hold more. Words further
/// on are found, but not in phrases.
const MOST_POSITIONS: usize = 16_000;
const MOST_OF_ONE: usize = 255;
/// The position of the words further on.
const BEYOND: usize = 16_383;
/// Bytes of different tokens of a message; far more than any text of words has.
const MOST_BYTES: usize = 400_000;

/// Messages that are caught up with in one transaction.
const AT_ONCE: usize = 64;
/// How often what was left is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// A message as it is indexed.
#[derive(Debug, Default)]
struct Document<'a> {
    /// By position; none where a token has had all its positions.
    placed: Vec<Option<Cow<'a, str>>>,
    /// Different tokens that come later.
    beyond: Vec<Cow<'a, str>>,
}

impl<'a> Document<'a> {
    fn of(text: &'a str) -> Self {
        let mut document = Self::default();
        let mut counts: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut bytes = 0;
        for token in tokens(text) {
            let seen = counts.entry(token.text.clone()).or_default();
            if *seen == 0 {
                bytes += token.text.len();
                if bytes > MOST_BYTES {
                    break;
                }
            }
            let first = *seen == 0;
            *seen += 1;
            if document.placed.len() < MOST_POSITIONS {
                let counts = *seen <= MOST_OF_ONE;
                document.placed.push(counts.then_some(token.text));
            } else if first {
                document.beyond.push(token.text);
            }
        }
        document
    }

    /// With a space before each token.
    fn to_text(&self) -> String {
        let mut text = String::new();
        for token in &self.placed {
            text.push(' ');
            match token {
                Some(token) => text.push_str(token),
                None => text.push(FILLER),
            }
        }
        for token in &self.beyond {
            let _ = write!(text, " {FILLER} {token}");
        }
        text
    }

    fn to_tsvector(&self) -> String {
        let mut positions: HashMap<&str, String> = HashMap::new();
        let placed = self.placed.iter().enumerate();
        let placed = placed.filter_map(|(at, token)| token.as_deref().map(|token| (at + 1, token)));
        let beyond = self.beyond.iter().map(|token| (BEYOND, token.as_ref()));
        for (at, token) in placed.chain(beyond) {
            let of_token = positions.entry(token).or_default();
            let comma = if of_token.is_empty() { "" } else { "," };
            let _ = write!(of_token, "{comma}{at}");
        }
        let mut vector = String::new();
        for (token, positions) in positions {
            let _ = write!(vector, "'{token}':{positions} ");
        }
        vector
    }
}

/// A text as an index takes it: with a space before each token for FTS5, or as a `tsvector`.
pub(crate) fn indexed(text: &str, backend: DbBackend) -> String {
    let document = Document::of(text);
    match backend {
        DbBackend::Postgres => document.to_tsvector(),
        _ => document.to_text(),
    }
}

async fn execute(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop)
}

/// Indexes what a message says now. One that is still being written, or that another took the place of, is left out. The row
/// of its thread must be locked, or what is noted of its reach could be of yesterday.
pub(crate) async fn index(db: &impl ConnectionTrait, seq: i64, content: &str) -> Result<(), DbErr> {
    let document = Document::of(content);
    if document.placed.is_empty() {
        execute(db, "DELETE FROM search_texts WHERE seq = $1", [seq.into()]).await?;
    } else {
        let (tokens, parameter) = match db.get_database_backend() {
            DbBackend::Postgres => (document.to_tsvector(), "$1::text::tsvector"),
            _ => (document.to_text(), "$1"),
        };
        let sql = format!(
            "INSERT INTO search_texts (seq, thread_id, tokens, reach, place)
             SELECT messages.seq, messages.thread_id, {parameter}, search_reach.reach, search_reach.place
             FROM messages JOIN search_reach ON search_reach.thread_id = messages.thread_id
             WHERE messages.seq = $2 AND messages.status NOT IN ('queued', 'streaming')
                AND messages.superseded_at IS NULL
             ON CONFLICT (seq) DO UPDATE
             SET tokens = excluded.tokens, reach = excluded.reach, place = excluded.place"
        );
        execute(db, &sql, [tokens.into(), seq.into()]).await?;
    }
    execute(db, "DELETE FROM search_pending WHERE seq = $1", [seq.into()]).await
}

/// Indexes messages that nobody has indexed: those from before there was an index, those of a process that died, and those
/// that were written in bulk. The newest first; of one thread at a time, so that it never waits for two. Says whether there were
/// any, be it that another process has just indexed them: only when there were none is nothing left.
pub async fn catch_up(core: &Core) -> Result<bool, DbErr> {
    let db = core.db.read();
    let backend = db.get_database_backend();
    let newest = "SELECT messages.thread_id FROM search_pending
        JOIN messages ON messages.seq = search_pending.seq ORDER BY search_pending.seq DESC LIMIT 1";
    let Some(row) = db.query_one_raw(Statement::from_string(backend, newest)).await? else {
        return Ok(false);
    };
    let thread_id: String = row.try_get_by_index(0)?;

    let tx = core.db.begin().await?;
    let lock = |lock: &'static str| if backend == DbBackend::Postgres { lock } else { "" };
    let thread = format!("SELECT id FROM threads WHERE id = $1 {}", lock("FOR SHARE"));
    execute(&tx, &thread, [thread_id.clone().into()]).await?;
    let pending = format!(
        "SELECT messages.seq, messages.content FROM messages
         JOIN search_pending ON search_pending.seq = messages.seq
         WHERE messages.thread_id = $1 ORDER BY messages.seq DESC LIMIT {AT_ONCE} {}",
        lock("FOR KEY SHARE OF messages")
    );
    let pending = Statement::from_sql_and_values(backend, &pending, [thread_id.into()]);
    let rows = tx.query_all_raw(pending).await?;
    for row in &rows {
        let content: String = row.try_get_by_index(1)?;
        index(&tx, row.try_get_by_index(0)?, &content).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Catches up whenever there is something to, until the end. It takes half of the time at most, so that a large backlog
/// keeps nobody waiting.
pub(crate) async fn keep_up(core: &Core, end: CancellationToken) {
    loop {
        let begun = Instant::now();
        let pause = match catch_up(core).await {
            Ok(false) => LOOK,
            Ok(true) => begun.elapsed(),
            Err(error) => {
                tracing::warn!(%error, "messages could not be indexed for search; trying again");
                LOOK
            }
        };
        if tokio::time::timeout(pause, end.cancelled()).await.is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_given_the_same() {
        let document = Document::of("To be, or not to be");
        assert_eq!(document.to_text(), " to be or not to be");
        let vector = document.to_tsvector();
        let mut lexemes: Vec<&str> = vector.split_whitespace().collect();
        lexemes.sort_unstable();
        assert_eq!(lexemes, ["'be':2,6", "'not':4", "'or':3", "'to':1,5"]);
    }

    #[test]
    fn long_texts_stay_within_what_a_tsvector_holds() {
        let same = "same ".repeat(300);
        let text = format!("{same}other {} last later", "later ".repeat(MOST_POSITIONS));
        let document = Document::of(&text);
        assert_eq!(document.placed.len(), MOST_POSITIONS);
        assert_eq!(
            document
                .placed
                .iter()
                .flatten()
                .filter(|token| *token == "same")
                .count(),
            MOST_OF_ONE
        );
        assert_eq!(document.placed[300].as_deref(), Some("other"));
        assert_eq!(document.beyond, ["last"]);
        assert!(document.to_text().ends_with(&format!(" {FILLER} {FILLER} last")));
        assert!(document.to_tsvector().contains("'last':16383 "));
    }
}
