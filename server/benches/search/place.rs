//! A database full of messages.

use std::fmt::Write;
use std::time::{Duration, Instant};

use domain::Core;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::common::Instance;
use crate::corpus::Corpus;

const USERS: u64 = 10;
const THREADS: u64 = 1_000;
const AT: &str = "2026-01-01T00:00:00.000Z";

/// An instance with ten users, of whom the first one asks.
pub(crate) struct Place {
    pub(crate) instance: Instance,
    pub(crate) seeded_in: Duration,
}

impl Place {
    pub(crate) async fn make(postgres: Option<&str>, messages: u64) -> Self {
        let instance = Instance::make(postgres, None).await;
        let begun = Instant::now();
        seed(&instance.core, &instance.who.user_id, messages).await;
        Self {
            instance,
            seeded_in: begun.elapsed(),
        }
    }
}

/// Users, their threads, their messages in turns, and the index of them as the server would have written it: the words are
/// tokens already.
async fn seed(core: &Core, asker: &str, messages: u64) {
    let db = core.db.write();
    let postgres = core.db.backend() == DbBackend::Postgres;
    let mut users = vec![asker.to_owned()];
    for _ in 1..USERS {
        let id = domain::clock::new_id();
        let row = format!(
            "INSERT INTO users (id, email, name, password_hash, role, plan, created_at, updated_at)
             VALUES ('{id}', '{id}@example.com', '', 'x', 'user', 'free', '{AT}', '{AT}')"
        );
        db.execute_unprepared(&row).await.unwrap();
        users.push(id);
    }
    let mut threads = Vec::new();
    let mut rows = String::new();
    for at in 0..USERS * THREADS {
        let id = domain::clock::new_id();
        let comma = if at == 0 { "" } else { "," };
        let user = &users[usize::try_from(at % USERS).unwrap()];
        write!(rows, "{comma}('{id}','{user}','Thread {at}','{AT}','{AT}')").unwrap();
        threads.push(id);
    }
    let insert = format!("INSERT INTO threads (id, user_id, title, last_message_at, created_at) VALUES {rows}");
    db.execute_unprepared(&insert).await.unwrap();
    if postgres {
        db.execute_unprepared("DROP INDEX search_texts_terms_idx")
            .await
            .unwrap();
    }

    let mut corpus = Corpus::new(1);
    let mut written = 0;
    while written < messages {
        let tx = core.db.begin().await.unwrap();
        for _ in 0..20 {
            let mut rows = String::new();
            for row in 0..500 {
                let thread = usize::try_from(written % (USERS * THREADS)).unwrap();
                let (thread, user) = (&threads[thread], &users[thread % users.len()]);
                let (comma, content) = (if row == 0 { "" } else { "," }, corpus.message());
                write!(
                    rows,
                    "{comma}('m{written}','{thread}','{user}','user','{content}','complete','{AT}','{AT}')"
                )
                .unwrap();
                written += 1;
            }
            let insert = format!(
                "INSERT INTO messages (id, thread_id, user_id, role, content, status, created_at, updated_at) VALUES {rows}"
            );
            tx.execute_unprepared(&insert).await.unwrap();
        }
        let tokens = if postgres {
            "to_tsvector('simple', content)"
        } else {
            "' ' || content"
        };
        let index = format!(
            "INSERT INTO search_texts (seq, thread_id, tokens, reach, place)
             SELECT messages.seq, messages.thread_id, {tokens}, search_reach.reach, search_reach.place
             FROM search_pending JOIN messages ON messages.seq = search_pending.seq
             JOIN search_reach ON search_reach.thread_id = messages.thread_id"
        );
        tx.execute_unprepared(&index).await.unwrap();
        tx.execute_unprepared("DELETE FROM search_pending").await.unwrap();
        tx.commit().await.unwrap();
    }
    if postgres {
        for statement in [
            "CREATE INDEX search_texts_terms_idx ON search_texts USING gin (places, tokens) WITH (fastupdate = off)",
            "VACUUM ANALYZE",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
    }
}
