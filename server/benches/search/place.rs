//! A database full of messages.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Core;
use domain::access::Principal;
use domain::accounts::{self, Client};
use domain::clock::Clock;
use domain::config::Config;
use sea_orm::{ConnectionTrait, Database, DbBackend};
use types::accounts::RegisterRequest;

use crate::corpus::Corpus;

const USERS: u64 = 10;
const THREADS: u64 = 1_000;
const AT: &str = "2026-01-01T00:00:00.000Z";

/// The databases there are: always `SQLite`, `PostgreSQL` where there is a server.
pub(crate) fn urls() -> Vec<Option<String>> {
    let mut urls = vec![None];
    urls.extend(std::env::var("TEST_POSTGRES_URL").ok().map(Some));
    urls
}

/// An instance with ten users, of whom the first one asks.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) core: Arc<Core>,
    pub(crate) who: Principal,
    pub(crate) seeded_in: Duration,
    folder: Option<PathBuf>,
}

impl Place {
    pub(crate) async fn make(postgres: Option<&str>, messages: u64) -> Self {
        let name = format!("latchkey_bench_{}", domain::clock::new_id().replace('-', ""));
        let (url, folder) = match postgres {
            Some(server) => {
                let admin = Database::connect(server).await.unwrap();
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                admin.close().await.unwrap();
                (format!("{}/{name}", server.rsplit_once('/').unwrap().0), None)
            }
            None => {
                let folder = std::env::temp_dir().join(&name);
                (format!("sqlite://{}/latchkey.db", folder.display()), Some(folder))
            }
        };
        let mut config = Config::default();
        config.database.url = url;
        // Without work in the background: nothing is left to be indexed that way.
        let core = Arc::new(Core::open(config.validated().unwrap(), Clock::system()).await.unwrap());
        let client = Client::local(core.clock.now());
        let input = RegisterRequest {
            email: "bench@example.com".to_owned(),
            password: "correct horse".to_owned(),
            name: None,
        };
        let session = accounts::register(&core, input, &client).await.unwrap();
        let token = accounts::sessions::Credential::Token(&session.signed_in.token);
        let who = accounts::authenticate(&core, token).await.unwrap();
        let begun = Instant::now();
        seed(&core, &who.user_id, messages).await;
        Self {
            name: match core.db.backend() {
                DbBackend::Postgres => "PostgreSQL",
                _ => "SQLite",
            },
            core,
            who,
            seeded_in: begun.elapsed(),
            folder,
        }
    }

    pub(crate) async fn remove(self) {
        self.core.db.close().await.unwrap();
        if let Some(folder) = self.folder {
            let _ = std::fs::remove_dir_all(folder);
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
